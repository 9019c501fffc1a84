// I1, I9: a machine that leaves narrows what was approved and voids nothing: whatever the others get, they get still.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planManifest, type ManifestInput } from '../../domain/manifest.js';
import { ringOutcome } from '../../domain/ringOutcome.js';
import { machineGone, type ManifestState } from '../../domain/run.js';
import { someRow, someVm } from '../support/facts.js';

const machines = ['a', 'b', 'c', 'd'];
const patchIds = ['KB1', 'KB2', 'KB3'];

const inputs = fc.record({
  enrolled: fc.uniqueArray(fc.record({ patchId: fc.constantFrom(...patchIds), vmIds: fc.subarray(machines) }), {
    selector: ({ patchId }) => patchId,
    maxLength: 3,
  }),
  passed: fc.array(fc.subarray(patchIds), { maxLength: 3 }),
  needs: fc.dictionary(fc.constantFrom(...machines), fc.subarray(patchIds)),
  subsetAllowed: fc.boolean(),
  leaves: fc.constantFrom(...machines),
  how: fc.constantFrom('gone', 'unlisted', 'needs nothing'),
});

describe('a machine that leaves', () => {
  test('gets nothing, and changes nothing for any other', () => {
    fc.assert(
      fc.property(inputs, ({ enrolled, passed, needs, subsetAllowed, leaves, how }) => {
        const input: ManifestInput = {
          enrolments: enrolled.map((one) => ({
            ...one,
            kb: one.patchId.slice(2),
            passedSets: passed,
            tested: [],
            refusal: null,
          })),
          vms: machines.map((vmId) => someVm({ vmId, name: vmId })),
          needs: Object.fromEntries(
            Object.entries(needs).map(([vmId, ids]) => [vmId, ids.map((patchId) => ({ patchId, packages: [] }))]),
          ),
          stale: {},
          subsetAllowed,
        };
        const { [leaves]: _needed, ...otherNeeds } = input.needs;
        const narrowed: ManifestInput = {
          ...input,
          ...(how === 'needs nothing' ? { needs: otherNeeds } : {}),
          vms: input.vms.flatMap((vm) => {
            if (vm.vmId !== leaves || how === 'needs nothing') return [vm];
            return how === 'gone' ? [{ ...vm, goneAt: vm.seenAt }] : [];
          }),
        };
        const [whole, less] = [planManifest(input), planManifest(narrowed)];
        const others = <T extends { vmId: string }>(all: T[]) => all.filter((one) => one.vmId !== leaves);
        expect(less.machines).toEqual(others(whole.machines));
        expect(others(less.left)).toEqual(others(whole.left));
        // I7: it is accounted for.
        const mine = less.left.filter((one) => one.vmId === leaves).map((one) => one.patchId);
        const asked = enrolled.filter((one) => one.vmIds.includes(leaves)).map((one) => one.patchId);
        expect(mine.toSorted()).toEqual(asked.toSorted());
      }),
      { numRuns: 500 },
    );
  });

  test('is not waited for, and proves nothing', () => {
    const ends = fc.array(
      fc.constantFrom<ManifestState | 'gone'>('installed', 'failed', 'rolledBack', 'inDoubt', 'skipped', 'gone'),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(ends, fc.integer({ min: 0, max: 3 }), (ended, budget) => {
        const rowOf = (end: ManifestState | 'gone', vmId: string) =>
          end === 'gone'
            ? someRow({ vmId, state: 'skipped', reason: machineGone })
            : someRow({ vmId, state: end, reason: end === 'skipped' ? 'busy' : null });
        const vmIds = ended.map((_, index) => `vm-${index}`);
        const rows = ended.map((end, index) => rowOf(end, `vm-${index}`));
        const whole = ringOutcome(vmIds, rows, budget);
        const stay = (_: unknown, index: number) => ended[index] !== 'gone';
        const less = ringOutcome(vmIds.filter(stay), rows.filter(stay), budget);
        const count = (outcome: typeof whole) => ('installed' in outcome ? outcome.installed : -1);
        expect(whole.kind).toBe(less.kind);
        expect(count(whole)).toBe(count(less));
      }),
    );
  });
});
