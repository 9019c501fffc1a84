// Documents of risk: every generation is read, a bad record is skipped and counted, a broken document is refused whole.

import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { parseEpss } from '../../../adapters/channels/risk/epss.js';
import { parseKev } from '../../../adapters/channels/risk/kev.js';
import { parseVulnrichment } from '../../../adapters/channels/risk/vulnrichment.js';
import { sharedPath, testWith } from '../../support/shared.js';

const bytes = (text: string) => [Buffer.from(text)];
const shared = (...parts: string[]) => {
  const stream = createReadStream(sharedPath('feeds', ...parts));
  return parts.at(-1)?.endsWith('.gz') ? stream.pipe(createGunzip()) : stream;
};

const entry = (change: object = {}) => ({
  cveID: 'CVE-2025-59287',
  vulnerabilityName: 'WSUS <script>alert(1)</script>',
  dateAdded: '2025-10-24',
  dueDate: '2025-11-14',
  knownRansomwareCampaignUse: 'Known',
  ...change,
});
const catalogue = (vulnerabilities: unknown[], change: object = {}) =>
  JSON.stringify({ catalogVersion: '2026.08.07', count: vulnerabilities.length, vulnerabilities, ...change });

describe('the catalogue of known exploited vulnerabilities', () => {
  test('is read', async () => {
    expect(await parseKev(bytes(catalogue([entry()])))).toMatchObject({
      document: '2026.08.07',
      kev: [{ cve: 'CVE-2025-59287', addedOn: '2025-10-24', dueOn: '2025-11-14', ransomware: true }],
      skipped: [],
    });
  });

  test.each([
    ['no CVE', { cveID: 'CWE-79' }],
    ['the year 1', { dateAdded: '0001-01-01' }],
    ['a day that does not exist', { dueDate: '2025-02-30' }],
    ['a number where a text is', { vulnerabilityName: 7 }],
  ])('%s: the entry is skipped and counted, the rest is taken', async (_, change) => {
    const { kev, skipped } = await parseKev(bytes(catalogue([entry(change), entry({ cveID: 'CVE-2025-1234' })])));
    expect(kev.map((one) => one.cve)).toEqual(['CVE-2025-1234']);
    expect(skipped).toMatchObject([{ count: 1 }]);
  });

  test('the same CVE twice counts once', async () => {
    const { kev, skipped } = await parseKev(bytes(catalogue([entry(), entry({ dueDate: '2030-01-01' })])));
    expect(kev).toMatchObject([{ dueOn: '2025-11-14' }]);
    expect(skipped).toMatchObject([{ count: 1 }]);
  });

  test.each([
    ['half of a document', catalogue([entry()]).slice(0, -20), 'no whole JSON'],
    ['fewer entries than announced', catalogue([entry()], { count: 2 }), 'announces 2'],
    ['an error page', '<html>503</html>', 'neither'],
    ['JSON of another shape', '{"error":"none"}', 'no catalogue'],
    ['half of a CSV', 'cveID,vendorProject\nCVE-2025-1234,"Con', 'ends within a record'],
  ])('%s is refused whole', async (_, text, message) => {
    await expect(parseKev(bytes(text))).rejects.toThrow(message);
  });

  testWith(sharedPath('feeds', 'kev'))(
    'of two years: JSON and CSV of a day are equal, and a year only adds',
    async () => {
      const [json, csv, later] = await Promise.all([
        parseKev(shared('kev', 'kev-2025-08-25.json.gz')),
        parseKev(shared('kev', 'kev-2025-08-25.csv.gz')),
        parseKev(shared('kev', 'kev-2026.08.07.json.gz')),
      ]);
      expect([json.skipped, csv.skipped, later.skipped]).toEqual([[], [], []]);
      expect(json.kev).toEqual(csv.kev);
      expect(later.kev).toHaveLength(1662);
      const known = new Set(later.kev.map((one) => one.cve));
      expect(json.kev.filter((one) => !known.has(one.cve)).length).toBeLessThanOrEqual(2);
    },
  );
});

