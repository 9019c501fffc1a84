// I1, I4, I7: manifests hold only what passed together; staging fails as a set; rings and rows leave nobody out.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planManifest } from '../../domain/manifest.js';
import { budgetSpent, ringOutcome } from '../../domain/ringOutcome.js';
import type { ManifestRow, ManifestState } from '../../domain/run.js';
import { passedSets, stagingVerdicts } from '../../domain/stageTest.js';
import { someRow, someVm } from '../support/facts.js';

const patchIds = ['KB1', 'KB2', 'KB3'];
const subsets = fc.subarray(patchIds);
const states = fc.constantFrom<ManifestState>(
  'planned',
  'revoked',
  'installing',
  'installed',
  'failed',
  'rolledBack',
  'skipped',
  'inDoubt',
);

const kbNeeded = (patchId: string) => ({ patchId, packages: [] });

describe('the manifest (I1, I7)', () => {
  const inputs = fc.record({
    enrolled: fc.array(
      fc.record({
        patchId: fc.constantFrom(...patchIds),
        refused: fc.boolean(),
        vms: fc.subarray(['a', 'b', 'c', 'gone']),
      }),
      { maxLength: 3 },
    ),
    passed: fc.array(subsets, { maxLength: 3 }),
    needs: fc.dictionary(fc.constantFrom('a', 'b', 'c'), subsets),
    stale: fc.subarray(['a', 'b', 'c']),
    subsetAllowed: fc.boolean(),
  });

  test('each machine gets exactly a set that passed together, or a part of one where policy allows it; everything else is told', () => {
    fc.assert(
      fc.property(inputs, ({ enrolled, passed, needs, stale, subsetAllowed }) => {
        const unique = enrolled.filter(
          (one, index) => enrolled.findIndex((other) => other.patchId === one.patchId) === index,
        );
        const { machines, left } = planManifest({
          enrolments: unique.map(({ patchId, refused, vms }) => ({
            patchId,
            kb: patchId.slice(2),
            vmIds: vms,
            passedSets: passed,
            tested: [],
            refusal: refused ? 'not approved' : null,
          })),
          vms: ['a', 'b', 'c'].map((vmId) => someVm({ vmId, name: vmId })),
          needs: Object.fromEntries(Object.entries(needs).map(([vmId, ids]) => [vmId, ids.map(kbNeeded)])),
          stale: Object.fromEntries(stale.map((vmId) => [vmId, 'its guest never answered'])),
          subsetAllowed,
        });
        for (const machine of machines) {
          expect(stale).not.toContain(machine.vmId);
          const ids = machine.patches.map((patch) => patch.patchId);
          const whole = passed.some((set) => set.length === ids.length && ids.every((id) => set.includes(id)));
          const part = passed.some((set) => ids.every((id) => set.includes(id)));
          expect(whole || (subsetAllowed && part)).toBe(true);
          for (const id of ids) expect(needs[machine.vmId]).toContain(id);
        }
        const planned = machines.flatMap((machine) =>
          machine.patches.map((patch) => `${machine.vmId}/${patch.patchId}`),
        );
        const told = left.map((one) => `${one.vmId}/${one.patchId}`);
        const all = unique.flatMap((one) => one.vms.map((vmId) => `${vmId}/${one.patchId}`));
        expect([...planned, ...told].toSorted()).toEqual(all.toSorted());
        expect(left.every((one) => one.reason !== '')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the staging test (I1)', () => {
  const rowsOf = fc.array(
    fc.record({ vmId: fc.constantFrom('a', 'b'), patchId: fc.constantFrom(...patchIds), state: states }),
    { minLength: 1, maxLength: 6 },
  );

  test('a patch passes only when every machine that carried it ended installed with all it got', () => {
    fc.assert(
      fc.property(rowsOf, (parts) => {
        const rows: ManifestRow[] = parts
          .filter(
            (one, index) =>
              parts.findIndex((other) => other.vmId === one.vmId && other.patchId === one.patchId) === index,
          )
          .map((one) => someRow({ ...one, vmName: one.vmId }));
        for (const verdict of stagingVerdicts(rows)) {
          const theirs = rows.filter((row) => verdict.vmIds.includes(row.vmId));
          expect(verdict.verdict === 'passed').toBe(theirs.every((row) => row.state === 'installed'));
          expect(verdict.testedSet).toEqual([...new Set(theirs.map((row) => row.patchId))].toSorted());
        }
        for (const set of passedSets(rows)) {
          const carriers = ['a', 'b'].filter((vmId) => {
            const mine = rows.filter((row) => row.vmId === vmId);
            return (
              mine.length === set.length && mine.every((row) => row.state === 'installed' && set.includes(row.patchId))
            );
          });
          expect(carriers.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the ring (I4, I7)', () => {
  test('is healthy only when every machine is done and no more were harmed than its budget', () => {
    fc.assert(
      fc.property(fc.array(states, { minLength: 1, maxLength: 6 }), fc.integer({ min: 0, max: 3 }), (ended, budget) => {
        const vmIds = ended.map((_, index) => `vm-${index}`);
        const rows = ended.map((state, index) => someRow({ vmId: `vm-${index}`, state }));
        const outcome = ringOutcome(vmIds, rows, budget);
        const harmed = ended.filter(
          (state) => state === 'failed' || state === 'rolledBack' || state === 'inDoubt',
        ).length;
        const isOpen = ended.some((state) => state === 'planned' || state === 'installing');
        if (isOpen) expect(outcome.kind).toBe('unsettled');
        else if (harmed > budget) expect(outcome.kind).toBe('halted');
        else if (ended.some((state) => state === 'skipped' || state === 'revoked'))
          expect(outcome.kind).toBe('incomplete');
        else expect(outcome.kind).toBe('healthy');
        expect(budgetSpent(rows, budget) !== null).toBe(harmed > budget);
      }),
      { numRuns: 500 },
    );
  });

  test('a machine without a row is never taken for patched', () => {
    expect(ringOutcome(['vm-1', 'vm-2'], [someRow({ state: 'installed' })], 5)).toMatchObject({
      kind: 'incomplete',
      remaining: ['vm-2'],
    });
  });
});

describe('patches that were tested one after the other (I1)', () => {
  test('are planned one after the other, never together', () => {
    const enrolment = (patchId: string) => ({
      patchId,
      kb: patchId.slice(2),
      vmIds: ['a'],
      passedSets: [['KB1'], ['KB2']],
      tested: [],
      refusal: null,
    });
    const vms = [someVm({ vmId: 'a', name: 'a' })];
    const first = planManifest({
      enrolments: [enrolment('KB1'), enrolment('KB2')],
      vms,
      needs: { a: [kbNeeded('KB1'), kbNeeded('KB2')] },
      stale: {},
      subsetAllowed: false,
    });
    expect(first.machines.map((machine) => machine.patches.map((patch) => patch.patchId))).toEqual([['KB1']]);
    expect(first.left).toMatchObject([{ patchId: 'KB2', reason: 'goes after KB1: they were not tested together' }]);
    const second = planManifest({
      enrolments: [enrolment('KB2')],
      vms,
      needs: { a: [kbNeeded('KB2')] },
      stale: {},
      subsetAllowed: false,
    });
    expect(second.machines).toHaveLength(1);
  });
});
