// The vendor's documents: real ones from a folder, or written here from the table of facts; and what they say guests need.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { SaxesParser } from 'saxes';
import { factMonths, productNames, type FactMonth, type FactPatch } from './facts.js';

/** One update for one product of the fleet. */
export interface Offered {
  kb: string;
  product: string;
  /** The build that it brings; null for updates of something else than the system, e.g. .NET. */
  build: string | null;
  title: string;
  restart: 'Yes' | 'Maybe' | 'No';
}

export interface Documents {
  ids(): { id: string; title: string; initialRelease: string; currentRelease: string }[];
  text(id: string): string | null;
  /** Everything that the documents offer to servers of this fleet. */
  offers: Offered[];
}

const serverProduct = /Windows Server (?:2019|2022|2025)(?= \(Server Core installation\)$|$)/;

/** `feedsDir`: a folder with files called `cvrf-<ID>[.at-<instant>].xml[.gz]`; null writes from facts. */
export function openDocuments(feedsDir: string | null): Documents {
  const texts = feedsDir === null ? writtenTexts() : readTexts(feedsDir);
  const read = [...texts].map(([id, text]) => ({ id, ...readDocument(text) }));
  return {
    ids: () =>
      read.map(({ id, title, initialRelease, currentRelease }) => ({ id, title, initialRelease, currentRelease })),
    text: (id) => texts.get(id) ?? null,
    offers: read.flatMap((document) => document.offers),
  };
}

function writtenTexts(): Map<string, string> {
  return new Map(factMonths.map((month) => [month.id, writeDocument(month)]));
}

/** Of several stored moments of one document the last one counts. Years before the fleet's systems are left out. */
function readTexts(folder: string): Map<string, string> {
  const texts = new Map<string, string>();
  for (const name of readdirSync(folder).sort()) {
    const match = /^cvrf-(20\d\d-[A-Z][a-z]{2}(?:-[A-Z])?)(?:\.at-\w+)?\.xml(\.gz)?$/.exec(name);
    const id = match?.[1];
    if (id === undefined || id < '2024') continue;
    const bytes = readFileSync(join(folder, name));
    texts.set(id, (match?.[2] === undefined ? bytes : gunzipSync(bytes)).toString('utf8'));
  }
  if (texts.size === 0)
    throw new Error(`${folder} holds no document called cvrf-<ID>.xml or cvrf-<ID>.xml.gz of 2024 or later`);
  return texts;
}

interface Remedy {
  type: string;
  kb: string;
  subType: string;
  fixedBuild: string;
  restart: string;
  products: string[];
}

