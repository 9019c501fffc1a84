// Small whole documents of each kind of advisory, for tests that spoil a part of them. Facts are made up; shapes are the vendors'.

import { Readable } from 'node:stream';
import type { AdvisoryDocument } from '../../ports/channel.js';

export function bytesOf(document: unknown): Uint8Array[] {
  return [Buffer.from(typeof document === 'string' ? document : JSON.stringify(document))];
}

/** `size` bytes of spaces within a JSON text, never held at once. */
export function* endless(size: number, head = '{"a":"'): Generator<Uint8Array> {
  yield Buffer.from(head);
  const block = Buffer.alloc(1024 * 1024, 0x20);
  for (let sent = 0; sent < size; sent += block.byteLength) yield block;
  yield Buffer.from('"}');
}

export function inChunks(text: string, size: number): Readable {
  const bytes = Buffer.from(text);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.byteLength; at += size) parts.push(bytes.subarray(at, at + size));
  return Readable.from(parts);
}

export function skippedCount({ skipped }: Pick<AdvisoryDocument, 'skipped'>, reason?: RegExp): number {
  return skipped.filter((one) => reason?.test(one.reason) ?? true).reduce((sum, one) => sum + one.count, 0);
}

/** A record of a month of the MSRC, with one KB. */
export interface MonthRecord {
  cve: string;
  kb: string;
  score: number | string;
  vector?: string;
  title?: string;
  build?: string;
  product?: { id: string; name: string };
  date?: string;
  actionRequired?: string;
}

const server = { id: '11923', name: 'Windows Server 2022' };
export const someVector = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';

const absent = { Date: '0001-01-01T00:00:00', DateSpecified: false };

function jsonRecord(record: MonthRecord) {
  const { cve, kb, score, vector = someVector, title = cve, product = server, date = '2026-06-09T07:00:00' } = record;
  const { build = '10.0.20348.5256', actionRequired = 'Yes' } = record;
  return {
    Title: { Value: title },
    Notes: [{ Title: 'Customer Action Required', Type: 6, Ordinal: '40', Value: actionRequired }],
    DiscoveryDate: '0001-01-01T00:00:00',
    DiscoveryDateSpecified: false,
    CVE: cve,
    Threats: [
      { Description: { Value: 'Important' }, ProductID: [product.id], Type: 3, ...absent },
      { Description: { Value: 'Publicly Disclosed:No;Exploited:Yes' }, Type: 1, ...absent },
    ],
    CVSSScoreSets: [{ BaseScore: score, TemporalScore: 6.1, Vector: vector, ProductID: [product.id] }],
    Remediations: [
      {
        Description: { Value: kb },
        URL: `https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB${kb}`,
        Supercedence: '5087545',
        ProductID: [product.id],
        Type: 2,
        ...absent,
        AffectedFiles: [],
        RestartRequired: { Value: 'Yes' },
        SubType: 'Security Update',
        FixedBuild: build,
      },
      { URL: `https://support.microsoft.com/help/${kb}`, ProductID: [product.id], Type: 3, ...absent, SubType: kb },
    ],
    RevisionHistory: [{ Number: '1.0', Date: date, Description: { Value: '<p>Information published.</p>' } }],
  };
}

export type JsonRecord = ReturnType<typeof jsonRecord>;

