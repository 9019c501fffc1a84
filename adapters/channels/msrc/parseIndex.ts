// The MSRC's list of months. Ids are whatever it gives: `2026-Jun`, `2017-May-B`, `2018-FEB`; Azure Linux has release notes of its own among them.

import { z } from 'zod';
import { Skipping, type Skipped } from '../../../domain/skipped.js';
import { ChannelDocumentError } from '../../../ports/channel.js';
import { instantOf } from '../instants.js';
import { shownRecord } from '../json.js';

const Entry = z.object({
  ID: z.string().trim().min(1).max(100),
  DocumentTitle: z.string().nullish(),
  InitialReleaseDate: z.string().nullish(),
  CurrentReleaseDate: z.string().nullish(),
});
const Index = z.object({ value: z.array(z.unknown()) });

export interface IndexEntry {
  id: string;
  title: string;
  /** ISO instants; null: the list does not say. */
  changedAt: string | null;
  initialRelease: string | null;
}

/** A month that is missing from the list is not gone. */
export function parseIndex(text: string): { documents: IndexEntry[]; skipped: Skipped[] } {
  const read = Index.safeParse(jsonOf(text));
  if (!read.success)
    throw new ChannelDocumentError(
      'malformed',
      'the index of the MSRC has not the expected shape: nothing of it was taken',
    );
  const skipping = new Skipping();
  const documents = new Map<string, IndexEntry>();
  for (const raw of read.data.value) {
    const entry = Entry.safeParse(raw);
    if (!entry.success) skipping.add('an entry without an id', shownRecord(raw));
    else if (/mariner/i.test(entry.data.DocumentTitle ?? ''))
      skipping.add('release notes of Azure Linux', entry.data.ID);
    else if (documents.has(entry.data.ID)) skipping.add('the same id again: the first entry counts', entry.data.ID);
    else documents.set(entry.data.ID, entryOf(entry.data));
  }
  return { documents: [...documents.values()], skipped: skipping.list() };
}

function entryOf({
  ID: id,
  DocumentTitle: title,
  InitialReleaseDate: initial,
  CurrentReleaseDate: current,
}: z.output<typeof Entry>): IndexEntry {
  return { id, title: title ?? id, changedAt: instantOf(current), initialRelease: instantOf(initial) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (failure) {
    throw new ChannelDocumentError('malformed', 'the index of the MSRC is not JSON', { cause: failure });
  }
}
