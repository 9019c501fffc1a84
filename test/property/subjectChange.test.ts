// I9: whatever differs between two requests is said, and only what takes nothing but machines away is called narrower.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonical } from '../../domain/canonical.js';
import type { DecisionSubject } from '../../domain/decision.js';
import { subjectChange } from '../../domain/subjectChange.js';
import { someRequest } from '../support/facts.js';

const machines = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 6 });
const facts = fc.record({
  vmIds: machines,
  cut: fc.nat({ max: 6 }),
  testedSet: fc.subarray(['KB1', 'KB2', 'KB3']),
  revision: fc.constantFrom('1', '2'),
  windowRule: fc.constantFrom('soon', 'night'),
  downtimeMinutes: fc.constantFrom(10, 20),
  budget: fc.constantFrom(0, 1),
  successor: fc.constantFrom(null, 'KB9'),
  extra: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
});

const subject = facts.map(({ vmIds, cut, downtimeMinutes, budget, extra, ...rest }): DecisionSubject => {
  const base = someRequest().subject;
  const rings = [
    { name: 'canary', vmIds: vmIds.slice(0, cut), failureBudget: 0 },
    { name: 'broad', vmIds: vmIds.slice(cut), failureBudget: budget },
  ];
  const impact = { ...base.impact, downtimeMinutes, vms: vmIds.length };
  return { ...base, ...rest, vmIds: [...vmIds].sort(), impact, rings, ...(extra === undefined ? {} : { extra }) };
});

describe('I9', () => {
  test('no difference goes unsaid, and none is invented', () => {
    fc.assert(
      fc.property(subject, subject, (before, after) => {
        const { kind, sentences } = subjectChange(before, after);
        const isSame = canonical(before) === canonical(after);
        expect(sentences.length === 0).toBe(isSame);
        expect(kind === 'same').toBe(isSame);
      }),
      { numRuns: 1000 },
    );
  });

  test('narrower brings no machine, no ring for a machine and no fact that was not there', () => {
    const fewer = fc.tuple(subject, fc.subarray(['a', 'b', 'c', 'd', 'e', 'f'])).map(([before, gone]) => {
      const stays = (vmIds: string[]) => vmIds.filter((vmId) => !gone.includes(vmId));
      const rings = before.rings.map((ring) => ({ ...ring, vmIds: stays(ring.vmIds) }));
      const vmIds = stays(before.vmIds);
      return { before, after: { ...before, vmIds, rings, impact: { ...before.impact, vms: vmIds.length } } };
    });
    fc.assert(
      fc.property(fewer, ({ before, after }) => {
        expect(subjectChange(before, after).kind).toBe(
          before.vmIds.length === after.vmIds.length ? 'same' : 'narrower',
        );
      }),
    );
    fc.assert(
      fc.property(subject, subject, (before, after) => {
        if (subjectChange(before, after).kind !== 'narrower') return;
        const ringOf = ({ rings }: DecisionSubject, vmId: string) => rings.find((ring) => ring.vmIds.includes(vmId));
        for (const vmId of after.vmIds) {
          expect(before.vmIds).toContain(vmId);
          expect(ringOf(after, vmId)?.name).toBe(ringOf(before, vmId)?.name);
          expect(ringOf(after, vmId)?.failureBudget).toBe(ringOf(before, vmId)?.failureBudget);
        }
        const rest = ({ vmIds: _v, rings: _r, impact, ...others }: DecisionSubject) =>
          canonical({ ...others, impact: { ...impact, vms: 0 } });
        expect(rest(after)).toBe(rest(before));
      }),
      { numRuns: 1000 },
    );
  });
});
