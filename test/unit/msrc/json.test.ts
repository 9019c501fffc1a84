// A month in JSON and in XML is the same month; what moved or means nothing in JSON is understood.

import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { parseCvrfJson } from '../../../adapters/channels/msrc/parseCvrfJson.js';
import { parseMonth } from '../../../adapters/channels/msrc/parseMonth.js';
import { kindOf, normaliseCvrf } from '../../../domain/msrc.js';
import { bytesOf, inChunks, monthJson, monthXml, someVector, type MonthRecord } from '../../support/advisories.js';
import { sharedPath, testWith } from '../../support/shared.js';

const shared = (name: string) => {
  const stream = createReadStream(sharedPath('feeds', 'msrc', name));
  return name.endsWith('.gz') ? stream.pipe(createGunzip()) : stream;
};
const record: MonthRecord = { cve: 'CVE-2026-1000', kb: '5094128', score: 9.8 };

describe('JSON and XML of a month', () => {
  testWith(sharedPath('feeds', 'msrc')).each([
    ['2024-Aug', 'cvrf-2024-Aug.xml.gz'],
    ['2025-Oct', 'cvrf-2025-Oct.xml.gz'],
    ['2026-Jun', 'cvrf-2026-Jun.xml.gz'],
    ['2026-Jul', 'cvrf-2026-Jul.at-20260706T222806Z.xml.gz'],
  ])('%s is equal, record by record and patch by patch', async (id, file) => {
    const xml = await parseMonth(shared(file), id);
    const json = await parseMonth(shared(`derived-json/cvrf-${id}.json.gz`), id);
    expect(json).toEqual(xml);
    expect(normaliseCvrf(json)).toEqual(normaliseCvrf(xml));
    expect(xml.vulnerabilities.length).toBeGreaterThan(200);
  });

  testWith(sharedPath('feeds', 'msrc'))('as the API answers now', async () => {
    const { patches, vulnerabilities, cvss, skipped } = normaliseCvrf(
      await parseMonth(shared('api-json-shape.2026-Sep.trimmed.json'), '2026-Sep'),
    );
    expect({ vulnerabilities, cvss: cvss.length, skipped: skipped.map((one) => one.count) }).toEqual({
      vulnerabilities: 3,
      cvss: 3,
      skipped: [1],
    });
    expect(patches.map(({ patchId, kind, knownIssue }) => [patchId, kind, knownIssue])).toEqual([
      ['KB5122871', 'cumulative', true],
      ['KB5122876', 'cumulative', true],
      ['KB5122882', 'cumulative', true],
      ['KB5123065', 'monthlyRollup', false],
      ['KB5123066', 'monthlyRollup', true],
      ['KB5123099', 'cumulative', true],
      ['KB5124008', 'cumulative', true],
    ]);
    expect(patches[0]).toMatchObject({
      fixedBuilds: { '12436': '10.0.26100.33438', '12437': '10.0.26100.33438' },
      supersedes: ['5120233'],
      restart: 'yes',
      exploited: true,
      released: '2026-09-08T07:00:00.000Z',
      knownIssueUrl: 'https://support.microsoft.com/help/5122871',
    });
    expect(cvss.find(({ cve }) => cve === 'CVE-2026-50349')).toMatchObject({ score: 7, version: '3.1' });
  });

  testWith(sharedPath('feeds', 'msrc'))('July 2026 at two moments: what was there first is still there', async () => {
    const [early, late] = await Promise.all(
      ['20260702T222331Z', '20260706T222806Z'].map((at) =>
        parseMonth(shared(`cvrf-2026-Jul.at-${at}.xml.gz`), '2026-Jul'),
      ),
    );
    const cves = new Set(late?.vulnerabilities.map(({ cve }) => cve));
    expect([early?.vulnerabilities.length, cves.size]).toEqual([21, 375]);
    expect(early?.vulnerabilities.filter(({ cve }) => !cves.has(cve))).toEqual([]);
  });

  test('made up ones are equal too, hostile titles and all, in chunks of any size', async () => {
    const records = [
      {
        ...record,
        title: '<script>alert(1)</script> & "co"',
        product: { id: '1', name: '<b>Windows Server</b>\n& co' },
      },
      { ...record, cve: 'CVE-2026-1001', score: 0, date: '0001-01-01T00:00:00' },
      { ...record, cve: 'CVE-2026-1002', kb: 'Release Notes' },
    ];
    const xml = await parseMonth(inChunks(`\uFEFF\n ${monthXml(records).replace(/^<\?.*\?>/, '')}`, 7), '2026-Jun');
    const json = await parseMonth(inChunks(`\n  ${JSON.stringify(monthJson(records))}`, 7), '2026-Jun');
    expect(json).toEqual(xml);
    expect(normaliseCvrf(json).patches[0]?.title).toBe(
      '2026-06 Cumulative Update for <b>Windows Server</b> & co, Windows Server 2022 (KB5094128)',
    );
  });
});

