// CSAF documents of Red Hat, SUSE, Microsoft and others: what they fix where, and what they announce no patch for.

import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { parseCsaf } from '../../../adapters/channels/csaf/parseCsaf.js';
import type { Patch } from '../../../domain/patch.js';
import { bytesOf, csafJson, skippedCount } from '../../support/advisories.js';
import { sharedPath, testWith } from '../../support/shared.js';

const shared = (...parts: string[]) => {
  const stream = createReadStream(sharedPath('feeds', ...parts));
  return parseCsaf(parts.at(-1)?.endsWith('.gz') ? stream.pipe(createGunzip()) : stream);
};
const placesOf = ({ packages }: Patch) =>
  [...new Set(packages.map(({ release, pocket }) => `${release} ${pocket ?? '-'}`))].sort();

describe('Red Hat', () => {
  test('one patch with its packages, the vendor’s words and the scores of its CVEs', async () => {
    const { id, vulnerabilities, patches, cvss, skipped } = await parseCsaf(
      bytesOf(csafJson(['CVE-2026-1001', 'CVE-2026-1000'])),
    );
    expect({ id, vulnerabilities, skipped }).toEqual({ id: 'RHSA-2026:0001', vulnerabilities: 2, skipped: [] });
    expect(cvss.map(({ cve, score }) => [cve, score])).toEqual([
      ['CVE-2026-1000', 7.5],
      ['CVE-2026-1001', 7.5],
    ]);
    expect(patches).toEqual([
      {
        patchId: 'RHSA-2026:0001',
        kb: null,
        title: 'Red Hat Security Advisory: openssl security update',
        severity: 'important',
        severityByProduct: {},
        cves: ['CVE-2026-1000', 'CVE-2026-1001'],
        products: [{ id: 'BaseOS-9.4.0.Z.MAIN.EUS', name: 'Red Hat Enterprise Linux BaseOS (v. 9)' }],
        fixedBuilds: {},
        packages: [
          {
            distribution: 'rhel',
            release: '9',
            pocket: null,
            name: 'openssl',
            source: 'openssl',
            sourceOnly: false,
            module: null,
            version: '1:3.0.7-28.el9_4',
            architecture: 'x86_64',
          },
        ],
        supersedes: [],
        // The vendor says none; whatever uses the library goes on with the old one.
        restart: 'maybe',
        kind: 'update',
        exploited: false,
        disclosed: false,
        knownIssue: false,
        knownIssueUrl: null,
        released: '2026-06-09T07:00:00.000Z',
        classification: 'security',
        url: 'https://access.redhat.com/errata/RHSA-2026:0001',
        source: { channel: 'csaf', document: 'RHSA-2026:0001', revision: '3' },
      },
    ]);
  });

  testWith(sharedPath('feeds', 'csaf'))('a kernel restarts the machine, on releases that live longer', async () => {
    const [patch] = (await shared('csaf', 'redhat', 'rhsa-2023_7434.json.gz')).patches;
    if (patch === undefined) throw new Error('no patch');
    expect(patch).toMatchObject({ restart: 'yes', severity: 'important', cves: expect.any(Array) as unknown });
    expect(placesOf(patch)).toEqual(['8.2 aus', '8.2 e4s', '8.2 tus']);
    const names = new Set(patch.packages.map(({ name }) => name));
    expect(names.has('kernel-core')).toBe(true);
    // Told not affected, for debuggers, a source: none of them is installed and mended.
    expect(
      ['kernel-headers', 'kernel-debuginfo', 'kernel-debuginfo-common-x86_64'].filter((name) => names.has(name)),
    ).toEqual([]);
    expect(
      patch.packages.every(({ version, source }) => source === 'kernel' && version === '0:4.18.0-193.119.1.el8_2'),
    ).toBe(true);
  });

  testWith(sharedPath('feeds', 'csaf'))('streams of a module are kept apart', async () => {
    for (const [file, module] of [
      ['rhsa-2023_3821.json.gz', 'ruby:2.7'],
      ['rhsa-2024_1431.json.gz', 'ruby:3.1'],
    ] as const) {
      const [patch] = (await shared('csaf', 'redhat', file)).patches;
      expect(patch?.packages.every((fix) => fix.module === module && fix.release === '8')).toBe(true);
      expect(patch?.packages.length).toBeGreaterThan(70);
    }
  });

  testWith(sharedPath('feeds', 'csaf'))('an epoch, and a document that names the source alone', async () => {
    const bind = (await shared('csaf', 'redhat', 'rhsa-2025_23414.json.gz')).patches[0];
    expect(new Set(bind?.packages.map(({ version, source, pocket }) => `${version} ${source} ${pocket}`))).toEqual(
      new Set(['32:9.8.2-0.68.rc1.el6_10.17 bind els']),
    );
    const python = (await shared('csaf', 'redhat', 'rhsa-2024_9371.json.gz')).patches[0];
    expect(python?.packages).toEqual([
      {
        distribution: 'rhel',
        release: '9',
        pocket: null,
        name: 'python3.9',
        source: 'python3.9',
        sourceOnly: true,
        module: null,
        version: '0:3.9.19-8.el9',
        architecture: null,
      },
    ]);
  });

  testWith(sharedPath('feeds', 'csaf'))('another product is no part of the system', async () => {
    const [patch] = (await shared('csaf', 'redhat', 'rhsa-2023_7438.json.gz')).patches;
    expect(patch === undefined ? [] : placesOf(patch)).toEqual(['9 openstack-17.1']);
  });

  test('what CISA knows to be exploited, in the vendor’s own document', async () => {
    const threats = [
      { category: 'impact', details: 'Important' },
      { category: 'exploit_status', details: 'CISA: https://www.cisa.gov/known-exploited-vulnerabilities-catalog' },
    ];
    const { patches } = await parseCsaf(bytesOf(csafJson(['CVE-2026-1000'], { vulnerability: { threats } })));
    expect(patches[0]?.exploited).toBe(true);
  });
});

