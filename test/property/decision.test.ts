// I1, I5, I6, I9: a decision counts only signed, in time, on the digest that was shown, by somebody whose role allows it and who did not ask.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ApprovalStep } from '../../domain/approvalPath.js';
import { placeOf, type Place, type VotingFacts } from '../../domain/approvalRules.js';
import { canonical } from '../../domain/canonical.js';
import {
  decisionText,
  judgeDecision,
  readDecision,
  type DecisionFacts,
  type SignedDecision,
} from '../../domain/decision.js';
import { minutesFrom, now } from '../support/facts.js';

const digest = 'a'.repeat(64);

function decisionWith(change: Partial<SignedDecision>): SignedDecision {
  return {
    decisionId: 'd1',
    patchId: 'KB1',
    category: 'web',
    verdict: 'approve',
    justification: 'tested in staging',
    deferUntil: null,
    digest,
    by: 'riley',
    at: now,
    signature: 'x',
    ...change,
  };
}

function factsWith(change: Partial<DecisionFacts>): DecisionFacts {
  return {
    request: { patchId: 'KB1', category: 'web', digest, expiresAt: minutesFrom(now, 60) },
    signatureValid: true,
    place: placeWith({}),
    alreadyUsed: false,
    ...change,
  };
}

const oneOf = (roles: string[]): ApprovalStep => ({
  name: 'decision',
  who: { roles, people: [], owners: false },
  quorum: 1,
  escalation: null,
  fallback: null,
});

const barredAs = (...names: string[]) => names.map((name) => ({ name, why: 'requested this change' }));

function placeWith(change: Partial<VotingFacts>): Place {
  const people = [{ name: 'riley', mail: 'riley@patchline.example', roles: ['changeManager'] }];
  const asked = { barred: barredAs('kim'), delegations: [], category: 'web', openedAt: now };
  const facts = { steps: [oneOf(['changeManager'])], votes: [], people, owners: [], ...asked };
  return placeOf({ ...facts, ...change }, { by: 'riley', verdict: 'approve' }, now);
}

const flaws = fc.record({
  unsigned: fc.boolean(),
  noRequest: fc.boolean(),
  otherPatch: fc.boolean(),
  staleDigest: fc.boolean(),
  expired: fc.boolean(),
  used: fc.boolean(),
  unknownPerson: fc.boolean(),
  withoutRole: fc.boolean(),
  requester: fc.boolean(),
  unjustified: fc.boolean(),
});

describe('I1, I5, I6', () => {
  test('any flaw, alone or with others, refuses; none lets through', () => {
    fc.assert(
      fc.property(flaws, (flaw) => {
        const decision = decisionWith({
          ...(flaw.otherPatch ? { patchId: 'KB2' } : {}),
          ...(flaw.staleDigest ? { digest: 'b'.repeat(64) } : {}),
          ...(flaw.unjustified ? { justification: '   short  ' } : {}),
        });
        const request = {
          patchId: 'KB1',
          category: 'web',
          digest,
          expiresAt: minutesFrom(now, flaw.expired ? 0 : 60),
        };
        const riley = {
          name: 'riley',
          mail: 'riley@patchline.example',
          roles: [flaw.withoutRole ? 'sre' : 'changeManager'],
        };
        const place = placeWith({
          people: flaw.unknownPerson ? [] : [riley],
          barred: flaw.requester ? barredAs('kim', 'riley') : barredAs('kim'),
        });
        const facts = factsWith({
          request: flaw.noRequest ? null : request,
          signatureValid: !flaw.unsigned,
          place,
          alreadyUsed: flaw.used,
        });
        const verdict = judgeDecision(decision, facts, now);
        const isFlawed = Object.values(flaw).some(Boolean);
        expect(verdict.kind).toBe(isFlawed ? 'closed' : 'open');
      }),
      { numRuns: 500 },
    );
  });

  test('of the roles that a path names one is enough, another is none, and where it names none nobody may decide', () => {
    const roles = fc.subarray(['changeManager', 'sre', 'scheduler']);
    fc.assert(
      fc.property(roles, roles, (approverRoles, held) => {
        const people = [{ name: 'riley', mail: 'riley@patchline.example', roles: held }];
        const facts = factsWith({ place: placeWith({ people, steps: [oneOf(approverRoles)] }) });
        const mayDecide = held.some((role) => approverRoles.includes(role));
        expect(judgeDecision(decisionWith({}), facts, now).kind).toBe(mayDecide ? 'open' : 'closed');
      }),
    );
  });

  test('a deferral needs a date in the future', () => {
    expect(judgeDecision(decisionWith({ verdict: 'defer' }), factsWith({}), now).kind).toBe('closed');
    expect(
      judgeDecision(decisionWith({ verdict: 'defer', deferUntil: minutesFrom(now, -1) }), factsWith({}), now).kind,
    ).toBe('closed');
    expect(
      judgeDecision(decisionWith({ verdict: 'defer', deferUntil: minutesFrom(now, 1) }), factsWith({}), now).kind,
    ).toBe('open');
  });
});

describe('I9', () => {
  test('the signed text changes with every field but the signature', () => {
    const base = decisionText(decisionWith({}));
    const changes: Partial<SignedDecision>[] = [
      { decisionId: 'd2' },
      { patchId: 'KB2' },
      { category: 'app' },
      { verdict: 'reject' },
      { justification: 'something else' },
      { deferUntil: now },
      { digest: 'b'.repeat(64) },
      { by: 'kim' },
      { at: minutesFrom(now, 1) },
    ];
    for (const change of changes) expect(decisionText(decisionWith(change))).not.toBe(base);
    expect(decisionText(decisionWith({ signature: 'y' }))).toBe(base);
  });

  test('equal facts have one canonical text, whatever the order of their keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const shuffled = Object.fromEntries(Object.entries(value).toReversed());
        expect(canonical(shuffled)).toBe(canonical(value));
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('what is not a decision is not read as one', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(readDecision(value)).toBeNull();
      }),
    );
    const { signature: _, ...unsigned } = decisionWith({});
    expect(readDecision(unsigned)).toBeNull();
    expect(readDecision(decisionWith({ verdict: 'maybe' as 'approve' }))).toBeNull();
    expect(readDecision(decisionWith({}))).toEqual(decisionWith({}));
  });
});
