// The audit log as a chain: each event's hash covers its text and the hash before it. What is wrong with a chain, event by event (I8).

import { canonical } from './canonical.js';

/** What changed: said by whoever changed it, numbered and chained by the log. */
export interface AuditEntry {
  /** The same change told twice is one event. */
  key: string;
  /** ISO instant. */
  at: string;
  /** A person, or a workflow with the activity that acted for it. */
  who: string;
  what: string;
  why: string;
  before: unknown;
  after: unknown;
  patchId: string | null;
  vmId: string | null;
  runKey: string | null;
}

/** As it is stored. `body` is the JSON text of the entry with its `seq`, kept to the byte: it is what is hashed. */
export interface ChainedEvent {
  seq: number;
  body: string;
  /** Lower-case hex of SHA-256 over `chainText`. */
  hash: string;
}

/** A place of the chain, kept outside the database: whoever rewrites the whole chain cannot rewrite it too. */
export interface Checkpoint {
  seq: number;
  hash: string;
  /** ISO instant at which it was taken. */
  at: string;
}

export interface ChainFinding {
  kind: 'changed' | 'dropped' | 'moved' | 'inserted' | 'cut' | 'rewritten';
  seq: number;
  detail: string;
}

export const chainStart = '0'.repeat(64);

export function chainText(before: string, body: string): string {
  return `${before}\n${body}`;
}

export interface ChainCheck {
  /** Events in order of `seq`. */
  take(event: ChainedEvent): void;
  /** `head`: where the log says that it ends; null for a segment. */
  finish(head: { seq: number; hash: string } | null): ChainReport;
}

export interface ChainReport {
  events: number;
  last: { seq: number; hash: string };
  findings: ChainFinding[];
}

const findingsMax = 10_000;

/**
 * Checks a chain while it is read. `from` is where a segment begins: the number and hash of the event before it.
 * After a break it goes on with whatever still fits, so that one changed event is told once.
 */
export function checkChain(
  sha256: (text: string) => string,
  checkpoints: readonly Checkpoint[],
  from: { seq: number; hash: string } = { seq: 0, hash: chainStart },
): ChainCheck {
  const findings: ChainFinding[] = [];
  const tell = (kind: ChainFinding['kind'], seq: number, detail: string): void => {
    if (findings.length < findingsMax) findings.push({ kind, seq, detail });
  };
  const expected = new Map<number, Checkpoint[]>();
  for (const point of checkpoints) expected.set(point.seq, [...(expected.get(point.seq) ?? []), point]);
  let last = from.seq;
  /** The stored hash of the event before, and the one that its text gives: after a break either may be the true one. */
  let links = [from.hash];
  let head = from.hash;
  let events = 0;

  return {
    take({ seq, body, hash }) {
      events += 1;
      if (seq > last + 1) tell('dropped', last + 1, `${missing(last + 1, seq - 1)} missing before event ${seq}`);
      else if (seq <= last) tell('inserted', seq, `event ${seq} comes after event ${last}`);
      const isNext = seq === last + 1;
      const told = seqIn(body);
      if (told !== null && told !== seq) tell('moved', seq, `the text of event ${told} stands at ${seq}`);
      const computed = links.map((link) => sha256(chainText(link, body)));
      if (isNext && !computed.includes(hash))
        tell('changed', seq, `event ${seq} does not fit its hash: it, or the one before, was changed or inserted`);
      for (const point of expected.get(seq) ?? []) {
        if (point.hash !== hash)
          tell('rewritten', seq, `the checkpoint of ${point.at} knows another event ${seq}: the chain was rewritten`);
      }
      links = computed.includes(hash) || !isNext ? [hash] : [...new Set([hash, ...computed])];
      last = Math.max(last, seq);
      head = hash;
    },

    finish(end) {
      const known = Math.max(end?.seq ?? 0, ...checkpoints.map((point) => point.seq));
      if (known > last) tell('cut', last + 1, `${missing(last + 1, known)} cut off: the log once went to ${known}`);
      if (end !== null && end.seq < last)
        tell('inserted', end.seq + 1, `${missing(end.seq + 1, last)} added past the end of the log`);
      if (end !== null && end.seq === last && end.hash !== head)
        tell('changed', last, `the log's own end does not fit event ${last}`);
      return { events, last: { seq: last, hash: head }, findings };
    },
  };
}

function missing(first: number, last: number): string {
  return first === last ? `event ${first} is` : `events ${first} to ${last} are`;
}

/** Cheaper than parsing the whole text, and the text's own shape is what the hash protects. */
function seqIn(body: string): number | null {
  const found = /"seq": ?(\d+)/.exec(body);
  return found === null ? null : Number(found[1]);
}

/** The text of a checkpoint that is signed. */
export function checkpointText({ seq, hash, at }: Checkpoint): string {
  return canonical({ kind: 'patchline audit checkpoint', seq, hash, at });
}
