// I5, I6, I9: one decision over many decides exactly what was shown, each as ordered or excepted, and its text covers all of it.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decisionText, readDecision } from '../../domain/decision.js';
import {
  bundleText,
  changedSince,
  decisionOf,
  entriesOf,
  shownText,
  type BundleOrder,
  type DecisionBundle,
} from '../../domain/decisionBundle.js';
import { minutesFrom, now } from '../support/facts.js';

const ids = ['KB1', 'KB2', 'KB3', 'KB4'];
const shownOf = (patchIds: string[]) =>
  patchIds.map((patchId) => ({ requestId: `${patchId}/web/1`, patchId, digest: patchId.repeat(4) }));
const later = minutesFrom(now, 60);
const verdict = fc.constantFrom('approve' as const, 'defer' as const, 'reject' as const);
const exception = fc.record({ patchId: fc.constantFrom(...ids), verdict: fc.constantFrom('defer', 'reject', 'leave') });
const orders = fc.record({ verdict, except: fc.uniqueArray(exception, { selector: (one) => one.patchId }) });

function orderOf({
  verdict: chosen,
  except,
}: {
  verdict: BundleOrder['verdict'];
  except: { patchId: string; verdict: string }[];
}): BundleOrder {
  return {
    category: 'web',
    verdict: chosen,
    justification: 'tested in staging',
    deferUntil: chosen === 'defer' ? later : null,
    except: except.map((one) => ({
      patchId: one.patchId,
      verdict: one.verdict as 'defer' | 'reject' | 'leave',
      justification: 'for a reason of its own',
      deferUntil: one.verdict === 'defer' ? later : null,
    })),
  };
}

const bundleWith = (entries: DecisionBundle['entries']): DecisionBundle => ({
  bundleId: 'bundle-1',
  category: 'web',
  verdict: 'approve',
  justification: 'tested in staging',
  deferUntil: null,
  by: 'riley',
  at: now,
  entries,
});

describe('I6, I9', () => {
  test('nothing is decided that was not shown, nothing otherwise than ordered, and an exception never approves', () => {
    fc.assert(
      fc.property(fc.subarray(ids, { minLength: 1 }), orders, (patchIds, chosen) => {
        const made = entriesOf(orderOf(chosen), shownOf(patchIds), now);
        const foreign = chosen.except.some((one) => !patchIds.includes(one.patchId));
        const left = patchIds.filter(
          (id) => !chosen.except.some((one) => one.patchId === id && one.verdict === 'leave'),
        );
        if ('problems' in made) return expect(foreign || left.length === 0).toBe(true);
        expect(foreign).toBe(false);
        expect(made.entries.map((one) => one.patchId)).toEqual(left);
        for (const entry of made.entries) {
          const excepted = chosen.except.find((one) => one.patchId === entry.patchId);
          expect(entry.verdict).toBe(excepted?.verdict ?? chosen.verdict);
          expect(shownOf([entry.patchId])[0]).toMatchObject({ requestId: entry.requestId, digest: entry.digest });
        }
      }),
    );
  });

  test('whatever changed since it was shown refuses, and only that', () => {
    fc.assert(
      fc.property(fc.subarray(ids, { minLength: 1 }), fc.subarray(ids), fc.subarray(ids), (patchIds, gone, anew) => {
        const waiting = shownOf(ids)
          .filter((one) => !gone.includes(one.patchId))
          .map((one) => (anew.includes(one.patchId) ? { ...one, digest: 'another' } : one));
        const changed = changedSince(shownOf(patchIds), waiting);
        expect(changed).toHaveLength(patchIds.filter((id) => gone.includes(id) || anew.includes(id)).length);
      }),
    );
    expect(shownText(shownOf(['KB2', 'KB1']))).toBe(shownText(shownOf(['KB1', 'KB2'])));
    expect(shownText(shownOf(['KB1']))).not.toBe(shownText(shownOf(['KB2'])));
  });

  test('the signed text covers every entry, and each decision says which bundle it is of', () => {
    const [entry] = shownOf(['KB1']).map((one) => ({
      ...one,
      verdict: 'approve' as const,
      justification: 'tested in staging',
      deferUntil: null,
    }));
    if (entry === undefined) throw new Error('no entry');
    const base = bundleText(bundleWith([entry]));
    for (const change of [
      { requestId: 'x' },
      { patchId: 'x' },
      { digest: 'x' },
      { verdict: 'reject' as const },
      { justification: 'x' },
      { deferUntil: later },
    ])
      expect(bundleText(bundleWith([{ ...entry, ...change }]))).not.toBe(base);
    for (const change of [
      { bundleId: 'x' },
      { category: 'x' },
      { by: 'x' },
      { at: later },
      { justification: 'x' },
      { onBehalfOf: 'x' },
    ])
      expect(bundleText({ ...bundleWith([entry]), ...change })).not.toBe(base);
    expect(bundleText({ ...bundleWith([entry]), onBehalfOf: null })).toBe(base);
    expect(decisionOf({ ...bundleWith([entry]), onBehalfOf: 'mo' }, 'd'.repeat(64), entry).onBehalfOf).toBe('mo');
    const decision = { ...decisionOf(bundleWith([entry]), 'd'.repeat(64), entry), signature: 's' };
    expect(readDecision(decision)).toEqual(decision);
    const { bundle: mark, ...single } = decision;
    expect(decisionText(decision)).not.toBe(decisionText(single));
    // What was signed before there were bundles reads as it did.
    expect(decisionText({ ...single, bundle: null })).toBe(decisionText(single));
    expect(decisionText(single)).not.toContain('"bundle":');
    expect(readDecision({ ...single, bundle: { ...mark, size: 'many' } })).toBeNull();
  });
});
