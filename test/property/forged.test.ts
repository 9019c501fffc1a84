// I1, I5: whatever reaches a rollout by the engine, only what the API signed counts: over random forgeries of decisions and of choices on a halt.

import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decisionText, judgeDecision, readDecision, type SignedDecision } from '../../domain/decision.js';
import { haltChoiceText, judgeHaltChoice, readHaltChoice, type SignedHaltChoice } from '../../domain/haltChoice.js';
import { bounded, freshMinutesMax, freshnessProblem, messageLengthMax, textIn } from '../../domain/received.js';
import { minutesFrom, now } from '../support/facts.js';

const keys = generateKeyPairSync('ed25519');
const others = generateKeyPairSync('ed25519');
const signedBy = (key: typeof keys, text: string) => sign(null, Buffer.from(text), key.privateKey).toString('base64');
const isSigned = (text: string, signature: string) =>
  verify(null, Buffer.from(text), keys.publicKey, Buffer.from(signature, 'base64'));

const digest = 'a'.repeat(64);
const unsigned: Omit<SignedDecision, 'signature'> = {
  decisionId: 'd1',
  patchId: 'KB1',
  category: 'web',
  verdict: 'reject',
  justification: 'it breaks the print servers',
  deferUntil: null,
  digest,
  by: 'riley',
  at: now,
};
const good: SignedDecision = { ...unsigned, signature: signedBy(keys, decisionText(unsigned)) };

/** What the activity does with a message, without the rows. */
function isTaken(received: unknown, at = now): boolean {
  const decision = readDecision(bounded(received));
  if (decision === null) return false;
  const facts = {
    request: { patchId: 'KB1', category: 'web', digest, expiresAt: minutesFrom(now, 600) },
    signatureValid: isSigned(decisionText(decision), decision.signature),
    place: { kind: 'counts' as const },
    alreadyUsed: false,
  };
  return judgeDecision(decision, facts, at).kind === 'open';
}

describe('a decision', () => {
  test('as it was signed counts, so long as it is fresh', () => {
    expect(isTaken(good)).toBe(true);
    expect(isTaken(JSON.parse(JSON.stringify(good)))).toBe(true);
    expect(isTaken(good, minutesFrom(now, freshMinutesMax))).toBe(true);
    expect(isTaken(good, minutesFrom(now, freshMinutesMax + 1))).toBe(false);
    expect(isTaken(good, minutesFrom(now, -3))).toBe(false);
  });

  test('of which anything at all was changed does not', () => {
    const field = fc.constantFrom(...(Object.keys(good) as (keyof SignedDecision)[]));
    fc.assert(
      fc.property(field, fc.oneof(fc.jsonValue(), fc.constantFrom('approve', 'kim', now)), (name, value) => {
        fc.pre(JSON.stringify(good[name]) !== JSON.stringify(value));
        // A mark of no bundle is no mark.
        fc.pre(name !== 'bundle' || value !== null);
        expect(isTaken({ ...good, [name]: value })).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test('signed by anything but the key of the API does not', () => {
    const signatures = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.constant(''),
      fc.constant(signedBy(others, decisionText(unsigned))),
      fc.constant(signedBy(keys, haltChoiceText({ ...choice, requestId: 'KB1' }))),
    );
    fc.assert(
      fc.property(signatures, (signature) => {
        fc.pre(signature !== good.signature);
        expect(isTaken({ ...unsigned, signature })).toBe(false);
      }),
    );
  });

  test('no other message is one, of whatever shape or size', () => {
    const shapes = fc.oneof(
      fc.jsonValue(),
      fc.anything(),
      fc.array(fc.constant(good)),
      fc.constant({ decision: good }),
      fc.constant(undefined),
      fc.uint8Array(),
    );
    fc.assert(fc.property(shapes, (received) => expect(isTaken(received)).toBe(false)));
    const huge = { ...good, justification: 'x'.repeat(2_000_000) };
    expect(isTaken(huge)).toBe(false);
    expect(JSON.stringify(bounded(huge)).length).toBeLessThan(2000);
    expect(bounded(new Uint8Array(4_000_000))).toEqual({ tooLong: 4_000_000, begins: 'binary' });
  });
});

const choice: Omit<SignedHaltChoice, 'signature'> = {
  choiceId: 'c1',
  patchId: 'KB1',
  category: 'web',
  requestId: 'KB1/web/first/1',
  choice: 'askAgain',
  by: 'riley',
  reason: 'the driver was replaced',
  at: now,
};
const goodChoice: SignedHaltChoice = { ...choice, signature: signedBy(keys, haltChoiceText(choice)) };

function isChosen(received: unknown, change: { requestId?: string; roles?: string[]; at?: string } = {}): boolean {
  const read = readHaltChoice(bounded(received));
  if (read === null) return false;
  const facts = {
    patchId: 'KB1',
    category: 'web',
    requestId: change.requestId ?? 'KB1/web/first/1',
    signatureValid: isSigned(haltChoiceText(read), read.signature),
    person: { roles: change.roles ?? ['changeManager'] },
    approverRoles: ['changeManager'],
  };
  return judgeHaltChoice(read, facts, change.at ?? now).kind === 'open';
}

describe('a choice on a halt', () => {
  test('as it was signed counts, for that halt, now, by somebody who decides', () => {
    expect(isChosen(goodChoice)).toBe(true);
    expect(isChosen(goodChoice, { requestId: 'KB1/web/first/2' })).toBe(false);
    expect(isChosen(goodChoice, { roles: ['sre'] })).toBe(false);
    expect(isChosen(goodChoice, { at: minutesFrom(now, freshMinutesMax + 1) })).toBe(false);
  });

  test('forged it does not', () => {
    const field = fc.constantFrom(...(Object.keys(goodChoice) as (keyof SignedHaltChoice)[]));
    fc.assert(
      fc.property(field, fc.oneof(fc.jsonValue(), fc.constantFrom('end', 'kim')), (name, value) => {
        fc.pre(goodChoice[name] !== value);
        expect(isChosen({ ...goodChoice, [name]: value })).toBe(false);
      }),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(fc.anything(), (received) => expect(isChosen(received)).toBe(false)));
    expect(isChosen(good)).toBe(false);
    expect(isTaken(goodChoice)).toBe(false);
  });
});

test('messages of our own length pass as they are, and texts are read from anything', () => {
  fc.assert(
    fc.property(fc.anything(), fc.string(), (received, name) => {
      expect(typeof textIn(received, name)).toBe('string');
    }),
  );
  const within = { words: 'x'.repeat(messageLengthMax - 20) };
  expect(bounded(within)).toBe(within);
  expect(freshnessProblem('never', now)).toContain('nobody knows');
});
