// I5: what is stored of a deadline is what the rules say of that pair, one more fact never makes it later, and computed again on the same
// facts nothing changes.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePolicy } from '../../adapters/policy/loadPolicy.js';
import {
  byUrgency,
  dueChanges,
  dueOf,
  mostUrgent,
  movesOf,
  priorityPolicy,
  type JudgedPatch,
} from '../../domain/due.js';
import { heldFacts, withHeldFacts } from '../../domain/heldFact.js';
import { priorityOf } from '../../domain/priority.js';
import type { CveRisk, Estimate } from '../../domain/risk.js';

const file = join(import.meta.dirname, '../../policy/demonstration.yaml');
const policy = priorityPolicy(parsePolicy(readFileSync(file, 'utf8'), file).priority);
const released = '2026-06-09T17:00:00.000Z';
const cves = ['CVE-2026-0001', 'CVE-2026-0002', 'CVE-2026-0003'];

const aRisk = (cve: string): fc.Arbitrary<CveRisk> =>
  fc.record({
    cve: fc.constant(cve),
    vendorExploited: fc.boolean(),
    kev: fc.option(
      fc.constantFrom('2026-01-01', '2026-06-20', '2026-08-01').map((addedOn) => ({
        cve,
        name: '',
        addedOn,
        dueOn: '2026-09-01',
        ransomware: false,
      })),
    ),
    epss: fc.option(
      fc.record({
        cve: fc.constant(cve),
        score: fc.double({ min: 0, max: 1, noNaN: true }),
        percentile: fc.constant(null),
        scoredAt: fc.constantFrom(null, '2026-07-01T00:00:00.000Z'),
      }),
    ),
    ssvc: fc.option(
      fc.record({
        cve: fc.constant(cve),
        exploitation: fc.constantFrom('none' as const, 'poc' as const, 'active' as const),
        automatable: fc.boolean(),
        technicalImpact: fc.constantFrom('partial' as const, 'total' as const),
        at: fc.constantFrom(null, '2026-06-15T00:00:00.000Z'),
      }),
    ),
    cvss: fc.constant(null),
  });

const aPatch: fc.Arbitrary<JudgedPatch> = fc
  .record({
    severity: fc.constantFrom('critical' as const, 'important' as const, 'moderate' as const, 'low' as const),
    released: fc.constantFrom(null, released),
    exploited: fc.boolean(),
  })
  .chain((patch) =>
    fc
      .tuple(...cves.map(aRisk))
      .map((risks) => ({ patch: { ...patch, patchId: 'KB1' }, firstSeenAt: released, risks })),
  );

const aFleet = fc
  .array(fc.record({ value: fc.boolean(), estimated: fc.boolean() }), { minLength: 1, maxLength: 8 })
  .map((each) => new Map(each.map((exposure, index): [string, Estimate<boolean>] => [`vm-${index}`, exposure])));

const all = (judged: JudgedPatch, fleet: Map<string, Estimate<boolean>>) => dueOf(judged, fleet.keys(), fleet, policy);
const at = (deadline: string | null) => (deadline === null ? Number.POSITIVE_INFINITY : Date.parse(deadline));