describe('scores of exploit prediction', () => {
  test.each([
    ['2021, without percentile', 'cve,epss\nCVE-2020-5902,0.65117\n', null, null],
    ['2021, with it', 'cve,epss,percentile\nCVE-2020-5902,0.65117,0.998\n', 0.998, null],
    [
      'today',
      '#model_version:v2025.03.14,score_date:2026-08-22T12:55:00Z\r\ncve,epss,percentile\r\nCVE-2020-5902,0.65117,0.998\r\n',
      0.998,
      '2026-08-22T12:55:00.000Z',
    ],
    ['tomorrow, with more columns', 'epss,extra,cve\n0.65117,x,CVE-2020-5902\n', null, null],
  ])('of %s', async (_, text, percentile, scoredAt) => {
    const { epss, skipped } = await parseEpss(bytes(text));
    expect(epss).toEqual([{ cve: 'CVE-2020-5902', score: 0.65117, percentile, scoredAt }]);
    expect(skipped).toEqual([]);
  });

  test('negative scores, words and no CVEs are skipped and counted', async () => {
    const rows = ['CVE-2020-5902,-0.5', 'CVE-2020-5903,1.5', 'CVE-2020-5904,high', 'x,0.1', 'CVE-2020-5905,0.5'];
    const { epss, skipped } = await parseEpss(bytes(`cve,epss\n${rows.join('\n')}\n`));
    expect(epss.map((one) => one.cve)).toEqual(['CVE-2020-5905']);
    expect(skipped.reduce((sum, one) => sum + one.count, 0)).toBe(4);
  });

  test('an error page is refused', async () => {
    await expect(parseEpss(bytes('<html>'))).rejects.toThrow('no header');
  });

  testWith(sharedPath('feeds', 'epss'))('of every generation that was published', async () => {
    const files = ['2021-04-14', '2021-09-01', '2022-02-04', '2023-03-07'].map((day) => `epss_scores-${day}.csv.gz`);
    for (const file of [...files, 'epss_scores-kev-2026-08-22.derived.csv', 'epss_kev_nvd-2026-08-22.csv.gz']) {
      const { epss, skipped } = await parseEpss(shared('epss', file));
      expect(epss.length).toBeGreaterThan(1);
      expect(skipped.every((one) => one.reason.startsWith('the same CVE') || file.includes('nvd'))).toBe(true);
    }
  });
});

describe('Vulnrichment', () => {
  const record = (options: object[], change: object = {}) => ({
    cveMetadata: { cveId: 'CVE-2024-38159' },
    containers: {
      cna: {
        metrics: [
          {
            cvssV3_1: { baseScore: 9.1, vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N', version: '3.1' },
          },
        ],
      },
      adp: [
        {
          providerMetadata: { shortName: 'CISA-ADP' },
          metrics: [{ other: { type: 'ssvc', content: { timestamp: '2024-08-16T04:01:00Z', options } } }],
        },
      ],
    },
    ...change,
  });
  const options = [{ Exploitation: 'Active' }, { Automatable: 'no' }, { 'Technical Impact': 'total' }];

  test('one record, a list, or one on each line', async () => {
    const one = JSON.stringify(record(options));
    for (const text of [one, `[${one}]`, `${one}\n${one.replace('38159', '38160')}\n`]) {
      const { ssvc, cvss } = await parseVulnrichment(bytes(text));
      expect(ssvc[0]).toEqual({
        cve: 'CVE-2024-38159',
        exploitation: 'active',
        automatable: false,
        technicalImpact: 'total',
        at: '2024-08-16T04:01:00.000Z',
      });
      expect(cvss[0]).toMatchObject({ score: 9.1, version: '3.1' });
    }
  });

  test('other words than those known, and lines that are no records, are skipped', async () => {
    const strange = JSON.stringify(record([{ Exploitation: 'maybe' }, ...options.slice(1)]));
    const { ssvc, skipped } = await parseVulnrichment(
      bytes(`${strange}\nnot JSON\n{"a":1}\n${JSON.stringify(record(options))}`),
    );
    expect(ssvc).toHaveLength(1);
    expect(skipped).toHaveLength(3);
    await expect(parseVulnrichment(bytes('<html>\n503'))).rejects.toThrow('no CVE record');
  });

  testWith(sharedPath('feeds', 'vulnrichment'))(
    'of a real month: each of its 61 records is judged by CISA',
    async () => {
      const { ssvc, cvss, skipped } = await parseVulnrichment(
        shared('vulnrichment', 'cve5-msrc-2024-Aug-windows-server.ndjson.gz'),
      );
      expect(skipped).toEqual([]);
      expect(ssvc).toHaveLength(61);
      expect(cvss).toHaveLength(61);
    },
  );
});
