// I5: a deadline is the earliest of its reasons, a new fact never makes it later, and what nobody knows counts as the worse.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readBodTable, type BodTable } from '../../domain/bodTable.js';
import { priorityOf, type DeadlineRule, type PriorityPolicy } from '../../domain/priority.js';
import type { CveRisk } from '../../domain/risk.js';

const table = readBodTable(readFileSync(join(import.meta.dirname, '../../policy/bod-26-04.csv'), 'utf8')) as BodTable;
const rules: DeadlineRule[] = [
  { id: 'urgent', tier: 'P0', when: { bodWithinDays: 3 }, exposedHours: 48, internalHours: 72 },
  {
    id: 'exploited',
    tier: 'P1',
    when: { exploited: true, severities: ['critical'] },
    exposedHours: 48,
    internalHours: 336,
  },
  { id: 'likely', tier: 'P1', when: { epssAtLeast: 0.5 }, exposedHours: 168, internalHours: 336 },
  {
    id: 'important',
    tier: 'P2',
    when: { severities: ['important'], cvssAtLeast: 7 },
    exposedHours: 336,
    internalHours: 720,
  },
  { id: 'rest', tier: 'P4', when: {}, exposedHours: 720, internalHours: 2160 },
];
const policy: PriorityPolicy = { bodTable: table, rules };
const released = '2026-06-09T17:00:00.000Z';
const known = (value: boolean) => ({ value, estimated: false });

function risk(change: Partial<CveRisk> = {}): CveRisk {
  return {
    cve: 'CVE-2026-0001',
    vendorExploited: false,
    kev: null,
    epss: null,
    ssvc: { cve: 'CVE-2026-0001', exploitation: 'none', automatable: false, technicalImpact: 'partial', at: null },
    cvss: null,
    ...change,
  };
}

const aRisk: fc.Arbitrary<CveRisk> = fc
  .record({
    vendorExploited: fc.boolean(),
    kev: fc.option(
      fc.record({
        cve: fc.constant('CVE-2026-0001'),
        name: fc.constant(''),
        addedOn: fc.constantFrom('2026-01-01', '2026-06-20', '2026-08-01'),
        dueOn: fc.constant('2026-09-01'),
        ransomware: fc.boolean(),
      }),
    ),
    epss: fc.option(
      fc.record({
        cve: fc.constant('CVE-2026-0001'),
        score: fc.double({ min: 0, max: 1, noNaN: true }),
        percentile: fc.constant(null),
        scoredAt: fc.constantFrom(null, '2026-07-01T00:00:00.000Z'),
      }),
    ),
    ssvc: fc.option(
      fc.record({
        cve: fc.constant('CVE-2026-0001'),
        exploitation: fc.constantFrom('none' as const, 'poc' as const, 'active' as const),
        automatable: fc.boolean(),
        technicalImpact: fc.constantFrom('partial' as const, 'total' as const),
        at: fc.constantFrom(null, '2026-06-15T00:00:00.000Z'),
      }),
    ),
  })
  .map((facts) => risk({ ...facts, cvss: null }));

const aPatch = fc.record({
  severity: fc.constantFrom('critical' as const, 'important' as const, 'moderate' as const, 'low' as const),
  released: fc.constantFrom(null, released),
  exploited: fc.boolean(),
});
const deadlineOf = (...of: Parameters<typeof priorityOf>) => Date.parse(priorityOf(...of).deadline ?? 'never');

describe('a deadline', () => {
  test('is the earliest of its reasons, each after its clock began, none before the release', () => {
    fc.assert(
      fc.property(aPatch, fc.array(aRisk, { maxLength: 3 }), fc.boolean(), (patch, risks, exposed) => {
        const { deadline, reasons } = priorityOf(patch, risks, known(exposed), policy, released);
        expect(deadline).toBe(reasons[0]?.deadline);
        for (const reason of reasons) {
          expect(Date.parse(reason.clockBegan)).toBeGreaterThanOrEqual(Date.parse(released));
          expect(Date.parse(reason.deadline)).toBeGreaterThan(Date.parse(reason.clockBegan));
          expect(Date.parse(reason.deadline)).toBeGreaterThanOrEqual(Date.parse(deadline ?? ''));
        }
      }),
    );
  });

  test('never becomes later by one more CVE, by exposure, or by what nobody knows', () => {
    fc.assert(
      fc.property(aPatch, fc.array(aRisk, { maxLength: 2 }), aRisk, fc.boolean(), (patch, risks, more, exposed) => {
        const before = deadlineOf(patch, risks, known(exposed), policy, released);
        expect(deadlineOf(patch, [...risks, more], known(exposed), policy, released)).toBeLessThanOrEqual(before);
        expect(deadlineOf(patch, risks, known(true), policy, released)).toBeLessThanOrEqual(before);
        const blind = risks.map((one) => ({ ...one, ssvc: null }));
        const sure = risks.map((one) => ({
          ...one,
          ssvc: one.ssvc === null ? null : { ...one.ssvc, exploitation: 'none' as const },
        }));
        expect(deadlineOf(patch, blind, known(exposed), policy, released)).toBeLessThanOrEqual(
          deadlineOf(patch, sure, known(exposed), policy, released),
        );
      }),
    );
  });
});

test('added to KEV today: the clock begins today, and the deadline moves', () => {
  const patch = { severity: 'important' as const, released, exploited: false };
  const before = priorityOf(patch, [risk()], known(true), policy, released);
  expect(before).toMatchObject({ tier: 'P2', deadline: '2026-06-23T17:00:00.000Z', forensics: false });
  const kev = { cve: 'CVE-2026-0001', name: '', addedOn: '2026-06-12', dueOn: '2026-06-15', ransomware: false };
  const after = priorityOf(patch, [risk({ kev })], known(true), policy, released);
  expect(after).toMatchObject({
    tier: 'P1',
    deadline: '2026-06-14T00:00:00.000Z',
    external: [{ cve: 'CVE-2026-0001', dueOn: '2026-06-15' }],
    reasons: [
      { rule: 'exploited', fact: 'exploited, says kev', clockBegan: '2026-06-12T00:00:00.000Z' },
      {},
      {},
      {},
      {},
    ],
  });
});

test('inputs that nobody said are assumed and told', () => {
  const vector = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
  const cvss = { cve: 'CVE-2026-0001', score: 9.8, vector, version: '3.1' };
  const patch = { severity: 'moderate' as const, released, exploited: false };
  const judged = priorityOf(patch, [risk({ ssvc: null, cvss })], { value: true, estimated: true }, policy, released);
  expect(judged.estimated).toEqual(['exposure', 'CVE-2026-0001 automatable', 'CVE-2026-0001 technical impact']);
  expect(judged).toMatchObject({ tier: 'P0', deadline: '2026-06-11T17:00:00.000Z' });
  const local = { ...cvss, vector: vector.replace('AV:N', 'AV:L') };
  expect(priorityOf(patch, [risk({ ssvc: null, cvss: local })], known(false), policy, released).tier).toBe('P2');
});
