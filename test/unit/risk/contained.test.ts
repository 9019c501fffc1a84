// A machine that is months behind is as urgent as the most urgent of what it misses.

import { describe, expect, test } from '@jest/globals';
import { containedIn, lackingOf } from '../../../domain/contained.js';
import { dueOf, priorityWith, type JudgedPatch } from '../../../domain/due.js';
import type { BodTable } from '../../../domain/bodTable.js';
import type { Patch } from '../../../domain/patch.js';
import type { PriorityPolicy } from '../../../domain/priority.js';
import { somePatch, someVm } from '../../support/facts.js';

const product = { id: '11923', name: 'Windows Server 2022' };
const update = (patchId: string, build: string, released: string, cve: string, change: Partial<Patch> = {}) =>
  somePatch({
    patchId,
    kb: patchId.slice(2),
    products: [product],
    fixedBuilds: { '11923': `10.0.20348.${build}` },
    released,
    severity: 'moderate',
    cves: [cve],
    ...change,
  });
const august = update('KB1000001', '100', '2025-08-12T07:00:00.000Z', 'CVE-2025-0001');
const october = update('KB1000002', '200', '2025-10-14T07:00:00.000Z', 'CVE-2025-0002');
const june = update('KB1000003', '300', '2026-06-09T07:00:00.000Z', 'CVE-2026-0003');
const framework = update('KB1000004', '1', '2026-06-09T07:00:00.000Z', 'CVE-2026-0004', {
  kind: 'update',
  fixedBuilds: {},
});
const all = [june, framework, october, august];
const onBuild = (build: string) => someVm({ osVersion: `10.0.20348.${build}` });

describe('what a patch contains', () => {
  test('is every earlier one of its chain, by build', () => {
    expect(containedIn(june, all).map((one) => one.patchId)).toEqual(['KB1000001', 'KB1000002']);
    expect(containedIn(august, all)).toEqual([]);
    expect(containedIn(framework, all)).toEqual([]);
  });

  test.each([
    ['of a machine that is far behind', onBuild('50'), ['KB1000001', 'KB1000002']],
    ['of one that had August', onBuild('100'), ['KB1000002']],
    ['of one that had October', onBuild('200'), []],
    ['of one whose build nobody knows', someVm({ osVersion: null }), ['KB1000001', 'KB1000002']],
  ])('lacks as well: %s', (_, vm, expected) => {
    expect(lackingOf(containedIn(june, all), vm, undefined).map((one) => one.patchId)).toEqual(expected);
  });
});

describe('its deadline', () => {
  const policy: PriorityPolicy = {
    bodTable: [] as unknown as BodTable,
    rules: [
      { id: 'exploited', tier: 'P1', when: { exploited: true }, exposedHours: 48, internalHours: 48 },
      { id: 'rest', tier: 'P4', when: {}, exposedHours: 720, internalHours: 720 },
    ],
  };
  const judged = (patch: Patch): JudgedPatch => ({ patch, firstSeenAt: '2026-06-10T00:00:00.000Z', risks: [] });
  const exposed = { value: true, estimated: false };
  const exploited = judged({ ...october, exploited: true });

  test('is the earliest of all that it brings to the machine, since the day on which that was to be had', () => {
    const behind = priorityWith(judged(june), [exploited], exposed, policy);
    expect(behind).toMatchObject({ tier: 'P1', deadline: '2025-10-16T07:00:00.000Z' });
    expect(behind.reasons[0]?.fact).toBe('exploited, says the vendor, of KB1000002 in it');
    expect(priorityWith(judged(june), [], exposed, policy)).toMatchObject({
      tier: 'P4',
      deadline: '2026-07-09T07:00:00.000Z',
    });
  });

  test('differs from machine to machine by what each lacks', () => {
    const lacking = new Map([['behind', ['KB1000002']]]);
    const exposures = new Map([
      ['behind', exposed],
      ['abreast', exposed],
    ]);
    const rows = dueOf(judged(june), exposures.keys(), exposures, policy, { judged: [exploited], lacking });
    expect(rows.map((row) => [row.vmId, row.patchId, row.tier, row.deadline])).toEqual([
      ['behind', 'KB1000003', 'P1', '2025-10-16T07:00:00.000Z'],
      ['abreast', 'KB1000003', 'P4', '2026-07-09T07:00:00.000Z'],
    ]);
  });
});
