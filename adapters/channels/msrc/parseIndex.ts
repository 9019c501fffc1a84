// The MSRC's list of months. Ids are whatever it gives: `2026-Jun`, `2017-May-B`, `2018-FEB`; Azure Linux has release notes of its own among them.

import { z } from 'zod';
import type { Skipped } from '../../../domain/msrc.js';
import { ChannelDocumentError, type ListedDocument } from '../../../ports/channel.js';
import { Skipping } from '../skipping.js';

const Entry = z.object({
  ID: z.string().min(1).max(100),
  DocumentTitle: z.string().nullish(),
  InitialReleaseDate: z.string().nullish(),
  CurrentReleaseDate: z.string().nullish(),
});
const Index = z.object({ value: z.array(z.unknown()) });

export interface IndexEntry extends ListedDocument {
  /** ISO instant. */
  initialRelease: string | null;
}

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
    if (!entry.success) skipping.add('an entry without an id', JSON.stringify(raw));
    else if (/mariner/i.test(entry.data.DocumentTitle ?? ''))
      skipping.add('release notes of Azure Linux', entry.data.ID);
    else if (documents.has(entry.data.ID)) skipping.add('the same id again: the first entry counts', entry.data.ID);
    else documents.set(entry.data.ID, entryOf(entry.data));
  }
  return { documents: [...documents.values()], skipped: skipping.list() };
}

function entryOf({
  ID: id,
  DocumentTitle,
  InitialReleaseDate,
  CurrentReleaseDate,
}: z.output<typeof Entry>): IndexEntry {
  return {
    id,
    title: DocumentTitle ?? id,
    changedAt: instantOf(CurrentReleaseDate),
    initialRelease: instantOf(InitialReleaseDate),
  };
}

function instantOf(text: string | null | undefined): string | null {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) || at < 0 ? null : new Date(at).toISOString();
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (failure) {
    throw new ChannelDocumentError('malformed', 'the index of the MSRC is not JSON', { cause: failure });
  }
}