describe('remediations by number', () => {
  const typed = (type: number | string, change: object) =>
    monthJson([record], (one) => ({
      ...one,
      Remediations: [...one.Remediations, { Description: {}, ProductID: ['11923'], Type: type, ...change }],
    }));
  const known = { Description: { Value: '5094128' }, URL: 'https://support.microsoft.com/help/5094128' };

  test.each([
    ['5 with a KB is a known issue', 5, known, true],
    ['6 with a KB is a known issue', 6, known, true],
    ['6 without one is none', 6, { Description: { Value: 'will not be fixed' } }, false],
    ['3 is release notes, whatever it names', 3, { ...known, SubType: '5094128' }, false],
    ['a word is taken as it is', 'Known Issue', known, true],
    ['a number that nobody knows says nothing', 12, known, false],
  ])('%s', async (_, type, change, isKnown) => {
    const [patch] = normaliseCvrf(await parseCvrfJson(bytesOf(typed(type, change)), null)).patches;
    expect(patch?.knownIssue).toBe(isKnown);
  });
});

describe('what means nothing', () => {
  test('empty objects, empty texts, the year 1, lists that are missing', async () => {
    const month = monthJson([record], (one) => ({
      ...one,
      Title: {},
      Threats: null,
      CVSSScoreSets: undefined,
      RevisionHistory: [{ Number: '1.0', Date: '0001-01-01T00:00:00', Description: {} }],
      Remediations: [{ ...one.Remediations[0], RestartRequired: {}, Supercedence: '', URL: '', FixedBuild: ' ' }],
    }));
    const [patch] = normaliseCvrf(await parseCvrfJson(bytesOf(month), null)).patches;
    expect(patch).toMatchObject({
      restart: 'unknown',
      severity: 'unknown',
      supersedes: [],
      fixedBuilds: {},
      released: '2026-06-09T07:00:00.000Z',
      url: 'https://support.microsoft.com/help/5094128',
    });
  });

  test('a document without any record is a month without patches', async () => {
    for (const Vulnerability of [[], null, undefined])
      expect(
        normaliseCvrf(await parseCvrfJson(bytesOf({ ...monthJson([]), Vulnerability }), '2026-Jun')).patches,
      ).toEqual([]);
  });
});

