// I1, I9: nothing begins by an approval after its withdrawal was recorded, whatever order messages and machines come in; and only a signed word of
// somebody who may end it takes anything back (I5, I6).

import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Place } from '../../domain/approvalRules.js';
import { decisionText, type SignedDecision } from '../../domain/decision.js';
import { waveVerdict, type GateFacts } from '../../domain/gate.js';
import { bounded, freshMinutesMax } from '../../domain/received.js';
import type { ManifestRow } from '../../domain/run.js';
import { closedManifestStates } from '../../domain/run.js';
import {
  judgeWithdrawal,
  readWithdrawal,
  withdrawalText,
  withdrawnMachines,
  type SignedWithdrawal,
  type WithdrawalFacts,
} from '../../domain/withdrawal.js';
import { minutesFrom, now, someRow, someRun } from '../support/facts.js';

const keys = generateKeyPairSync('ed25519');
const others = generateKeyPairSync('ed25519');
const signedBy = (key: typeof keys, text: string) => sign(null, Buffer.from(text), key.privateKey).toString('base64');
const isSigned = (text: string, signature: string) =>
  verify(null, Buffer.from(text), keys.publicKey, Buffer.from(signature, 'base64'));

const digest = 'a'.repeat(64);
const unsigned: Omit<SignedWithdrawal, 'signature'> = {
  withdrawalId: 'w1',
  patchId: 'KB1',
  category: 'web',
  decisionId: 'd1',
  decisionDigest: digest,
  by: 'riley',
  reason: 'the vendor mails of crashes',
  at: now,
  signedInBy: 'token',
};
const good: SignedWithdrawal = { ...unsigned, signature: signedBy(keys, withdrawalText(unsigned)) };
const counts: Place = { kind: 'counts', step: 'decision', complete: true };
const standing = { digest, verdict: 'approve' as const, by: 'sam', onBehalfOf: null, complete: true, withdrawn: false };

/** What the activity does with a message, without the rows. */
function isTaken(received: unknown, change: Partial<WithdrawalFacts> = {}, at = now): boolean {
  const read = readWithdrawal(bounded(received));
  if (read === null) return false;
  const facts: WithdrawalFacts = {
    patchId: 'KB1',
    category: 'web',
    signatureValid: isSigned(withdrawalText(read), read.signature),
    decision: read.decisionId === 'd1' ? standing : null,
    place: counts,
    alreadyUsed: false,
    ...change,
  };
  return judgeWithdrawal(read, facts, at).kind !== 'closed';
}

describe('a withdrawal', () => {
  test('as it was signed counts, so long as it is fresh, of the decision that stands', () => {
    expect(isTaken(good)).toBe(true);
    expect(isTaken(good, {}, minutesFrom(now, freshMinutesMax + 1))).toBe(false);
    expect(isTaken(good, {}, minutesFrom(now, -3))).toBe(false);
    expect(isTaken(good, { alreadyUsed: true })).toBe(false);
    expect(isTaken(good, { decision: null })).toBe(false);
    expect(isTaken(good, { decision: { ...standing, digest: 'b'.repeat(64) } })).toBe(false);
    expect(isTaken(good, { decision: { ...standing, withdrawn: true } })).toBe(false);
    expect(isTaken(good, { decision: { ...standing, verdict: 'reject' } })).toBe(false);
    expect(isTaken(good, { place: { kind: 'refused', reasons: ['riley lacks the role'] } })).toBe(false);
  });

  test('of one of several approvals is its giver’s alone, whatever else they may', () => {
    const vote = { ...standing, complete: false };
    const powerless: Place = { kind: 'refused', reasons: ['not their turn'] };
    expect(isTaken(good, { decision: vote })).toBe(false);
    expect(isTaken(good, { decision: { ...vote, by: 'riley' }, place: powerless })).toBe(true);
    expect(isTaken(good, { decision: { ...vote, onBehalfOf: 'riley' }, place: powerless })).toBe(true);
  });

  test('of which anything at all was changed, or that another key signed, does not count', () => {
    const field = fc.constantFrom(...(Object.keys(good) as (keyof SignedWithdrawal)[]));
    const change = fc.oneof(fc.jsonValue(), fc.constantFrom('riley\u0000', 'x'.repeat(400), now));
    fc.assert(
      fc.property(field, change, (name, value) => {
        fc.pre(good[name] !== value);
        expect(isTaken({ ...good, [name]: value })).toBe(false);
      }),
      { numRuns: 2000 },
    );
    expect(isTaken({ ...unsigned, signature: signedBy(others, withdrawalText(unsigned)) })).toBe(false);
  });

  test('is no other message, and no other message is one, of whatever shape or size', () => {
    fc.assert(fc.property(fc.anything(), (received) => expect(isTaken(received)).toBe(false)));
    const decision: Omit<SignedDecision, 'signature'> = {
      decisionId: 'w1',
      patchId: 'KB1',
      category: 'web',
      verdict: 'approve',
      justification: 'tested in staging',
      deferUntil: null,
      digest,
      by: 'riley',
      at: now,
    };
    expect(decisionText(decision)).not.toBe(withdrawalText(unsigned));
    expect(isTaken({ ...unsigned, signature: signedBy(keys, decisionText(decision)) })).toBe(false);
    expect(isTaken({ ...good, reason: 'x'.repeat(2_000_000) })).toBe(false);
  });
});

