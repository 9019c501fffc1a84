// `patchline ingest`: a vendor document from a file, without a running system.

import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { parseCvrf } from '../adapters/channels/msrc/parseCvrf.js';
import type { Chunks } from '../adapters/channels/readCapped.js';
import { parseEpss } from '../adapters/channels/risk/epss.js';
import { parseKev } from '../adapters/channels/risk/kev.js';
import { parseVulnrichment } from '../adapters/channels/risk/vulnrichment.js';
import { normaliseCvrf, type NormalisedMonth } from '../domain/msrc.js';
import { ChannelDocumentError } from '../ports/channel.js';
import type { RiskDocument } from '../ports/risk.js';
import type { RiskSavedView } from '../api/contract/index.js';
import { CliFailure, exitCodes, type ApiClient } from './client.js';
import { clean, show, table, type Output } from './print.js';

const shownFields = [
  'patchId',
  'kb',
  'title',
  'severity',
  'cves',
  'products',
  'fixedBuilds',
  'supersedes',
  'restart',
  'kind',
  'exploited',
  'knownIssue',
] as const;

function pick<T, K extends keyof T>(whole: T, fields: readonly K[]): Pick<T, K> {
  return Object.fromEntries(fields.map((field) => [field, whole[field]])) as Pick<T, K>;
}

/** Documents of risk by the channel's name. */
const riskParsers: Record<string, (chunks: Chunks) => Promise<RiskDocument>> = {
  kev: parseKev,
  epss: parseEpss,
  vulnrichment: parseVulnrichment,
};

/** `client`: the running system that takes the facts of risk; null: they are only shown. */
export async function ingest(channel: string, file: string, output: Output, client: ApiClient | null): Promise<void> {
  const parseRisk = Object.hasOwn(riskParsers, channel) ? riskParsers[channel] : undefined;
  if (parseRisk !== undefined) {
    const document = await fromFile(file, parseRisk);
    const stored = client === null ? null : await store(document, client);
    show(output, stored === null ? document : { ...document, stored }, () =>
      [describeRisk(document), ...(stored === null ? [] : [`Facts of ${stored} CVEs changed.`])].join('\n'),
    );
    return;
  }
  if (client !== null) throw new CliFailure('--store takes facts of risk: a cycle reads msrc', exitCodes.usage);
  if (channel !== 'msrc')
    throw new CliFailure(
      `no channel is called ${channel}: msrc, ${Object.keys(riskParsers).join(', ')} are there`,
      exitCodes.usage,
    );
  const month = await ingestMsrc(file);
  const patches = month.patches.map((patch) => pick(patch, shownFields));
  show(output, { id: month.id, vulnerabilities: month.vulnerabilities, patches }, () =>
    [
      `${month.title}: ${month.vulnerabilities} vulnerabilities, ${patches.length} patches`,
      table(
        ['Patch', 'Severity', 'Kind', 'CVEs', 'Title'],
        patches.map((patch) => [patch.patchId, patch.severity, patch.kind, String(patch.cves.length), patch.title]),
      ),
      ...month.skipped.map((skipped) => `skipped ${skipped.count}: ${skipped.reason}`),
    ].join('\n'),
  );
}

export async function ingestMsrc(file: string): Promise<NormalisedMonth> {
  return normaliseCvrf(await fromFile(file, (chunks) => parseCvrf(chunks, null)));
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
  const rows = [
    ...kev.map((one) => [one.cve, `added ${one.addedOn}, due ${one.dueOn}${one.ransomware ? ', ransomware' : ''}`]),
    ...epss.map((one) => [one.cve, `${(one.score * 100).toFixed(2)}%`]),
    ...ssvc.map((one) => [
      one.cve,
      `exploitation ${one.exploitation}, ${one.automatable ? '' : 'not '}automatable, ${one.technicalImpact} impact`,
    ]),
  ];
  return [
    clean(`${channel} ${document}: ${rows.length} facts${cvss.length > 0 ? `, ${cvss.length} CVSS scores` : ''}`),
    table(['CVE', 'Fact'], rows.slice(0, shownMax)),
    ...(rows.length > shownMax ? [`and ${rows.length - shownMax} more: --json tells all`] : []),
    ...skipped.map((one) => clean(`skipped ${one.count}: ${one.reason}, e.g. ${one.examples[0] ?? ''}`)),
  ].join('\n');
}
