// `patchline ingest`: a vendor document from a file, without a running system.

import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { parseCvrf } from '../adapters/channels/msrc/parseCvrf.js';
import { normaliseCvrf, type NormalisedMonth } from '../domain/msrc.js';
import { ChannelDocumentError } from '../ports/channel.js';
import { CliFailure, exitCodes } from './client.js';
import { show, table, type Output } from './print.js';

export async function ingest(channel: string, file: string, output: Output): Promise<void> {
  if (channel !== 'msrc')
    throw new CliFailure(`no channel is called ${channel}: msrc is the one that is there`, exitCodes.usage);
  const month = await ingestMsrc(file);
  const patches = month.patches.map(
    ({
      patchId,
      kb,
      title,
      severity,
      cves,
      products,
      fixedBuilds,
      supersedes,
      restart,
      kind,
      exploited,
      knownIssue,
    }) => ({
      patchId,
      kb,
      title,
      severity,
      cves,
      products,
      fixedBuilds,
      supersedes,
      restart,
      kind,
      exploited,
      knownIssue,
    }),
  );
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
  await access(file).catch(() => {
    throw new CliFailure(`${file} cannot be read: is the path right?`, exitCodes.usage);
  });
  const bytes = createReadStream(file);
  const chunks = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
  bytes.on('error', (failure) => chunks.destroy(failure));
  try {
    return normaliseCvrf(await parseCvrf(chunks as AsyncIterable<Uint8Array>, null));
  } catch (failure) {
    if (failure instanceof ChannelDocumentError) throw new CliFailure(`${file}: ${failure.message}`, exitCodes.failed);
    if (failure instanceof Error && 'code' in failure && String(failure.code).startsWith('Z_')) {
      throw new CliFailure(`${file} is no whole gzip file (${String(failure.code)}): fetch it again`, exitCodes.failed);
    }
    throw failure;
  }
}