/** What reaches a run and its rollout, in any order: the messages, and the machines. */
type Happening =
  | { what: 'enrol' | 'plan' | 'openWave' | 'approveAgain' }
  | { what: 'admit' | 'begin' | 'finish'; vm: number }
  | { what: 'withdraw'; forged: boolean };

const machine = fc.nat({ max: 3 });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ what: fc.constantFrom('enrol' as const, 'plan' as const, 'openWave' as const, 'approveAgain' as const) }),
  fc.record({ what: fc.constantFrom('admit' as const, 'begin' as const, 'finish' as const), vm: machine }),
  fc.record({ what: fc.constant('withdraw' as const), forged: fc.boolean() }),
);

interface World {
  /** Of the approval that stands; null: none does. */
  approved: string | null;
  round: number;
  /** Of the approval that the patch is enrolled by. */
  enrolled: string | null;
  /** By which approval each row was planned. */
  rows: (ManifestRow & { digest: string })[];
  gateOpen: boolean;
  admitted: Set<string>;
  withdrawn: Set<string>;
  /** By which approval each machine began to install, in that order. */
  begun: { vmId: string; digest: string; afterWithdrawal: boolean }[];
}

const vmIds = ['vm-0', 'vm-1', 'vm-2', 'vm-3'];

/** The rows as the stores change them, each under the run’s lock; the gate and the judge are the real ones. */
function after(world: World, one: Happening): World {
  switch (one.what) {
    case 'approveAgain':
      // Another round has another digest: it names the withdrawal before it.
      if (world.approved !== null) return world;
      return { ...world, round: world.round + 1, approved: `digest ${world.round + 1}` };
    case 'enrol':
      return world.approved === null || world.rows.length > 0 ? world : { ...world, enrolled: world.approved };
    case 'plan': {
      const { enrolled, approved } = world;
      if (enrolled === null || world.rows.length > 0 || enrolled !== approved) return world;
      return { ...world, rows: vmIds.map((vmId) => ({ ...someRow({ vmId, patchId: 'KB1' }), digest: enrolled })) };
    }
    case 'openWave':
      return { ...world, gateOpen: world.rows.length > 0 && waveVerdict(gateOf(world), now).kind === 'open' };
    case 'admit': {
      const row = world.rows[one.vm];
      if (!world.gateOpen || row?.state !== 'planned') return world;
      return { ...world, admitted: new Set([...world.admitted, row.vmId]) };
    }
    case 'begin': {
      const row = world.rows[one.vm];
      if (row?.state !== 'planned' || !world.admitted.has(row.vmId)) return world;
      const begun = { vmId: row.vmId, digest: row.digest, afterWithdrawal: world.withdrawn.has(row.digest) };
      return { ...withState(world, row.vmId, 'installing'), begun: [...world.begun, begun] };
    }
    case 'finish': {
      const row = world.rows[one.vm];
      return row?.state === 'installing' ? withState(world, row.vmId, 'installed') : world;
    }
    case 'withdraw': {
      const message = one.forged ? { ...good, by: 'both' } : good;
      if (world.approved === null || !isTaken(message)) return world;
      const rows = world.rows.map((row) => (row.state === 'planned' ? { ...row, state: 'revoked' as const } : row));
      const withdrawn = new Set([...world.withdrawn, world.approved]);
      return { ...world, approved: null, enrolled: rows.length > 0 ? world.enrolled : null, rows, withdrawn };
    }
  }
}

