// Ubuntu's notices and records of the OSV format: which package fixes what on which release, and which of them are no packages.

import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { parseOsv } from '../../../adapters/channels/osv/parseOsv.js';
import { parseNvd } from '../../../adapters/channels/risk/nvd.js';
import { parseUsn } from '../../../adapters/channels/usn/parseUsn.js';
import { bytesOf, osvJson, someVector, usnJson } from '../../support/advisories.js';
import { sharedPath, testWith } from '../../support/shared.js';

const shared = (...parts: string[]) => {
  const stream = createReadStream(sharedPath('feeds', ...parts));
  return parts.at(-1)?.endsWith('.gz') ? stream.pipe(createGunzip()) : stream;
};
const curl = {
  distribution: 'ubuntu',
  release: '24.04',
  pocket: null,
  name: 'curl',
  source: 'curl',
  sourceOnly: false,
  module: null,
  version: '8.5.0-2ubuntu10.7',
  architecture: null,
};

describe('notices of Ubuntu', () => {
  test('a page: packages by release and pocket, the restart from the instructions', async () => {
    const page = { notices: [usnJson('USN-8000-1', 'CVE-2026-1000')], limit: 20, offset: 40, total_results: 41 };
    const { id, vulnerabilities, patches, skipped } = await parseUsn(bytesOf(page));
    expect({ id, vulnerabilities, skipped }).toEqual({ id: 'notices from 40 on', vulnerabilities: 1, skipped: [] });
    expect(patches).toEqual([
      expect.objectContaining({
        patchId: 'USN-8000-1',
        kb: null,
        cves: ['CVE-2026-1000'],
        products: [
          { id: 'ubuntu:18.04', name: 'Ubuntu 18.04' },
          { id: 'ubuntu:24.04', name: 'Ubuntu 24.04' },
        ],
        packages: [curl, { ...curl, release: '18.04', pocket: 'pro', version: '7.58.0-2ubuntu3.24+esm9' }],
        restart: 'no',
        released: '2026-06-09T07:00:00.000Z',
        url: 'https://ubuntu.com/security/notices/USN-8000-1',
        source: { channel: 'usn', document: 'USN-8000-1', revision: '2026-06-09T07:00:00.000Z' },
      }),
    ]);
  });

  test('a single notice is the same', async () => {
    const [alone] = (await parseUsn(bytesOf(usnJson('USN-8000-1', 'CVE-2026-1000')))).patches;
    const [paged] = (await parseUsn(bytesOf({ notices: [usnJson('USN-8000-1', 'CVE-2026-1000')] }))).patches;
    expect(alone).toEqual(paged);
  });

  test('a kernel restarts the machine, whatever the prose says; its names change, its source stays', async () => {
    const kernel = (name: string) => ({
      name,
      version: '6.8.0-1017.19',
      is_source: false,
      pocket: 'security',
      source_link: 'https://launchpad.net/ubuntu/+source/linux-azure',
    });
    const notice = usnJson('USN-8001-1', 'CVE-2026-1000', {
      release_packages: { noble: [kernel('linux-image-6.8.0-1017-azure'), kernel('linux-image-azure')] },
    });
    const [patch] = (await parseUsn(bytesOf(notice))).patches;
    expect(patch?.restart).toBe('yes');
    expect(patch?.packages.map(({ source }) => source)).toEqual(['linux-azure', 'linux-azure']);
  });

  test.each([
    ['live patches', usnJson('LSN-0108-1', 'CVE-2026-1000'), /live patch/],
    ['hidden ones', usnJson('USN-8000-1', 'CVE-2026-1000', { is_hidden: true }), /hidden/],
    ['ids that are none', usnJson('USN-8000-1/..', 'CVE-2026-1000'), /its id/],
    ['nothing that is fixed', usnJson('USN-8000-1', 'CVE-2026-1000', { release_packages: {} }), /no fixed version/],
  ])('%s are counted, not taken', async (_, notice, reason) => {
    const { patches, skipped } = await parseUsn(bytesOf({ notices: [notice] }));
    expect(patches).toEqual([]);
    expect(skipped).toHaveLength(1);
    expect(skipped[0]?.reason).toMatch(reason);
  });

  test('parts of a notice that are none leave the rest', async () => {
    const notice = usnJson('USN-8000-1', 'CVE-2026-1000', {
      cves_ids: ['CVE-2026-1000', 'https://launchpad.net/bugs/1', 'CVE-2026-1'],
      release_packages: {
        noble: [
          { name: 'curl', version: '8.5.0-2ubuntu10.7', is_source: false },
          { name: '../curl', version: '1', is_source: false },
          { name: 'libcurl4', version: '$(reboot)', is_source: false },
          { name: 'curl-dbgsym', version: '8.5.0-2ubuntu10.7', is_source: false },
        ],
        nobody: [{ name: 'curl', version: '1.0', is_source: false }],
      },
    });
    const { patches, skipped } = await parseUsn(bytesOf(notice));
    expect(patches[0]).toMatchObject({ cves: ['CVE-2026-1000'], packages: [{ ...curl, source: null }] });
    expect(skipped.map(({ reason, count }) => [reason, count])).toEqual([
      ['a package whose name or version is none', 2],
      ['a release whose number is not known', 1],
      ['a reference that is no CVE', 2],
    ]);
  });

  testWith(sharedPath('feeds', 'ubuntu'))('pages of 2004 name no versions; the database of notices does', async () => {
    const page = await parseUsn(shared('ubuntu', 'notices-offset0.json'));
    expect([page.vulnerabilities, page.patches.length, page.skipped]).toEqual([
      2,
      0,
      [{ reason: 'names no fixed version of a package', count: 2, examples: ['USN-1-1', 'USN-2-1'] }],
    ]);
    const { patches } = await parseUsn(shared('ubuntu', 'usn-db-database-all.slice.json.gz'));
    expect(patches.map(({ patchId, restart, packages }) => [patchId, restart, packages.length])).toEqual([
      ['USN-2274-1', 'yes', 9],
      ['USN-4011-1', 'no', 12],
      ['USN-6342-1', 'yes', 258],
    ]);
    expect(new Set(patches[2]?.packages.map(({ release, pocket }) => `${release} ${pocket}`))).toEqual(
      new Set(['18.04 pro', '16.04 pro']),
    );
    expect(patches[1]?.packages[0]).toMatchObject({
      name: 'python-jinja2',
      source: 'jinja2',
      version: '2.8-1ubuntu0.1',
    });
  });
});

