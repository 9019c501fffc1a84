// The audit chain: whatever is done to it afterwards is found and named (I8).

import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  chainStart,
  chainText,
  checkChain,
  type ChainFinding,
  type ChainedEvent,
  type Checkpoint,
} from '../../domain/audit.js';

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');

function chainOf(whats: string[], from = { seq: 0, hash: chainStart }): ChainedEvent[] {
  let { seq, hash } = from;
  return whats.map((what) => {
    seq += 1;
    const body = JSON.stringify({ at: '2026-11-24T12:00:00.000Z', key: `k${seq}`, seq, who: 'kim', what });
    hash = sha256(chainText(hash, body));
    return { seq, body, hash };
  });
}

function findingsIn(
  events: ChainedEvent[],
  head: ChainedEvent | undefined,
  checkpoints: Checkpoint[] = [],
): ChainFinding[] {
  const check = checkChain(sha256, checkpoints);
  for (const event of events) check.take(event);
  return check.finish(head ?? { seq: 0, hash: chainStart }).findings;
}

const at = '2026-11-24T13:00:00.000Z';
const thousand = chainOf(Array.from({ length: 1000 }, (_, n) => `change ${n}`));
const head = thousand.at(-1);

describe('a chain of a thousand events', () => {
  test('verifies as it is, whole and as a segment', () => {
    expect(findingsIn(thousand, head)).toEqual([]);
    const check = checkChain(sha256, [], thousand[499]);
    for (const event of thousand.slice(500)) check.take(event);
    expect(check.finish(null)).toMatchObject({ events: 500, findings: [] });
  });

  test('names the event of every single byte that was flipped', () => {
    const missed: string[] = [];
    // One event at a time with its neighbours, so that every byte of all of them is tried.
    for (const [index, event] of thousand.entries()) {
      const from = thousand[index - 1] ?? { seq: 0, hash: chainStart };
      const after = thousand[index + 1];
      for (const field of ['body', 'hash'] as const) {
        for (let byte = 0; byte < event[field].length; byte += 1) {
          const flipped = { ...event, [field]: flip(event[field], byte) };
          const check = checkChain(sha256, [], from);
          check.take(flipped);
          if (after !== undefined) check.take(after);
          const { findings } = check.finish(after ?? head ?? null);
          if (!findings.some((finding) => finding.seq === event.seq)) missed.push(`${event.seq} ${field} ${byte}`);
          if (findings.some((finding) => finding.seq > event.seq))
            missed.push(`${event.seq} ${field} ${byte} cascades`);
        }
      }
    }
    expect(missed).toEqual([]);
  });
});

function flip(text: string, byte: number): string {
  const bytes = Buffer.from(text, 'latin1');
  bytes[byte] = (bytes[byte] ?? 0) ^ 1;
  return bytes.toString('latin1');
}

const chains = fc.array(fc.string(), { minLength: 3, maxLength: 40 }).map((whats) => chainOf(whats));
const chainAndPlace = chains.chain((chain) => fc.tuple(fc.constant(chain), fc.nat(chain.length - 2)));

describe('whatever is done to a chain', () => {
  test('a changed text is found where it stands, however it is hashed', () => {
    fc.assert(
      fc.property(chainAndPlace, fc.string(), fc.boolean(), ([chain, place], what, rehashed) => {
        const event = chain[place];
        if (event === undefined) return;
        const body = event.body.replace(/"what":.*/, `"what":${JSON.stringify(`${what}!`)}}`);
        fc.pre(body !== event.body);
        const before = chain[place - 1]?.hash ?? chainStart;
        const hash = rehashed ? sha256(chainText(before, body)) : event.hash;
        const found = findingsIn(chain.with(place, { ...event, body, hash }), chain.at(-1));
        // Hashed anew it fits what is before it, and then the next one no longer fits.
        expect(found.map((finding) => finding.seq)).toEqual([event.seq + (rehashed ? 1 : 0)]);
      }),
    );
  });

  test('a dropped event is named', () => {
    fc.assert(
      fc.property(chainAndPlace, ([chain, place]) => {
        const found = findingsIn(chain.toSpliced(place, 1), chain.at(-1));
        expect(found).toContainEqual(expect.objectContaining({ kind: 'dropped', seq: place + 1 }));
      }),
    );
  });

  test('dropped and renumbered: the texts tell', () => {
    fc.assert(
      fc.property(chainAndPlace, ([chain, place]) => {
        const kept = chain.toSpliced(place, 1).map((event, index) => ({ ...event, seq: index + 1 }));
        expect(findingsIn(kept, kept.at(-1))).toContainEqual(
          expect.objectContaining({ kind: 'moved', seq: place + 1 }),
        );
      }),
    );
  });

  test('two events that changed places are named', () => {
    fc.assert(
      fc.property(chainAndPlace, ([chain, place]) => {
        const [one, other] = [chain[place], chain[place + 1]];
        if (one === undefined || other === undefined) return;
        const swapped = chain.with(place, { ...other, seq: one.seq }).with(place + 1, { ...one, seq: other.seq });
        const seqs = findingsIn(swapped, chain.at(-1)).map((finding) => finding.seq);
        expect(seqs).toEqual(expect.arrayContaining([one.seq, other.seq]));
      }),
    );
  });

  test('an inserted event is named', () => {
    fc.assert(
      fc.property(chainAndPlace, fc.string(), ([chain, place], what) => {
        const [added] = chainOf([what], chain[place]);
        if (added === undefined) return;
        const longer = [...chain.slice(0, place + 1), added, ...chain.slice(place + 1)];
        const found = findingsIn(longer, chain.at(-1));
        expect(found.some((finding) => finding.seq === added.seq)).toBe(true);
      }),
    );
  });

  test('an event added past the end is named', () => {
    fc.assert(
      fc.property(chains, fc.string(), (chain, what) => {
        const found = findingsIn([...chain, ...chainOf([what], chain.at(-1))], chain.at(-1));
        expect(found).toContainEqual(expect.objectContaining({ kind: 'inserted', seq: chain.length + 1 }));
      }),
    );
  });

  test('a cut tail is named, by the log’s own end or by a checkpoint when that was cut too', () => {
    fc.assert(
      fc.property(chainAndPlace, ([chain, place]) => {
        const kept = chain.slice(0, place + 1);
        const cut = { kind: 'cut', seq: place + 2 };
        expect(findingsIn(kept, chain.at(-1))).toContainEqual(expect.objectContaining(cut));
        const checkpoint = { ...(chain.at(-1) ?? { seq: 0, hash: '' }), at };
        expect(findingsIn(kept, kept.at(-1), [checkpoint])).toContainEqual(expect.objectContaining(cut));
      }),
    );
  });

  test('a chain rewritten with new hashes fits itself, and not an outside checkpoint', () => {
    fc.assert(
      fc.property(chainAndPlace, ([chain, place]) => {
        const whats = chain.map((event) => (JSON.parse(event.body) as { what: string }).what);
        const rewritten = chainOf(whats.with(place, `${whats[place] ?? ''}!`));
        expect(findingsIn(rewritten, rewritten.at(-1))).toEqual([]);
        const checkpoint = { ...(chain.at(-1) ?? { seq: 0, hash: '' }), at };
        expect(findingsIn(rewritten, rewritten.at(-1), [checkpoint])).toEqual([
          expect.objectContaining({ kind: 'rewritten', seq: chain.length }),
        ]);
      }),
    );
  });
});