describe('SUSE', () => {
  testWith(sharedPath('feeds', 'csaf'))('packages by name, releases by service pack', async () => {
    const [bind] = (await shared('csaf', 'suse', 'suse-su-2015_0011-2.json.gz')).patches;
    if (bind === undefined) throw new Error('no patch');
    expect(bind).toMatchObject({ patchId: 'SUSE-SU-2015:0011-2', severity: 'moderate' });
    expect(bind.cves).toHaveLength(7);
    expect(placesOf(bind)).toEqual(['11.2 -', '11.2 ltss', '11.2 sap']);
    expect(bind.packages).toContainEqual({
      distribution: 'suse',
      release: '11.2',
      pocket: null,
      name: 'bind-chrootenv',
      source: null,
      sourceOnly: false,
      module: null,
      version: '0:9.9.4P2-0.6.1',
      architecture: 'i586',
    });
  });
});

describe('documents that announce no patch', () => {
  test.each([
    ['about one CVE (VEX)', { tracking: { id: 'CVE-2026-1000' } }, /VEX/],
    [
      'that fix nothing',
      { vulnerability: { product_status: { known_not_affected: ['x'] }, remediations: [] } },
      /fixes nothing/,
    ],
    ['that are drafts', { tracking: { status: 'draft' } }, /draft/],
    ['whose id would lead elsewhere', { tracking: { id: '../../patch/KB5094128' } }, /cannot be the id/],
    ['whose id is Microsoft’s alone', { tracking: { id: 'KB5094128' } }, /cannot be the id/],
  ])('%s are read and counted', async (_, change, reason) => {
    const document = await parseCsaf(bytesOf(csafJson(['CVE-2026-1000'], change)));
    expect(document).toMatchObject({ patches: [], vulnerabilities: 1 });
    expect(skippedCount(document)).toBe(1);
    expect(document.skipped[0]?.reason).toMatch(reason);
    expect(document.cvss).toHaveLength(1);
  });

  test('an update without any CVE is no security', async () => {
    const document = csafJson(['CVE-2026-1000'], {
      tracking: { id: 'SUSE-RU-2026:1-1' },
      vulnerability: { cve: null },
    });
    expect((await parseCsaf(bytesOf(document))).patches[0]).toMatchObject({ cves: [], classification: 'other' });
  });
});

