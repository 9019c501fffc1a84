// FIRST's exploit prediction scores, every generation of the file: https://www.first.org/epss/data_stats
// The comment line came in 2022, the percentile in 2021; columns are found by their names.

import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import type { EpssFact } from '../../../domain/risk.js';
import { ChannelDocumentError } from '../../../ports/channel.js';
import type { RiskDocument } from '../../../ports/risk.js';
import { readCapped, type Chunks } from '../readCapped.js';
import { Skipping } from '../../../domain/skipped.js';
import { cveId } from './fields.js';

const sizeMaxBytes = 256 * 1024 * 1024;
const share = z
  .string()
  .regex(/^\d(\.\d+)?([eE]-\d+)?$/, 'is no number')
  .transform(Number)
  .pipe(z.number().min(0).max(1, 'is above 1'));

const Row = z.object({ cve: cveId, epss: share, percentile: share.optional() });

export async function parseEpss(chunks: Chunks): Promise<RiskDocument> {
  const text = await readCapped(chunks, sizeMaxBytes);
  const comment = /^\uFEFF?#([^\r\n]*)\r?\n/.exec(text)?.[1] ?? '';
  const scoredAt = instantIn(comment);
  const skipping = new Skipping();
  const facts = new Map<string, EpssFact>();
  for (const raw of rowsOf(text)) {
    const row = Row.safeParse(raw);
    if (!row.success) {
      skipping.add(z.prettifyError(row.error).split('\n')[0] ?? 'has another shape', JSON.stringify(raw));
      continue;
    }
    const { cve, epss: score, percentile = null } = row.data;
    if (facts.has(cve)) skipping.add('the same CVE again: the first row counts', cve);
    else facts.set(cve, { cve, score, percentile, scoredAt });
  }
  return {
    channel: 'epss',
    document: comment === '' ? 'without a date' : comment,
    kev: [],
    epss: [...facts.values()],
    ssvc: [],
    cvss: [],
    skipped: skipping.list(),
  };
}

function rowsOf(text: string): Record<string, string>[] {
  const lines = text.replace(/^\uFEFF?#[^\n]*\n/, '');
  const header = /^\uFEFF?([^\r\n]*)/.exec(lines)?.[1]?.toLowerCase() ?? '';
  const columns = header.split(',').map((column) => column.trim());
  if (!columns.includes('cve') || !columns.includes('epss'))
    throw new ChannelDocumentError('malformed', 'it has no header with `cve` and `epss`: is it a file of EPSS scores?');
  try {
    return parse(lines, { bom: true, columns: () => columns, relax_column_count: true, trim: true });
  } catch (failure) {
    throw new ChannelDocumentError('truncated', 'the file ends within a record: nothing of it was taken', {
      cause: failure,
    });
  }
}

/** `model_version:v2023.03.01,score_date:2023-03-07T00:00:00+0000` */
function instantIn(comment: string): string | null {
  const text = /score_date:([^,\s]+)/.exec(comment)?.[1]?.replace(/\+0000$/, 'Z');
  const at = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}