/** Only what guests need of a document: the vendor's fixes by product. */
function readDocument(text: string) {
  const names = new Map<string, string>();
  const seen = new Map<string, Offered>();
  const top: Record<string, string> = {};
  let remedy: Remedy | null = null;
  let productId = '';
  let value = '';
  const parser = new SaxesParser();
  parser.on('error', (failure) => {
    throw failure;
  });
  parser.on('text', (part) => {
    value += part;
  });
  parser.on('opentag', (tag) => {
    value = '';
    const name = localName(tag.name);
    if (name === 'Remediation')
      remedy = {
        type: attribute(tag.attributes, 'Type'),
        kb: '',
        subType: '',
        fixedBuild: '',
        restart: '',
        products: [],
      };
    if (name === 'FullProductName') productId = attribute(tag.attributes, 'ProductID');
  });
  parser.on('closetag', (tag) => {
    const name = localName(tag.name);
    const held = value.trim();
    if (name === 'FullProductName') names.set(productId, held);
    else if (remedy === null && top[name] === undefined) top[name] = held;
    else if (remedy !== null) {
      takePart(remedy, name, held);
      if (name === 'Remediation') {
        for (const offered of offersOf(remedy, names)) seen.set(`${offered.kb}/${offered.product}`, offered);
        remedy = null;
      }
    }
    value = '';
  });
  parser.write(text).close();
  return {
    title: top['DocumentTitle'] ?? '',
    initialRelease: top['InitialReleaseDate'] ?? '',
    currentRelease: top['CurrentReleaseDate'] ?? '',
    offers: [...seen.values()],
  };
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function attribute(attributes: Record<string, unknown>, name: string): string {
  const held = attributes[name];
  return typeof held === 'string' ? held : '';
}

function takePart(remedy: Remedy, name: string, value: string): void {
  if (name === 'Description') remedy.kb = value;
  else if (name === 'SubType') remedy.subType = value;
  else if (name === 'FixedBuild') remedy.fixedBuild = value;
  else if (name === 'RestartRequired') remedy.restart = value;
  else if (name === 'ProductID') remedy.products.push(value);
}

/** A server is offered cumulative and product updates; hotpatches and stand-alone packages are for others. */
function offersOf(remedy: Remedy, names: Map<string, string>): Offered[] {
  if (remedy.type !== 'Vendor Fix' || !/^\d{6,8}$/.test(remedy.kb) || remedy.subType !== 'Security Update') return [];
  const isSystem = remedy.fixedBuild.startsWith('10.0.');
  return remedy.products.flatMap((id) => {
    const name = names.get(id) ?? '';
    const product = serverProduct.exec(name)?.[0];
    if (product === undefined || (isSystem && !name.startsWith('Windows Server'))) return [];
    if (!isSystem && !name.startsWith('Microsoft .NET Framework')) return [];
    const restart = remedy.restart === 'Yes' ? 'Yes' : remedy.restart === 'No' ? 'No' : 'Maybe';
    const title = `${isSystem ? 'Cumulative Update' : 'Cumulative Update for .NET Framework'} for ${product} (KB${remedy.kb})`;
    return [{ kb: remedy.kb, product, build: isSystem ? remedy.fixedBuild : null, title, restart }] satisfies Offered[];
  });
}

function writeDocument(month: FactMonth): string {
  const used = [...new Set(month.patches.flatMap((patch) => patch.products.map((product) => product.id)))];
  const cves = [...new Set(month.patches.flatMap((patch) => patch.cves))];
  const products = used.map(
    (id) => `<prod:FullProductName ProductID="${id}">${productNames[id] ?? id}</prod:FullProductName>`,
  );
  const vulnerabilities = cves.map((cve, index) =>
    vulnerability(
      cve,
      index + 1,
      month.patches.filter((patch) => patch.cves.includes(cve)),
    ),
  );
  return `<?xml version="1.0" encoding="utf-8"?>
<cvrf:cvrfdoc xmlns:cvrf="http://www.icasi.org/CVRF/schema/cvrf/1.1" xmlns:prod="http://www.icasi.org/CVRF/schema/prod/1.1" xmlns:vuln="http://www.icasi.org/CVRF/schema/vuln/1.1" xmlns:cvrf-common="http://www.icasi.org/CVRF/schema/common/1.1">
<cvrf:DocumentTitle>${month.title}</cvrf:DocumentTitle>
<cvrf:DocumentType>Security Update</cvrf:DocumentType>
<cvrf:DocumentTracking><cvrf:Identification><cvrf:ID>${month.id}</cvrf:ID><cvrf:Alias>${month.id}</cvrf:Alias></cvrf:Identification><cvrf:Status>Final</cvrf:Status><cvrf:Version>1.0</cvrf:Version>
<cvrf:RevisionHistory><cvrf:Revision><cvrf:Number>1</cvrf:Number><cvrf:Date>${month.currentRelease}</cvrf:Date><cvrf:Description>${month.title}</cvrf:Description></cvrf:Revision></cvrf:RevisionHistory>
<cvrf:InitialReleaseDate>${month.initialRelease}</cvrf:InitialReleaseDate><cvrf:CurrentReleaseDate>${month.currentRelease}</cvrf:CurrentReleaseDate></cvrf:DocumentTracking>
<prod:ProductTree>${products.join('\n')}</prod:ProductTree>
${vulnerabilities.join('\n')}
</cvrf:cvrfdoc>
`;
}

function vulnerability(cve: string, ordinal: number, patches: FactPatch[]): string {
  const ids = [...new Set(patches.flatMap((patch) => patch.products.map((product) => product.id)))];
  const severity = patches.some((patch) => patch.severity === 'Critical') ? 'Critical' : 'Important';
  const threats = ids.map(
    (id) =>
      `<vuln:Threat Type="Severity"><vuln:Description>${severity}</vuln:Description><vuln:ProductID>${id}</vuln:ProductID></vuln:Threat>`,
  );
  return `<vuln:Vulnerability Ordinal="${ordinal}"><vuln:Title>${cve}</vuln:Title><vuln:CVE>${cve}</vuln:CVE>
<vuln:ProductStatuses><vuln:Status Type="Known Affected">${ids.map((id) => `<vuln:ProductID>${id}</vuln:ProductID>`).join('')}</vuln:Status></vuln:ProductStatuses>
<vuln:Threats>${threats.join('')}</vuln:Threats>
<vuln:Remediations>${patches.map(remediation).join('\n')}</vuln:Remediations></vuln:Vulnerability>`;
}

function remediation(patch: FactPatch): string {
  const ids = patch.products.map((product) => `<vuln:ProductID>${product.id}</vuln:ProductID>`).join('');
  const supercedence = patch.supersedes === null ? '' : `<vuln:Supercedence>${patch.supersedes}</vuln:Supercedence>`;
  const fixedBuild = patch.products[0]?.fixedBuild ?? '';
  return `<vuln:Remediation Type="Vendor Fix"><vuln:Description>${patch.kb}</vuln:Description><vuln:URL>https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB${patch.kb}</vuln:URL>${supercedence}${ids}<vuln:AffectedFiles /><vuln:RestartRequired>${patch.restart}</vuln:RestartRequired><vuln:SubType>${patch.subType}</vuln:SubType><vuln:FixedBuild>${fixedBuild}</vuln:FixedBuild></vuln:Remediation>`;
}