describe('Microsoft', () => {
  const product = (name: string, id: string, build: string) => ({
    category: 'product_name',
    name,
    branches: [
      {
        category: 'product_version_range',
        name: `<${build}`,
        product: { name: `${name} <${build}`, product_id: `${id}r` },
      },
      { category: 'product_version', name: build, product: { name: `${name} ${build}`, product_id: id } },
    ],
  });
  const document = (namespace: string) => {
    const base = csafJson(['CVE-2026-1000'], {
      tracking: { id: 'msrc_CVE-2026-1000' },
      document: { publisher: { category: 'vendor', name: 'MSRC', namespace } },
      vulnerability: {
        product_status: { fixed: ['11923', '12436', '11655'], known_affected: ['11923r', '12436r', '11655r'] },
        remediations: [
          {
            category: 'vendor_fix',
            details: '10.0.20348.5256:Security Update:https://support.microsoft.com/help/5094128',
            url: 'https://support.microsoft.com/help/5094128',
            product_ids: ['11923r'],
          },
          {
            category: 'vendor_fix',
            details: '10.0.26100.32995:Security Update:https://support.microsoft.com/help/5094125',
            url: 'https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB5094125',
            product_ids: ['12436r'],
            restart_required: { category: 'system' },
          },
          {
            category: 'vendor_fix',
            details: '129.0:Security Update:https://x',
            url: 'https://learn.microsoft.com/x',
            product_ids: ['11655r'],
          },
        ],
        threats: [
          { category: 'exploit_status', details: 'Publicly Disclosed:No;Exploited:Yes;Latest Software Release:N/A' },
        ],
      },
    });
    return {
      ...base,
      product_tree: {
        branches: [
          {
            category: 'vendor',
            name: 'Microsoft',
            branches: [
              product('Windows Server 2022', '11923', '10.0.20348.5256'),
              product('Windows Server 2025', '12436', '10.0.26100.32995'),
              product('Microsoft Edge', '11655', '129.0.2792.52'),
            ],
          },
        ],
      },
    };
  };

  test('KBs with the builds that they bring; what is no KB is counted', async () => {
    const { patches, skipped } = await parseCsaf(bytesOf(document('https://msrc.microsoft.com')));
    expect(patches).toMatchObject([
      {
        patchId: 'KB5094125',
        kb: '5094125',
        products: [{ id: '12436', name: 'Windows Server 2025' }],
        fixedBuilds: { '12436': '10.0.26100.32995' },
        restart: 'yes',
        kind: 'cumulative',
        severity: 'important',
        exploited: true,
      },
      {
        patchId: 'KB5094128',
        fixedBuilds: { '11923': '10.0.20348.5256' },
        restart: 'unknown',
        cves: ['CVE-2026-1000'],
      },
    ]);
    expect(skipped).toMatchObject([{ count: 1 }]);
  });

  test('nobody else speaks of KBs', async () => {
    const { patches } = await parseCsaf(bytesOf(document('https://msrc.microsoft.com.example.org')));
    expect(patches.map(({ patchId, kb }) => [patchId, kb])).toEqual([['msrc_CVE-2026-1000', null]]);
  });

  testWith(sharedPath('feeds', 'msrc', 'csaf'))(
    'files as they are published: scores, and no KB among them',
    async () => {
      for (const name of [
        'csaf/msrc_cve-2025-29795.json',
        'csaf/msrc_cve-2025-29806.json',
        'vex/msrc_cve-2025-25186.json',
      ]) {
        const { patches, cvss, skipped } = await shared('msrc', 'csaf', ...name.split('/'));
        expect([patches.length, cvss.length, skipped.length]).toEqual([0, 1, 1]);
      }
    },
  );
});

describe('vendors without packages', () => {
  test('name products and the versions that are fixed, for people to install', async () => {
    const base = csafJson(['CVE-2026-1000'], {
      tracking: { id: 'SSA-123456' },
      document: { publisher: { category: 'vendor', name: 'Someone', namespace: 'https://example.org' } },
      vulnerability: { product_status: { fixed: ['p2'] } },
    });
    const named = { category: 'product_version', name: '2.1', product: { name: 'Agent 2.1', product_id: 'p2' } };
    const range = {
      category: 'product_version_range',
      name: 'vers:all/<2.1',
      product: { name: 'Agent <2.1', product_id: 'p1' },
    };
    const tree = { branches: [{ category: 'product_name', name: 'Agent', branches: [range, named] }] };
    const { patches } = await parseCsaf(bytesOf({ ...base, product_tree: tree }));
    expect(patches[0]).toMatchObject({
      patchId: 'SSA-123456',
      packages: [],
      products: [{ id: 'p2', name: 'Agent' }],
      fixedBuilds: { p2: '2.1' },
    });
  });

  test('containers are no packages of a system', async () => {
    const base = csafJson(['CVE-2026-1000'], { vulnerability: { product_status: { fixed: ['c'] } } });
    const image = {
      category: 'product_version',
      name: 'ose-console@sha256:4a6e',
      product: {
        name: 'ose-console',
        product_id: 'c',
        product_identification_helper: { purl: 'pkg:oci/ose-console@sha256:4a6e' },
      },
    };
    const { patches, skipped } = await parseCsaf(bytesOf({ ...base, product_tree: { branches: [image] } }));
    expect(patches).toEqual([]);
    expect(skipped).toMatchObject([{ count: 1, examples: ['pkg:oci/ose-console@sha256:4a6e'] }]);
  });
});
