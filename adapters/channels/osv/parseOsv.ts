// Reads records of the Open Source Vulnerability format: one, a list, or one on each line. https://ossf.github.io/osv-schema/

import { z } from 'zod';
import { normaliseOsv, type OsvAffected, type OsvRecord } from '../../../domain/osv.js';
import { Skipping } from '../../../domain/skipped.js';
import { ChannelDocumentError, type AdvisoryDocument } from '../../../ports/channel.js';
import { instantOf } from '../instants.js';
import { readRecords, shownRecord, wrongness } from '../json.js';
import type { Chunks } from '../readCapped.js';

const sizeMaxBytes = 64 * 1024 * 1024;

const optional = z
  .string()
  .nullish()
  .transform((value) => value?.trim() || null);
const ids = z.array(z.string()).nullish();
const Severity = z.object({ type: z.string(), score: z.string() });

const Affected = z.object({
  package: z.object({ ecosystem: z.string().trim(), name: z.string().trim().min(1) }).nullish(),
  ranges: z.array(z.object({ type: z.string(), events: z.array(z.object({ fixed: optional })) })).nullish(),
  ecosystem_specific: z
    .object({
      binaries: z.array(z.unknown()).nullish().catch(null),
    })
    .nullish(),
  database_specific: z
    .object({
      cves_map: z
        .object({ cves: z.array(z.object({ id: z.string(), severity: z.array(Severity).nullish() })).nullish() })
        .nullish()
        .catch(null),
    })
    .nullish(),
});
const OsvShape = z.object({
  id: z.string().trim().min(1),
  summary: optional,
  published: optional,
  modified: optional,
  withdrawn: optional,
  aliases: ids,
  related: ids,
  upstream: ids,
  severity: z.array(Severity).nullish(),
  references: z.array(z.object({ type: z.string(), url: z.string() })).nullish(),
  affected: z.array(Affected).nullish(),
});
const Named = z.object({ binary_name: z.string().trim().min(1), binary_version: z.string().trim().min(1) });

export async function parseOsv(chunks: Chunks): Promise<AdvisoryDocument> {
  const raw = await readRecords(chunks, 'record of the OSV format', sizeMaxBytes);
  const skipping = new Skipping();
  const records = raw.flatMap((one) => recordIn(one, skipping));
  if (records.length === 0 && raw.length === 1)
    throw new ChannelDocumentError(
      'malformed',
      `it is JSON, but no record of the OSV format (${skipping.list()[0]?.reason ?? ''}): nothing of it was taken`,
    );
  return normaliseOsv(records, skipping.list());
}

function recordIn(raw: unknown, skipping: Skipping): OsvRecord[] {
  if (typeof raw === 'string') {
    skipping.add('a line that is no JSON', raw);
    return [];
  }
  const read = OsvShape.safeParse(raw);
  if (read.success) return [recordOf(read.data)];
  skipping.add(`a record of another shape: ${wrongness(read.error)}`, shownRecord(raw));
  return [];
}

function recordOf(raw: z.output<typeof OsvShape>): OsvRecord {
  return {
    id: raw.id,
    summary: raw.summary,
    published: instantOf(raw.published),
    modified: instantOf(raw.modified),
    isWithdrawn: raw.withdrawn !== null,
    linked: [...(raw.aliases ?? []), ...(raw.related ?? []), ...(raw.upstream ?? [])],
    severity: raw.severity ?? [],
    references: raw.references ?? [],
    affected: (raw.affected ?? []).map(affectedOf),
  };
}

function affectedOf(raw: z.output<typeof Affected>): OsvAffected {
  const events = (raw.ranges ?? []).filter(({ type }) => type === 'ECOSYSTEM').flatMap((range) => range.events);
  return {
    ecosystem: raw.package?.ecosystem ?? '',
    name: raw.package?.name ?? '',
    fixed: events.flatMap(({ fixed }) => fixed ?? []).at(-1) ?? null,
    binaries: binariesIn(raw.ecosystem_specific?.binaries ?? []),
    cves: (raw.database_specific?.cves_map?.cves ?? []).map(({ id, severity }) => ({ id, severity: severity ?? [] })),
  };
}

/** Two forms over the years: `{"binary_name": "curl", "binary_version": "7.81"}`, and names as keys with versions as values. */
function binariesIn(raw: unknown[]): OsvAffected['binaries'] {
  return raw.flatMap((one) => {
    const named = Named.safeParse(one);
    if (named.success) return [{ name: named.data.binary_name, version: named.data.binary_version }];
    const keyed = z.record(z.string(), z.string()).safeParse(one);
    return keyed.success ? Object.entries(keyed.data).map(([name, version]) => ({ name, version })) : [];
  });
}
