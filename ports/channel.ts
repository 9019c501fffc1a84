// A channel announces patches or dangers. An adapter lists a vendor's documents and reads one; when, how often, and what of it counts is
// decided elsewhere. `docs/channels.md` tells how to write one.

import type { NormalisedAdvisories } from '../domain/advisories.js';
import type { ChannelKind, ChannelState } from '../domain/channel.js';
import type { Skipped } from '../domain/skipped.js';
import type { RiskDocument } from './risk.js';

export interface ListedDocument {
  id: string;
  title: string;
  /** Whatever changes when the document does: an instant, a hash. Null: the vendor says nothing, so it is asked each time. */
  changedAt: string | null;
}

export interface Listing {
  documents: ListedDocument[];
  skipped: Skipped[];
}

/** What the vendor said of the version that is held. */
export interface ReadMarks {
  etag: string | null;
  lastModified: string | null;
}

/** A document of advisories, read and normalised. A bad record of it is skipped and counted; the rest is taken. */
export type AdvisoryDocument = NormalisedAdvisories;

export type DocumentAnswer =
  | { kind: 'unchanged' }
  /** The vendor has no such document, and that is no problem: a month to come, a CVE that nobody judged. */
  | { kind: 'absent' }
  | {
      kind: 'read';
      marks: ReadMarks & { sha256: string };
      /** Vulnerabilities, notices or facts in it: a version that holds less than the one before is doubted. */
      weight: number;
      advisories: AdvisoryDocument | null;
      risk: RiskDocument | null;
    };

export interface Channel {
  name: string;
  kind: ChannelKind;
  /**
   * What the vendor lists now. A document that is missing from it is not gone.
   * `since`: of the newest success, null before the first; older documents may be left out.
   * `cves`: those of patches that the fleet needs, for vendors that are asked CVE by CVE.
   */
  list(since: string | null, now: string, cves: string[]): Promise<Listing>;
  /** One document. `marks` null: whole, whatever was held. Throws `ChannelDocumentError`. */
  read(id: string, marks: ReadMarks | null): Promise<DocumentAnswer>;
}

export interface ChannelsPort {
  /** As policy names them now. */
  all(): Promise<Channel[]>;
}

export type ChannelProblem =
  | 'truncated'
  | 'wrongDocument'
  | 'entityBomb'
  | 'oversize'
  | 'malformed'
  | 'notXml'
  | 'unknownDocument'
  | 'forbidden'
  | 'unsigned'
  | 'unreachable';

/** A document that cannot be taken. Nothing already known is lost by it. */
export class ChannelDocumentError extends Error {
  constructor(
    readonly code: ChannelProblem,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ChannelDocumentError';
  }
}

/** One document of a channel, as it was listed and read. */
export interface KnownDocument extends ListedDocument, ReadMarks {
  channel: string;
  weight: number;
  patches: number;
  skipped: Skipped[];
  /** ISO instants; null: never read. */
  readAt: string | null;
  /** Since when the vendor has shown a smaller version than the one that is held. */
  shrunkSince: string | null;
  /** Listed as changed, and not read since. */
  pending: boolean;
  problem: string | null;
}

export interface ChannelRecord extends ChannelState {
  documents: number;
  pending: number;
  /** Documents that could not be taken. */
  troubled: number;
  /** What listing left out, and why. */
  skipped: Skipped[];
}

export interface ChannelStore {
  /** Documents become pending whose mark of change is new, or that have none. Others stay as they are. */
  listed(channel: string, listing: Listing, at: string): Promise<{ pending: number }>;
  /** The newest first. */
  pending(channel: string, limit: number): Promise<KnownDocument[]>;
  document(channel: string, id: string): Promise<KnownDocument | null>;
  /** It was read, or is as it was (`outcome` null), and is no longer pending. */
  read(
    channel: string,
    id: string,
    outcome: Pick<KnownDocument, 'etag' | 'lastModified' | 'weight' | 'patches' | 'skipped'> | null,
    at: string,
  ): Promise<void>;
  /** What is held stays, and this visit leaves it alone. `again`: the next one reads it also when the vendor did not change it. */
  troubled(
    channel: string,
    id: string,
    problem: string,
    next: { again: boolean; shrunkSince: string | null },
  ): Promise<void>;
  /** A visit ended. Told to the audit log when it changed how the channel is. */
  visited(
    channel: string,
    visit: { at: string; problem: string | null; changed: boolean; skipped: Skipped[] },
  ): Promise<ChannelRecord>;
  channels(): Promise<ChannelRecord[]>;
  /** In the order of ids. */
  documents(channel: string, page: { after?: string; limit: number; troubled?: boolean }): Promise<KnownDocument[]>;
}
