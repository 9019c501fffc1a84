// `patchline ingest`: a vendor document from a file, without a running system.

import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { parseCsaf } from '../adapters/channels/csaf/parseCsaf.js';
import { parseMonth } from '../adapters/channels/msrc/parseMonth.js';
import { parseOsv } from '../adapters/channels/osv/parseOsv.js';
import type { Chunks } from '../adapters/channels/readCapped.js';
import { parseEpss } from '../adapters/channels/risk/epss.js';
import { parseKev } from '../adapters/channels/risk/kev.js';
import { parseNvd } from '../adapters/channels/risk/nvd.js';
import { parseVulnrichment } from '../adapters/channels/risk/vulnrichment.js';
import { parseUsn } from '../adapters/channels/usn/parseUsn.js';
import { normaliseCvrf } from '../domain/msrc.js';
import type { Skipped } from '../domain/skipped.js';
import { ChannelDocumentError, type AdvisoryDocument } from '../ports/channel.js';
import type { RiskDocument } from '../ports/risk.js';
import type { RiskSavedView } from '../api/contract/index.js';
import { CliFailure, exitCodes, type ApiClient } from './client.js';
import { clean, show, table, type Output } from './print.js';

/** Documents of advisories by the channel's name. */
const advisoryParsers: Record<string, (chunks: Chunks) => Promise<AdvisoryDocument>> = {
  msrc: async (chunks) => normaliseCvrf(await parseMonth(chunks, null)),
  csaf: parseCsaf,
  osv: parseOsv,
  usn: parseUsn,
};

/** Documents of risk by the channel's name. */
const riskParsers: Record<string, (chunks: Chunks) => Promise<RiskDocument>> = {
  kev: parseKev,
  epss: parseEpss,
  vulnrichment: parseVulnrichment,
  nvd: parseNvd,
};

/** `client`: the running system that takes the facts of risk; null: they are only shown. */
export async function ingest(channel: string, file: string, output: Output, client: ApiClient | null): Promise<void> {
  if (Object.hasOwn(riskParsers, channel)) return ingestRisk(riskParsers[channel], file, output, client);
  const parse = Object.hasOwn(advisoryParsers, channel) ? advisoryParsers[channel] : undefined;
  const known = [...Object.keys(advisoryParsers), ...Object.keys(riskParsers)].join(', ');
  if (parse === undefined) throw new CliFailure(`no channel is called ${channel}: ${known} are there`, exitCodes.usage);
  if (client !== null)
    throw new CliFailure('--store takes facts of risk: patches are read by their channels', exitCodes.usage);
  const document = await fromFile(file, parse);
  show(output, document, () => describeAdvisories(document));
}

async function ingestRisk(
  parse: (typeof riskParsers)[string] | undefined,
  file: string,
  output: Output,
  client: ApiClient | null,
): Promise<void> {
  if (parse === undefined) return;
  const document = await fromFile(file, parse);
  const stored = client === null ? null : await store(document, client);
  show(output, stored === null ? document : { ...document, stored }, () =>
    [describeRisk(document), ...(stored === null ? [] : [`Facts of ${stored} CVEs changed.`])].join('\n'),
  );
}

const factsAtOnce = 2000;

/** In parts that the API takes; how many CVEs changed. */
async function store(document: RiskDocument, client: ApiClient): Promise<number> {
  let changed = 0;
  for (const kind of ['kev', 'epss', 'ssvc', 'cvss'] as const) {
    for (let from = 0; from < document[kind].length; from += factsAtOnce) {
      const part = document[kind].slice(from, from + factsAtOnce);
      const body = { channel: document.channel, document: document.document, [kind]: part };
      changed += (await client.post<RiskSavedView>('/v1/risk', body)).changed;
    }
  }
  return changed;
}

/** A document from a file, unpacked by its name. */
async function fromFile<T>(file: string, parse: (chunks: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
  await access(file).catch(() => {
    throw new CliFailure(`${file} cannot be read: is the path right?`, exitCodes.usage);
  });
  const bytes = createReadStream(file);
  const chunks = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
  bytes.on('error', (failure) => chunks.destroy(failure));
  try {
    return await parse(chunks as AsyncIterable<Uint8Array>);
  } catch (failure) {
    if (failure instanceof ChannelDocumentError) throw new CliFailure(`${file}: ${failure.message}`, exitCodes.failed);
    if (failure instanceof Error && 'code' in failure && String(failure.code).startsWith('Z_')) {
      throw new CliFailure(`${file} is no whole gzip file (${String(failure.code)}): fetch it again`, exitCodes.failed);
    }
    throw failure;
  }
}

const shownMax = 20;

function describeRisk({ channel, document, kev, epss, ssvc, cvss, skipped }: RiskDocument): string {
  const facts = [
    ...kev.map((one) => [one.cve, `added ${one.addedOn}, due ${one.dueOn}${one.ransomware ? ', ransomware' : ''}`]),
    ...epss.map((one) => [one.cve, `${(one.score * 100).toFixed(2)}%`]),
    ...ssvc.map((one) => [
      one.cve,
      `exploitation ${one.exploitation}, ${one.automatable ? '' : 'not '}automatable, ${one.technicalImpact} impact`,
    ]),
  ];
  const rows = facts.length > 0 ? facts : cvss.map((one) => [one.cve, `CVSS ${one.score}, ${one.vector}`]);
  return [
    clean(`${channel} ${document}: ${facts.length} facts${cvss.length > 0 ? `, ${cvss.length} CVSS scores` : ''}`),
    table(['CVE', 'Fact'], rows.slice(0, shownMax)),
    ...(rows.length > shownMax ? [`and ${rows.length - shownMax} more: --json tells all`] : []),
    ...skipped.map(describeSkipped),
  ].join('\n');
}

function describeAdvisories({ title, vulnerabilities, patches, cvss, skipped }: AdvisoryDocument): string {
  const scores = cvss.length > 0 ? `, ${cvss.length} CVSS scores` : '';
  return [
    clean(`${title}: ${vulnerabilities} records, ${patches.length} patches${scores}`),
    table(
      ['Patch', 'Severity', 'Kind', 'Restart', 'CVEs', 'Packages', 'Title'],
      patches.map((patch) => [
        patch.patchId,
        patch.severity,
        patch.kind,
        patch.restart,
        String(patch.cves.length),
        String(patch.packages.length),
        patch.title,
      ]),
    ),
    ...skipped.map(describeSkipped),
  ].join('\n');
}

function describeSkipped({ reason, count, examples }: Skipped): string {
  return clean(`skipped ${count}: ${reason}${examples[0] === undefined ? '' : `, e.g. ${examples[0]}`}`);
}