describe('records of the OSV format', () => {
  test('one, a list, or one on each line', async () => {
    const one = osvJson('USN-8000-1', 'CVE-2026-1000');
    const other = osvJson('USN-8001-1', 'CVE-2026-1001');
    const [alone] = (await parseOsv(bytesOf(one))).patches;
    expect(alone).toMatchObject({
      patchId: 'USN-8000-1',
      title: 'curl vulnerability',
      cves: ['CVE-2026-1000'],
      packages: [curl, { ...curl, name: 'libcurl4t64' }],
      released: '2026-06-09T07:00:00.000Z',
      source: { channel: 'osv', document: 'USN-8000-1', revision: '2026-06-10T07:00:00.000Z' },
    });
    for (const text of [JSON.stringify([one, other]), `${JSON.stringify(one)}\n${JSON.stringify(other)}\n`]) {
      const { patches, vulnerabilities, skipped } = await parseOsv(bytesOf(text));
      expect({ vulnerabilities, skipped }).toEqual({ vulnerabilities: 2, skipped: [] });
      expect(patches[0]).toEqual(alone);
    }
  });

  test.each(['aliases', 'related', 'upstream'])('CVEs stand in %s', async (list) => {
    const links = ['CVE-2026-1001', 'UBUNTU-CVE-2026-1000', 'CVE-2026-1000', 'GHSA-x'];
    const record = osvJson('USN-8000-1', 'CVE-2026-1000', { aliases: [], upstream: [], related: [], [list]: links });
    expect((await parseOsv(bytesOf(record))).patches[0]?.cves).toEqual(['CVE-2026-1000', 'CVE-2026-1001']);
  });

  test('Debian names the source: every package that is built of it is meant', async () => {
    const record = osvJson('DSA-6000-1', 'CVE-2026-1000', {
      affected: [
        {
          package: { ecosystem: 'Debian:12', name: 'openssl' },
          ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '3.0.17-1~deb12u3' }] }],
        },
      ],
    });
    const [patch] = (await parseOsv(bytesOf(record))).patches;
    expect(patch).toMatchObject({ restart: 'maybe', products: [{ id: 'debian:12', name: 'Debian 12' }] });
    expect(patch?.packages).toEqual([
      {
        ...curl,
        distribution: 'debian',
        release: '12',
        name: 'openssl',
        source: 'openssl',
        sourceOnly: true,
        version: '3.0.17-1~deb12u3',
      },
    ]);
  });

  test('what a vendor says of a CVE brings a score and no patch', async () => {
    const record = osvJson('UBUNTU-CVE-2026-1000', 'CVE-2026-1000', {
      severity: [
        { type: 'CVSS_V3', score: 'CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:L/I:L/A:H' },
        { type: 'CVSS_V3', score: someVector },
        { type: 'CVSS_V4', score: 'CVSS:4.0/AV:N' },
        { type: 'Ubuntu', score: 'medium' },
      ],
    });
    const { patches, cvss, skipped } = await parseOsv(bytesOf(record));
    expect(patches).toEqual([]);
    expect(cvss).toEqual([{ cve: 'CVE-2026-1000', score: 9.8, vector: someVector, version: '3.1' }]);
    expect(skipped).toMatchObject([{ count: 1 }]);
  });

  test.each([
    ['live patches', osvJson('LSN-0108-1', 'CVE-2026-1000'), /live patch/],
    ['withdrawn ones', osvJson('USN-8000-1', 'CVE-2026-1000', { withdrawn: '2026-07-01T00:00:00Z' }), /withdrawn/],
    ['Microsoft’s ids', osvJson('KB5094128', 'CVE-2026-1000'), /cannot be the id/],
    ['nothing that is affected', osvJson('DLA-3623-1', 'CVE-2026-1000', { affected: [] }), /no package/],
  ])('%s are counted, not taken', async (_, record, reason) => {
    const { patches, skipped } = await parseOsv(bytesOf(record));
    expect(patches).toEqual([]);
    expect(skipped).toHaveLength(1);
    expect(skipped[0]?.reason).toMatch(reason);
  });

  test('systems that are not followed, packages without a fix: counted, the rest is taken', async () => {
    const base = osvJson('USN-8000-1', 'CVE-2026-1000');
    const affected = [
      ...base.affected,
      { package: { ecosystem: 'npm', name: 'left-pad' }, ranges: [] },
      {
        package: { ecosystem: 'Ubuntu:22.04:LTS', name: 'curl' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }],
      },
      {
        package: { ecosystem: 'Ubuntu:22.04:LTS', name: 'curl' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ fixed: '`id`' }] }],
      },
    ];
    const { patches, skipped } = await parseOsv(bytesOf({ ...base, affected }));
    expect(patches[0]?.packages).toHaveLength(2);
    expect(skipped.map(({ count }) => count)).toEqual([1, 1, 1]);
  });

  testWith(sharedPath('feeds', 'osv'))('real ones: the kernel by its source, the severity of its CVEs', async () => {
    const [kernel] = (await parseOsv(shared('osv', 'ubuntu', 'USN-7095-1.json'))).patches;
    expect(kernel).toMatchObject({ restart: 'yes' });
    expect(kernel?.cves).toHaveLength(196);
    expect(new Set(kernel?.packages.map(({ source, release }) => `${source} ${release}`))).toEqual(
      new Set(['linux-nvidia-6.8 22.04', 'linux-nvidia 24.04', 'linux-nvidia-lowlatency 24.04']),
    );
    const { patches, cvss } = await parseOsv(shared('osv', 'ubuntu', 'USN-5614-1.json'));
    expect(patches[0]).toMatchObject({ severity: 'moderate', cves: ['CVE-2021-3782'] });
    expect(cvss).toEqual([expect.objectContaining({ cve: 'CVE-2021-3782', score: 6.6 })]);
  });
});

describe('pages of the NVD', () => {
  const entry = (id: string, baseScore: unknown, metric = 'cvssMetricV31') => ({
    cve: { id, metrics: { [metric]: [{ source: 'nvd@nist.gov', cvssData: { baseScore, vectorString: someVector } }] } },
  });
  const page = (...vulnerabilities: unknown[]) => ({
    format: 'NVD_CVE',
    version: '2.0',
    timestamp: 'x',
    vulnerabilities,
  });

  test('bring scores; what is not scored, or cannot be a score, is counted', async () => {
    const { cvss, skipped } = await parseNvd(
      bytesOf(
        page(
          entry('CVE-2026-1000', 9.8),
          entry('CVE-2026-1001', -1),
          entry('CVE-2026-1002', 'high'),
          entry('CVE-2026-1003', 5, 'cvssMetricV2'),
          entry('CWE-79', 5),
        ),
      ),
    );
    expect(cvss).toEqual([{ cve: 'CVE-2026-1000', score: 9.8, vector: someVector, version: '3.1' }]);
    expect(skipped.map(({ count }) => count)).toEqual([2, 1, 1]);
    await expect(parseNvd(bytesOf({ vulnerabilities: [] }))).rejects.toThrow('no page');
  });
});