export function monthJson(
  records: MonthRecord[],
  spoil: (record: JsonRecord, index: number) => unknown = (one) => one,
) {
  const products = new Map(records.map(({ product = server }) => [product.id, product.name]));
  return {
    DocumentTitle: { Value: 'June 2026 Security Updates' },
    DocumentTracking: {
      Identification: { ID: { Value: '2026-Jun' }, Alias: { Value: '2026-Jun' } },
      Status: 2,
      Version: '1.0',
      RevisionHistory: [{ Number: '7', Date: '2026-06-09T07:00:00', Description: {} }],
      InitialReleaseDate: '2026-06-09T07:00:00',
      CurrentReleaseDate: '2026-06-09T07:00:00',
    },
    ProductTree: { FullProductName: [...products].map(([ProductID, Value]) => ({ ProductID, CPE: '', Value })) },
    Vulnerability: records.map((record, index) => spoil(jsonRecord(record), index)),
  };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function xmlRecord(record: MonthRecord): string {
  const { cve, kb, score, vector = someVector, title = cve, product = server, date = '2026-06-09T07:00:00' } = record;
  const { build = '10.0.20348.5256', actionRequired = 'Yes' } = record;
  const id = `<vuln:ProductID>${product.id}</vuln:ProductID>`;
  return `<vuln:Vulnerability Ordinal="1"><vuln:Title>${escaped(title)}</vuln:Title>
<vuln:Notes><vuln:Note Title="Customer Action Required" Type="Other" Ordinal="40">${actionRequired}</vuln:Note></vuln:Notes>
<vuln:CVE>${escaped(cve)}</vuln:CVE>
<vuln:Threats><vuln:Threat Type="Severity"><vuln:Description>Important</vuln:Description>${id}</vuln:Threat>
<vuln:Threat Type="Exploit Status"><vuln:Description>Publicly Disclosed:No;Exploited:Yes</vuln:Description></vuln:Threat></vuln:Threats>
<vuln:CVSSScoreSets><vuln:ScoreSet><vuln:BaseScore>${score}</vuln:BaseScore><vuln:Vector>${escaped(vector)}</vuln:Vector>${id}</vuln:ScoreSet></vuln:CVSSScoreSets>
<vuln:Remediations><vuln:Remediation Type="Vendor Fix"><vuln:Description>${kb}</vuln:Description><vuln:URL>https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB${kb}</vuln:URL><vuln:Supercedence>5087545</vuln:Supercedence>${id}<vuln:AffectedFiles /><vuln:RestartRequired>Yes</vuln:RestartRequired><vuln:SubType>Security Update</vuln:SubType><vuln:FixedBuild>${build}</vuln:FixedBuild></vuln:Remediation>
<vuln:Remediation Type="Release Notes"><vuln:URL>https://support.microsoft.com/help/${kb}</vuln:URL>${id}<vuln:AffectedFiles /><vuln:SubType>${kb}</vuln:SubType></vuln:Remediation></vuln:Remediations>
<vuln:RevisionHistory><vuln:Revision><cvrf:Number>1.0</cvrf:Number><cvrf:Date>${date}</cvrf:Date></vuln:Revision></vuln:RevisionHistory></vuln:Vulnerability>`;
}

export function monthXml(records: MonthRecord[]): string {
  const products = new Map(records.map(({ product = server }) => [product.id, product.name]));
  const names = [...products].map(
    ([id, name]) => `<prod:FullProductName ProductID="${id}">${escaped(name)}</prod:FullProductName>`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>
<cvrf:cvrfdoc xmlns:cvrf="http://www.icasi.org/CVRF/schema/cvrf/1.1" xmlns:prod="http://www.icasi.org/CVRF/schema/prod/1.1" xmlns:vuln="http://www.icasi.org/CVRF/schema/vuln/1.1">
<cvrf:DocumentTitle>June 2026 Security Updates</cvrf:DocumentTitle>
<cvrf:DocumentTracking><cvrf:Identification><cvrf:ID>2026-Jun</cvrf:ID></cvrf:Identification>
<cvrf:RevisionHistory><cvrf:Revision><cvrf:Number>7</cvrf:Number><cvrf:Date>2026-06-09T07:00:00</cvrf:Date></cvrf:Revision></cvrf:RevisionHistory>
<cvrf:InitialReleaseDate>2026-06-09T07:00:00</cvrf:InitialReleaseDate><cvrf:CurrentReleaseDate>2026-06-09T07:00:00</cvrf:CurrentReleaseDate></cvrf:DocumentTracking>
<prod:ProductTree>${names.join('\n')}</prod:ProductTree>
${records.map(xmlRecord).join('\n')}
</cvrf:cvrfdoc>`;
}

/** An advisory with one package on one release of Red Hat's, as Red Hat writes it; a vulnerability for each CVE. */
export function csafJson(
  cves: string[],
  change: { document?: object; tracking?: object; vulnerability?: object } = {},
) {
  const nevra = 'openssl-1:3.0.7-28.el9_4.x86_64';
  const source = 'openssl-1:3.0.7-28.el9_4.src';
  const platform = 'BaseOS-9.4.0.Z.MAIN.EUS';
  const product = (id: string, architecture: string) => ({
    category: 'architecture',
    name: architecture,
    branches: [
      {
        category: 'product_version',
        name: id,
        product: {
          name: id,
          product_id: id,
          product_identification_helper: {
            purl: `pkg:rpm/redhat/openssl@3.0.7-28.el9_4?arch=${architecture}&epoch=1`,
          },
        },
      },
    ],
  });
  const relation = (id: string) => ({
    category: 'default_component_of',
    full_product_name: { name: `${id} as a component`, product_id: `${platform}:${id}` },
    product_reference: id,
    relates_to_product_reference: platform,
  });
  return {
    document: {
      category: 'csaf_security_advisory',
      csaf_version: '2.0',
      title: 'Red Hat Security Advisory: openssl security update',
      aggregate_severity: { text: 'Important' },
      publisher: { category: 'vendor', name: 'Red Hat', namespace: 'https://www.redhat.com' },
      references: [{ category: 'self', url: 'https://access.redhat.com/errata/RHSA-2026:0001' }],
      tracking: {
        id: 'RHSA-2026:0001',
        version: '3',
        status: 'final',
        initial_release_date: '2026-06-09T07:00:00+00:00',
        current_release_date: '2026-06-10T07:00:00+00:00',
        ...change.tracking,
      },
      ...change.document,
    },
    product_tree: {
      branches: [
        {
          category: 'vendor',
          name: 'Red Hat',
          branches: [
            {
              category: 'product_family',
              name: 'Red Hat Enterprise Linux',
              branches: [
                {
                  category: 'product_name',
                  name: 'Red Hat Enterprise Linux BaseOS (v. 9)',
                  product: {
                    name: 'Red Hat Enterprise Linux BaseOS (v. 9)',
                    product_id: platform,
                    product_identification_helper: { cpe: 'cpe:/o:redhat:enterprise_linux:9::baseos' },
                  },
                },
              ],
            },
            product(nevra, 'x86_64'),
            product(source, 'src'),
          ],
        },
      ],
      relationships: [relation(nevra), relation(source)],
    },
    vulnerabilities: cves.map((cve) => ({
      cve,
      title: cve,
      product_status: { fixed: [`${platform}:${nevra}`, `${platform}:${source}`] },
      remediations: [
        {
          category: 'vendor_fix',
          details: 'For details on how to apply this update',
          product_ids: [`${platform}:${nevra}`],
          restart_required: { category: 'none' },
          url: 'https://access.redhat.com/errata/RHSA-2026:0001',
        },
      ],
      scores: [{ cvss_v3: { baseScore: 7.5, vectorString: someVector, version: '3.1' }, products: [] }],
      threats: [{ category: 'impact', details: 'Important' }],
      ...change.vulnerability,
    })),
  };
}

export function osvJson(id: string, cve: string, change: object = {}) {
  return {
    schema_version: '1.7.0',
    id,
    summary: 'curl vulnerability',
    published: '2026-06-09T07:00:00Z',
    modified: '2026-06-10T07:00:00Z',
    aliases: [],
    related: [],
    upstream: [`UBUNTU-${cve}`],
    affected: [
      {
        package: { ecosystem: 'Ubuntu:24.04:LTS', name: 'curl', purl: 'pkg:deb/ubuntu/curl?arch=source' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '8.5.0-2ubuntu10.7' }] }],
        ecosystem_specific: {
          binaries: [
            { binary_name: 'curl', binary_version: '8.5.0-2ubuntu10.7' },
            { binary_name: 'libcurl4t64', binary_version: '8.5.0-2ubuntu10.7' },
          ],
        },
      },
    ],
    ...change,
  };
}

export function usnJson(id: string, cve: string, change: object = {}) {
  const link = 'https://launchpad.net/ubuntu/+source/curl';
  const binary = (name: string, version: string, pocket: string) => ({
    name,
    version,
    is_source: false,
    pocket,
    source_link: link,
    version_link: '',
  });
  return {
    id,
    title: 'curl vulnerability',
    published: '2026-06-09T07:00:00',
    cves_ids: [cve],
    instructions: 'In general, a standard system update will make all the necessary changes.',
    is_hidden: false,
    releases: [
      { codename: 'noble', support_tag: 'LTS', version: '24.04' },
      { codename: 'bionic', support_tag: 'ESM', version: '18.04 LTS' },
    ],
    release_packages: {
      noble: [
        { name: 'curl', version: '8.5.0-2ubuntu10.7', is_source: true, description: 'a tool' },
        binary('curl', '8.5.0-2ubuntu10.7', 'security'),
      ],
      bionic: [binary('curl', '7.58.0-2ubuntu3.24+esm9', 'esm-infra')],
    },
    type: 'USN',
    ...change,
  };
}
