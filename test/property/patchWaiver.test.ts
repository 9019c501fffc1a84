// I5, I6: over random askings and decisions a waiver counts only by another person's word, in time, and only ever leaves out.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planManifest, type ManifestInput } from '../../domain/manifest.js';
import { waiverDecisionProblems, waiverOn, waiverStatuses } from '../../domain/patchWaiver.js';
import { withoutWaived } from '../../domain/ringOutcome.js';
import { minutesFrom, now, someRow, someVm, someWaiver } from '../support/facts.js';

const names = fc.constantFrom('riley', 'kim', 'sam', 'RILEY', 'riley@patchline.example');
const minutes = fc.integer({ min: -2000, max: 400_000 });

describe('who may approve (I6)', () => {
  test('never the requester, the owner, somebody without the role, nor too late', () => {
    const inputs = fc.record({
      by: fc.constantFrom('riley', 'kim', 'sam'),
      roles: fc.subarray(['changeManager', 'sre']),
      approverRoles: fc.subarray(['changeManager', 'sre']),
      requestedBy: names,
      owner: names,
      status: fc.constantFrom(...waiverStatuses),
      until: minutes,
      askedUntil: minutes,
      tiers: fc.subarray(['P0', 'P1', 'P2']),
      forbidden: fc.subarray(['P0', 'P1']),
      daysMax: fc.integer({ min: 1, max: 300 }),
    });
    fc.assert(
      fc.property(inputs, ({ by, roles, approverRoles, until, askedUntil, tiers, forbidden, daysMax, ...held }) => {
        const waiver = someWaiver({
          ...held,
          until: minutesFrom(now, until),
          askedUntil: minutesFrom(now, askedUntil),
        });
        const person = { name: by, mail: `${by}@patchline.example`, roles };
        const problems = waiverDecisionProblems(
          { by: person, verdict: 'approve', justification: 'seen, and bearable' },
          waiver,
          { policy: { daysMax, forbiddenTiers: forbidden }, tiers, approverRoles, revisedAt: null },
          now,
        );
        if (problems.length > 0) return;
        expect(waiver.status).toBe('asked');
        expect(waiver.requestedBy).not.toBe(by);
        expect([by, person.mail]).not.toContain(waiver.owner.toLowerCase());
        expect(roles.some((role) => approverRoles.includes(role))).toBe(true);
        expect(askedUntil).toBeGreaterThan(0);
        expect(until).toBeGreaterThan(0);
        expect(until).toBeLessThanOrEqual(daysMax * 24 * 60);
        expect(tiers.some((tier) => forbidden.includes(tier))).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what it does (I5)', () => {
  const patchIds = ['KB1', 'KB2'];
  const vms = ['a', 'b', 'c'].map((vmId) => someVm({ vmId, name: vmId }));
  const inputs = fc.record({
    needs: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.subarray(patchIds)),
    waived: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.subarray(patchIds)),
    passed: fc.array(fc.subarray(patchIds), { maxLength: 3 }),
    subsetAllowed: fc.boolean(),
  });

  test('planning with waivers installs nothing more on any machine unless its set is one that passed, and never what is waived', () => {
    fc.assert(
      fc.property(inputs, ({ needs, waived, passed, subsetAllowed }) => {
        const input = (waivers: Record<string, string[]>): ManifestInput => ({
          enrolments: patchIds.map((patchId) => ({
            patchId,
            kb: patchId.slice(2),
            vmIds: ['a', 'b', 'c'],
            passedSets: passed,
            tested: [],
            refusal: null,
          })),
          vms,
          needs: Object.fromEntries(
            Object.entries(needs).map(([vmId, ids]) => [vmId, ids.map((patchId) => ({ patchId, packages: [] }))]),
          ),
          stale: {},
          waived: Object.fromEntries(
            Object.entries(waivers).map(([vmId, ids]) => [
              vmId,
              Object.fromEntries(ids.map((id) => [id, 'waived until then'])),
            ]),
          ),
          subsetAllowed,
        });
        const { machines, left } = planManifest(input(waived));
        for (const { vmId, patches } of machines) {
          const ids = patches.map((one) => one.patchId);
          for (const id of ids) {
            expect(waived[vmId] ?? []).not.toContain(id);
            expect(needs[vmId]).toContain(id);
          }
          const isWhole = passed.some((set) => set.length === ids.length && ids.every((id) => set.includes(id)));
          const isPart = passed.some((set) => ids.every((id) => set.includes(id)));
          expect(isWhole || (subsetAllowed && isPart)).toBe(true);
        }
        for (const [vmId, ids] of Object.entries(waived))
          for (const id of ids)
            if (needs[vmId]?.includes(id))
              expect(left.find((one) => one.vmId === vmId && one.patchId === id)?.reason).toBe('waived until then');
      }),
      { numRuns: 500 },
    );
  });

  test('nothing but an approved one that is not over leaves anything out', () => {
    fc.assert(
      fc.property(fc.constantFrom(...waiverStatuses), minutes, (status, until) => {
        const waiver = someWaiver({ status, until: minutesFrom(now, until) });
        expect(waiverOn([waiver], someVm(), waiver.patchId, now) !== null).toBe(status === 'approved' && until > 0);
      }),
    );
  });

  test('a machine that was harmed counts for its ring, waived or not (I4)', () => {
    const rows = [someRow({ vmId: 'a', state: 'failed' }), someRow({ vmId: 'b', state: 'skipped' })];
    const waived = new Map([
      ['a', 'waived'],
      ['b', 'waived'],
    ]);
    expect(withoutWaived(['a', 'b', 'c'], rows, waived)).toEqual(['a', 'c']);
  });
});
