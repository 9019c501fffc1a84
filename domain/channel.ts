// When a channel is healthy, and when a version of a document may be taken. Vendors publish half a month and mend it hours later.

import { matchesGlob } from './glob.js';

/** How a channel reaches its vendor; which adapter reads it. */
export type ChannelKind = 'msrc' | 'kev' | 'epss' | 'vulnrichment' | 'usn' | 'csaf' | 'osv';

export interface ChannelRule {
  /** Unique; part of workflow ids. */
  name: string;
  kind: ChannelKind;
  /** Where its documents begin; what that is depends on the kind. */
  url: string;
  /** Asked when `url` does not answer; null: nowhere else. */
  fallbackUrl: string | null;
  /** How often it is read by itself; null: only when somebody asks. */
  everyMinutes: number | null;
  /** How far back documents are read the first time. */
  historyDays: number;
  /** Globs of document ids (`*` only); empty: all. */
  only: string[];
  /** Armoured OpenPGP key that must have signed each document; null: a digest beside it is enough. Of CSAF alone. */
  publicKey: string | null;
}

/** Whether policy wants a document of this id. */
export function isWanted(only: string[], id: string): boolean {
  return only.length === 0 || only.some((glob) => matchesGlob(glob, id));
}

export interface ChannelsPolicy {
  sources: ChannelRule[];
  /** Whether patches that are new or changed start a cycle by themselves. */
  startCycle: boolean;
  /** Without a success for so long, people are told. */
  silentHoursMax: number;
  /** A document that shrank is taken when it is still smaller after so long. */
  shrunkHours: number;
}

export interface ChannelState {
  name: string;
  /** ISO instants; null: never. */
  triedAt: string | null;
  succeededAt: string | null;
  changedAt: string | null;
  /** Why the newest visit was no success. */
  problem: string | null;
  failingSince: string | null;
}

export type ChannelHealth =
  | { kind: 'healthy' }
  | { kind: 'neverRead'; reason: string }
  | { kind: 'failing'; reason: string }
  | { kind: 'silent'; reason: string };

const hourMs = 3_600_000;

/** `silent` is what people are told of: a short failure mends itself. */
export function channelHealth(state: ChannelState, policy: { silentHoursMax: number }, now: string): ChannelHealth {
  const since = state.succeededAt ?? state.failingSince;
  const hours = since === null ? 0 : (Date.parse(now) - Date.parse(since)) / hourMs;
  const why = state.problem ?? 'it was not read';
  if (state.problem !== null && hours >= policy.silentHoursMax)
    return { kind: 'silent', reason: `nothing for ${Math.floor(hours)} hours: ${why}` };
  if (state.problem !== null) return { kind: 'failing', reason: why };
  if (state.succeededAt === null) return { kind: 'neverRead', reason: 'it was never read' };
  return { kind: 'healthy' };
}

export interface DocumentWeight {
  /** Vulnerabilities, notices or facts that it holds. */
  weight: number;
}

export type VersionVerdict = { kind: 'take' } | { kind: 'wait'; since: string; reason: string };

/**
 * A version that holds less than the one before is half a document more often than one that shrank: it is taken when it is still so after
 * `shrunkHours`. On a Patch Tuesday MSRC's month held nothing but Edge for three hours:
 * https://github.com/microsoft/MSRC-Microsoft-Security-Updates-API/issues/122
 */
export function versionVerdict(
  held: (DocumentWeight & { shrunkSince: string | null }) | null,
  seen: DocumentWeight,
  shrunkHours: number,
  now: string,
): VersionVerdict {
  if (held === null || seen.weight >= held.weight) return { kind: 'take' };
  const since = held.shrunkSince ?? now;
  if (held.shrunkSince !== null && Date.parse(now) - Date.parse(since) >= shrunkHours * hourMs) return { kind: 'take' };
  return {
    kind: 'wait',
    since,
    reason: `it holds ${seen.weight} where ${held.weight} were: taken when it is still so ${shrunkHours} hours after ${since}`,
  };
}

/** The months that are read whether the vendor lists them or not, newest first: an index has lost one for ten hours. */
export function monthsBack(now: string, count: number): string[] {
  const names = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  const at = new Date(now);
  return Array.from({ length: count }, (_, index) => {
    const month = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - index, 1));
    return `${month.getUTCFullYear()}-${names[month.getUTCMonth()] ?? ''}`;
  });
}

/** What came of documents: how many were read, patches new and changed, CVEs whose facts of risk changed. */
export interface Taken {
  read: number;
  added: number;
  revised: number;
  risks: number;
  /** Documents that could not be taken, and the first reason. */
  troubled: number;
  problem: string | null;
}

export const nothingTaken: Taken = { read: 0, added: 0, revised: 0, risks: 0, troubled: 0, problem: null };

export function sumOf(parts: readonly Taken[]): Taken {
  return parts.reduce(
    (a, b) => ({
      read: a.read + b.read,
      added: a.added + b.added,
      revised: a.revised + b.revised,
      risks: a.risks + b.risks,
      troubled: a.troubled + b.troubled,
      problem: a.problem ?? b.problem,
    }),
    nothingTaken,
  );
}