describe('deadlines of a patch on many machines', () => {
  test('are those of each pair judged by itself, with the first of its reasons', () => {
    fc.assert(
      fc.property(aPatch, aFleet, (judged, fleet) => {
        for (const row of all(judged, fleet)) {
          const exposure = fleet.get(row.vmId) ?? { value: true, estimated: true };
          const own = priorityOf(judged.patch, judged.risks, exposure, policy, judged.firstSeenAt);
          const { fact, cve, rule, clockBegan } = own.reasons[0] ?? {};
          expect(row).toMatchObject({ tier: own.tier, deadline: own.deadline, forensics: own.forensics });
          expect(row).toMatchObject({ fact, cve, rule, clockBegan });
          expect(own.estimated).toEqual(expect.arrayContaining(row.estimated));
        }
      }),
    );
  });

  test('never become later by one more fact: a CVE, an entry of KEV, the word of anybody that it is exploited', () => {
    fc.assert(
      fc.property(aPatch, aFleet, fc.nat(2), fc.constantFrom('cve', 'kev', 'vendor'), (judged, fleet, index, what) => {
        const cve = cves[index] ?? '';
        const kev = { cve, name: '', addedOn: '2026-10-01', dueOn: '2026-11-01', ransomware: false };
        const without = judged.risks.filter((risk) => what !== 'cve' || risk.cve !== cve);
        const before = without.map((risk) => (what === 'kev' && risk.cve === cve ? { ...risk, kev: null } : risk));
        const after = judged.risks.map((risk) => {
          if (risk.cve !== cve) return risk;
          return what === 'kev' ? { ...risk, kev } : what === 'vendor' ? { ...risk, vendorExploited: true } : risk;
        });
        for (const change of dueChanges(
          all({ ...judged, risks: before }, fleet),
          all({ ...judged, risks: after }, fleet),
        ))
          expect(change.kind).not.toBe('later');
      }),
      { numRuns: 500 },
    );
  });

  test('of a machine that nobody placed are those of an exposed one (I5)', () => {
    fc.assert(
      fc.property(aPatch, (judged) => {
        const [known] = dueOf(judged, ['vm'], new Map([['vm', { value: true, estimated: true }]]), policy);
        expect(dueOf(judged, ['vm'], new Map(), policy)).toEqual([known]);
      }),
    );
  });

  test('an EPSS score that stays above its line keeps its clock, however often it is scored', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.5, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }), (scores) => {
        const base = { cve: 'CVE-2026-0001', vendorExploited: false, kev: null, cvss: null };
        const ssvc = {
          cve: base.cve,
          exploitation: 'none' as const,
          automatable: false,
          technicalImpact: 'partial' as const,
          at: null,
        };
        let held = heldFacts([], [0.5], []);
        const deadlines = scores.map((score, day) => {
          const scoredAt = new Date(Date.parse(released) + day * 86_400_000).toISOString();
          const risks = [{ ...base, ssvc, epss: { cve: base.cve, score, percentile: null, scoredAt } }];
          held = heldFacts(risks, [0.5], held);
          const patch = { severity: 'low' as const, released, exploited: false };
          return priorityOf(patch, withHeldFacts(risks, held), { value: false, estimated: false }, policy, released)
            .deadline;
        });
        expect(new Set(deadlines).size).toBe(1);
      }),
    );
  });
});

describe('what changed', () => {
  test('on the same facts is nothing, and applied to what was before it gives what is now', () => {
    fc.assert(
      fc.property(aPatch, aPatch, aFleet, fc.nat(8), (old, now, fleet, needing) => {
        const before = all(old, fleet);
        const after = all(now, fleet).slice(0, needing);
        expect(dueChanges(before, all(old, fleet))).toEqual([]);
        const rows = new Map(before.map((row) => [row.vmId, row]));
        for (const change of dueChanges(before, after)) {
          if (change.kind === 'ended') rows.delete(change.before.vmId);
          else rows.set(change.after.vmId, change.after);
        }
        expect([...rows.values()].toSorted((a, b) => (a.vmId < b.vmId ? -1 : 1))).toEqual(
          after.toSorted((a, b) => (a.vmId < b.vmId ? -1 : 1)),
        );
      }),
    );
  });

  test('names each machine whose date moved once, in the right direction, with a fact', () => {
    fc.assert(
      fc.property(aPatch, aPatch, aFleet, (old, now, fleet) => {
        const [before, after] = [all(old, fleet), all(now, fleet)];
        const moves = movesOf(dueChanges(before, after));
        const moved = before.filter((row, index) => at(row.deadline) !== at(after[index]?.deadline ?? null));
        expect(moves.flatMap((move) => move.vmIds).toSorted()).toEqual(moved.map((row) => row.vmId).toSorted());
        for (const move of moves) {
          expect(at(move.to) < at(move.from)).toBe(move.kind === 'earlier');
          expect(move.because).not.toBe('');
        }
      }),
    );
  });
});

test('the most urgent of several is the earliest date and the lowest tier', () => {
  const rows = [
    { deadline: null, tier: 'P4' },
    { deadline: '2026-07-01T00:00:00.000Z', tier: 'P2' },
    { deadline: '2026-07-02T00:00:00.000Z', tier: 'P1' },
  ];
  expect(mostUrgent(rows)).toEqual({ deadline: '2026-07-01T00:00:00.000Z', tier: 'P1' });
  expect(mostUrgent([])).toBeNull();
  expect(rows.toSorted(byUrgency).map((row) => row.tier)).toEqual(['P2', 'P1', 'P4']);
});