function withState(world: World, vmId: string, state: ManifestRow['state']): World {
  return { ...world, rows: world.rows.map((row) => (row.vmId === vmId ? { ...row, state } : row)) };
}

function gateOf({ approved, enrolled, rows }: World): GateFacts {
  const isOpen = rows.some((row) => !closedManifestStates.has(row.state));
  const decision =
    approved === null ? null : { accepted: true, verdict: 'approve', digest: approved, windowRule: 'soon' };
  const one = { patchId: 'KB1', decision, enrolledDigest: enrolled, earlierRingProblem: null };
  return {
    run: someRun(),
    rows,
    wave: 1,
    enrolled: isOpen ? [one] : [],
    freezes: [],
    overrides: [],
    standingStop: null,
    failureSpent: null,
    minutesNeeded: 60,
    life: [],
  };
}

const fresh: World = {
  approved: 'digest 0',
  round: 0,
  enrolled: null,
  rows: [],
  gateOpen: false,
  admitted: new Set(),
  withdrawn: new Set(),
  begun: [],
};

/** Often enough to come to an installation, the beginning of the story is told in order. */
const story = fc
  .tuple(fc.boolean(), fc.array(happening, { maxLength: 25 }))
  .map(([isUnderWay, happenings]): Happening[] => [
    ...(isUnderWay ? [{ what: 'enrol' as const }, { what: 'plan' as const }, { what: 'openWave' as const }] : []),
    ...happenings,
  ]);

describe('after a withdrawal', () => {
  test('no machine begins to install by what was withdrawn, and every one that had begun comes to its end', () => {
    let withdrawnUnderWay = 0;
    fc.assert(
      fc.property(story, (happenings) => {
        const world = happenings.reduce(after, fresh);
        expect(world.begun.filter((one) => one.afterWithdrawal)).toEqual([]);
        for (const row of world.rows) {
          if (!world.withdrawn.has(row.digest)) continue;
          expect(['installing', 'installed', 'revoked']).toContain(row.state);
          if (row.state !== 'revoked') withdrawnUnderWay += 1;
        }
      }),
      { numRuns: 5000 },
    );
    // The property is about something: withdrawals did meet machines that had begun.
    expect(withdrawnUnderWay).toBeGreaterThan(0);
  });

  test('a forged one changes nothing', () => {
    fc.assert(
      fc.property(story, (happenings) => {
        const forged = happenings.map((one) => (one.what === 'withdraw' ? { ...one, forged: true } : one));
        const without = forged.filter((one) => one.what !== 'withdraw');
        expect(forged.reduce(after, fresh)).toEqual(without.reduce(after, fresh));
      }),
      { numRuns: 1000 },
    );
  });

  test('every machine that was approved is counted once: it had it, gets it to its end, or does not get it', () => {
    const state = fc.constantFrom<ManifestRow['state']>(
      'planned',
      'revoked',
      'installing',
      'installed',
      'failed',
      'rolledBack',
      'skipped',
      'inDoubt',
    );
    const rows = fc.array(fc.record({ vm: machine, state }), { maxLength: 12 });
    fc.assert(
      fc.property(rows, (all) => {
        const held = all.map(({ vm, state }) => someRow({ vmId: `vm-${vm}`, state }));
        const machines = withdrawnMachines(vmIds, held);
        expect(machines.had + machines.underWay + machines.spared).toBe(machines.all);
        const had = new Set(held.filter((row) => row.state === 'installed').map((row) => row.vmId));
        expect(machines.had).toBe(had.size);
      }),
    );
  });
});