describe('what a month says of its CVEs', () => {
  const read = async (...records: MonthRecord[]) => normaliseCvrf(await parseMonth(bytesOf(monthXml(records)), null));

  test('the highest score of each, and none that cannot be', async () => {
    const low = someVector.replace('C:H', 'C:N');
    const { cvss, skipped } = await read(
      { ...record, score: -1 },
      { ...record, cve: 'CVE-2026-1001', score: 10.1 },
      { ...record, cve: 'CVE-2026-1002', score: 'high' },
      { ...record, cve: 'CVE-2026-1003', vector: '<script>' },
      { ...record, cve: 'CVE-2026-1004', score: 9.1, vector: low },
    );
    expect(cvss).toEqual([{ cve: 'CVE-2026-1004', score: 9.1, vector: low, version: '3.1' }]);
    expect(skipped.map(({ reason, count }) => [count, reason.slice(0, 12)])).toEqual([
      [3, 'a CVSS score'],
      [1, 'a CVSS score'],
    ]);
  });

  test('an advisory is no CVE, and its KBs count; other ids do not count at all; a repeated record counts once', async () => {
    const { patches, vulnerabilities, skipped } = await read(
      { ...record, cve: 'ADV180002', kb: '5000001' },
      { ...record, cve: 'CWE-79', kb: '5000002' },
      { ...record, cve: 'CVE-2026-1', kb: '5000003' },
      record,
      { ...record, kb: '5000004' },
    );
    expect(patches.map(({ patchId, cves }) => [patchId, cves])).toEqual([
      ['KB5000001', []],
      ['KB5094128', ['CVE-2026-1000']],
    ]);
    expect(vulnerabilities).toBe(2);
    expect(skipped.map(({ count, examples }) => [count, examples[0]])).toEqual([
      [1, 'ADV180002'],
      [2, 'CWE-79'],
      [1, 'CVE-2026-1000'],
    ]);
  });

  test('where fixes without a KB come from', async () => {
    const azureLinux = { id: '21709-17084', name: 'azl3 php 8.3.33-1 on Azure Linux 3.0' };
    const { skipped } = await read(
      { ...record, kb: 'Release Notes', product: azureLinux },
      { ...record, cve: 'CVE-2026-1001', kb: 'Release Notes' },
      { ...record, cve: 'CVE-2026-1002', kb: 'Click to Run' },
      { ...record, cve: 'CVE-2026-1003', kb: 'App Store' },
      { ...record, cve: 'CVE-2026-1004', kb: '12345' },
      { ...record, cve: 'CVE-2026-1005', kb: '' },
      { ...record, cve: 'CVE-2026-1006', kb: 'grub2' },
    );
    expect(skipped.map(({ reason }) => reason.replace(/:.*/, ''))).toEqual([
      'no KB, Azure Linux',
      'no KB, only release notes',
      'no KB, Click to Run',
      'no KB, a store of apps',
      'not a KB number',
      'no KB named',
      'no KB',
    ]);
  });

  test('nothing to patch in a cloud is told apart from a fix that is missing', async () => {
    const month = (actionRequired: string) =>
      monthJson([{ ...record, actionRequired }], (one) => ({ ...one, Remediations: [] }));
    for (const [word, reason] of [
      ['No', 'nothing to patch'],
      ['Yes', 'no fix is named'],
    ] as const) {
      const { skipped } = normaliseCvrf(await parseCvrfJson(bytesOf(month(word)), null));
      expect(skipped).toHaveLength(1);
      expect(skipped[0]?.reason).toContain(reason);
    }
  });

  test.each([
    ['Security Update', '10.0.20348.5256', 'cumulative'],
    ['Security Update - Windows', '10.0.20348.5256', 'cumulative'],
    ['VIA Processors Security Update', '1.0', 'update'],
    ['Standalone Security Update', '10.0.20348.5256', 'standalone'],
    ['SecurityHotpatchUpdate', '10.0.20348.5256', 'hotpatch'],
    ['VIA Processors Monthly Rollup', '6.1.7601.1', 'monthlyRollup'],
    ['Source Code (zip)', '1.0', 'other'],
  ])('%s that brings %s is %s', (subType, build, kind) => {
    expect(kindOf(subType, build)).toBe(kind);
  });

  test('a KB that is nothing but definitions is one', async () => {
    const { patches } = normaliseCvrf(
      await parseCvrfJson(
        bytesOf(
          monthJson([record], (one) => ({
            ...one,
            Remediations: [{ ...one.Remediations[0], SubType: 'Definition Update' }],
          })),
        ),
        null,
      ),
    );
    expect(patches[0]?.classification).toBe('definition');
    expect((await read(record)).patches[0]?.classification).toBe('security');
  });
});
