// CISA's catalogue of known exploited vulnerabilities, as JSON or CSV: https://www.cisa.gov/known-exploited-vulnerabilities-catalog

import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import type { KevFact } from '../../../domain/risk.js';
import { ChannelDocumentError } from '../../../ports/channel.js';
import type { RiskDocument } from '../../../ports/risk.js';
import { shownRecord } from '../json.js';
import { readCapped, type Chunks } from '../readCapped.js';
import { Skipping } from '../../../domain/skipped.js';
import { cveId, dayText } from './fields.js';

const sizeMaxBytes = 64 * 1024 * 1024;

const Catalogue = z.object({
  catalogVersion: z.string().min(1).max(100),
  count: z.number().int().optional(),
  vulnerabilities: z.array(z.unknown()),
});

const Entry = z.object({
  cveID: cveId,
  vulnerabilityName: z.string().max(1000).default(''),
  dateAdded: dayText,
  dueDate: dayText,
  knownRansomwareCampaignUse: z.string().default('Unknown'),
});

/** A catalogue that holds fewer entries than it announces is refused whole: an entry that is missing is not one that was taken back. */
export async function parseKev(chunks: Chunks): Promise<RiskDocument> {
  const text = await readCapped(chunks, sizeMaxBytes);
  const { document, entries } = text.trimStart().startsWith('{') ? fromJson(text) : fromCsv(text);
  const skipping = new Skipping();
  const facts = new Map<string, KevFact>();
  for (const raw of entries) {
    const entry = Entry.safeParse(raw);
    if (!entry.success) {
      skipping.add(z.prettifyError(entry.error).split('\n')[0] ?? 'has another shape', shownRecord(raw));
      continue;
    }
    const { cveID: cve, vulnerabilityName: name, dateAdded: addedOn, dueDate: dueOn } = entry.data;
    if (facts.has(cve)) {
      skipping.add('the same CVE again: the first entry counts', cve);
      continue;
    }
    facts.set(cve, { cve, name, addedOn, dueOn, ransomware: entry.data.knownRansomwareCampaignUse === 'Known' });
  }
  return {
    channel: 'kev',
    document,
    kev: [...facts.values()],
    epss: [],
    ssvc: [],
    cvss: [],
    skipped: skipping.list(),
  };
}

function fromJson(text: string): { document: string; entries: unknown[] } {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (failure) {
    throw new ChannelDocumentError('malformed', 'the catalogue is no whole JSON document: fetch it again', {
      cause: failure,
    });
  }
  const catalogue = Catalogue.safeParse(raw);
  if (!catalogue.success)
    throw new ChannelDocumentError('malformed', 'it is JSON, but no catalogue of known exploited vulnerabilities');
  const { catalogVersion, count, vulnerabilities } = catalogue.data;
  if (count !== undefined && count > vulnerabilities.length)
    throw new ChannelDocumentError(
      'truncated',
      `the catalogue announces ${count} entries and holds ${vulnerabilities.length}: nothing of it was taken`,
    );
  return { document: catalogVersion, entries: vulnerabilities };
}

function fromCsv(text: string): { document: string; entries: unknown[] } {
  if (!/^\uFEFF?cveID,/.test(text))
    throw new ChannelDocumentError('malformed', 'it is neither the catalogue as JSON nor as CSV');
  try {
    const entries: unknown[] = parse(text, { bom: true, columns: true, relax_column_count_less: true });
    return { document: 'csv', entries };
  } catch (failure) {
    throw new ChannelDocumentError('truncated', 'the CSV ends within a record: nothing of it was taken', {
      cause: failure,
    });
  }
}
