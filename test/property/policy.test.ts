// Over random fleets and rules: everyone in one ring, waves that leave the floor standing (I4), windows that only move forward (I2).

import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createWindows } from '../../adapters/policy/windows.js';
import { environmentOf } from '../../domain/environment.js';
import { matchesGlob } from '../../domain/glob.js';
import { windowVerdict } from '../../domain/freeze.js';
import type { RingRule, WindowRule } from '../../domain/policy.js';
import { ringsOf } from '../../domain/ring.js';
import { wavesOf } from '../../domain/wave.js';

const aFleet = fc.uniqueArray(
  fc.record({
    vmId: fc.uuid(),
    name: fc.string({ maxLength: 4 }),
    zone: fc.constantFrom(null, '1', '2', '3'),
    availabilitySet: fc.constantFrom(null, 'as-1', 'AS-1', 'as-2'),
    dueAt: fc.constantFrom(null, '2026-12-01T00:00:00.000Z', '2026-12-02T00:00:00.000Z'),
    joinedAt: fc.constantFrom(null, '2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z'),
  }),
  { selector: (vm) => vm.vmId, maxLength: 40 },
);

const aTake = fc.oneof(
  fc.record({ kind: fc.constant('count' as const), count: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ kind: fc.constant('percent' as const), percent: fc.integer({ min: 1, max: 100 }) }),
);

const someRings = fc
  .array(aTake, { maxLength: 4 })
  .map((takes): RingRule[] => [
    ...takes.map((take, index) => ({ name: `ring-${index}`, take, failureBudget: 0 })),
    { name: 'broad', take: { kind: 'rest' }, failureBudget: 0 },
  ]);

describe('rings', () => {
  test('hold every machine exactly once, the same whatever the order of the list', () => {
    fc.assert(
      fc.property(aFleet, someRings, (vms, rings) => {
        const result = ringsOf({ rings }, vms);
        const isLate = vms.some((vm) => vm.joinedAt === null);
        const names = rings.map((ring) => ring.name);
        expect(result.map((ring) => ring.name)).toEqual(isLate ? [...names, 'catch-up'] : names);
        const early = new Set(result.slice(0, names.length).flatMap((ring) => ring.vmIds));
        for (const vm of vms) expect(early.has(vm.vmId)).toBe(vm.joinedAt !== null);
        expect(result.flatMap((ring) => ring.vmIds).sort()).toEqual(vms.map((vm) => vm.vmId).sort());
        expect(ringsOf({ rings }, vms.toReversed())).toEqual(result);
      }),
    );
  });

  test('up to half of the machines never holds the whole of a zone with two or more', () => {
    fc.assert(
      fc.property(aFleet, fc.integer({ min: 1, max: 20 }), (fleet, count) => {
        const vms = fleet.map((vm) => ({ ...vm, joinedAt: '2026-11-01T00:00:00.000Z' }));
        fc.pre(count * 2 <= vms.length);
        const rings: RingRule[] = [
          { name: 'canary', take: { kind: 'count', count }, failureBudget: 0 },
          { name: 'broad', take: { kind: 'rest' }, failureBudget: 0 },
        ];
        const canary = new Set(ringsOf({ rings }, vms)[0]?.vmIds);
        const zones = groupByZone(vms);
        const members = [...zones.values()];
        fc.pre(members.every((zone) => zone.length >= 2));
        for (const zone of members) expect(zone.every((vm) => canary.has(vm.vmId))).toBe(false);
      }),
    );
  });
});

function groupByZone<T extends { zone: string | null }>(vms: T[]): Map<string | null, T[]> {
  const zones = new Map<string | null, T[]>();
  for (const vm of vms) zones.set(vm.zone, [...(zones.get(vm.zone) ?? []), vm]);
  return zones;
}

describe('waves', () => {
  test('I4: respect the size, every availability set and at least one zone', () => {
    fc.assert(
      fc.property(aFleet, fc.integer({ min: 1, max: 10 }), (vms, waveSizeMax) => {
        const waves = wavesOf(vms, { waveSizeMax });
        expect(Object.keys(waves).sort()).toEqual(vms.map((vm) => vm.vmId).sort());
        const zones = new Set(vms.flatMap((vm) => vm.zone ?? []));
        const numbers = [...new Set(Object.values(waves))].sort((a, b) => a - b);
        expect(numbers).toEqual(numbers.map((_number, index) => index + 1));
        for (const number of numbers) {
          const wave = vms.filter((vm) => waves[vm.vmId] === number);
          expect(wave.length).toBeLessThanOrEqual(waveSizeMax);
          if (zones.size >= 2) expect(new Set(wave.flatMap((vm) => vm.zone ?? [])).size).toBeLessThan(zones.size);
          for (const set of ['as-1', 'as-2']) {
            const isMember = (vm: (typeof vms)[number]) => vm.availabilitySet?.toLowerCase() === set;
            const members = vms.filter(isMember).length;
            if (members >= 2) expect(wave.filter(isMember).length).toBeLessThan(members);
          }
        }
        expect(wavesOf(vms.toReversed(), { waveSizeMax })).toEqual(waves);
      }),
    );
  });
});

const aWeekly: fc.Arbitrary<WindowRule> = fc.record({
  id: fc.constant('w'),
  kind: fc.constant('weekly' as const),
  zone: fc.constantFrom(
    'UTC',
    'Europe/Zurich',
    'America/New_York',
    'Pacific/Auckland',
    'Australia/Lord_Howe',
    'Pacific/Apia',
  ),
  weekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 7 }),
  weeksOfMonth: fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
  start: fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':')),
  durationMinutes: fc.integer({ min: 1, max: 1440 }),
  planningLeadSeconds: fc.integer({ min: 1, max: 604_800 }),
});
const anAlways: fc.Arbitrary<WindowRule> = fc.record({
  id: fc.constant('soon'),
  kind: fc.constant('always' as const),
  planningLeadSeconds: fc.integer({ min: 1, max: 3600 }),
  durationMinutes: fc.integer({ min: 1, max: 1440 }),
});
const aRule = fc.oneof(aWeekly, anAlways);
const anInstant = fc
  .integer({ min: Date.UTC(2011, 0, 1), max: Date.UTC(2035, 0, 1) })
  .map((ms) => new Date(ms).toISOString());

describe('windows', () => {
  const windows = createWindows();

  test('I2: the next one is planned after the instant asked for, then opens, then closes', () => {
    fc.assert(
      fc.property(aRule, anInstant, (rule, after) => {
        const { planAt, opensAt, closesAt } = windows.next(rule, after);
        expect(Date.parse(planAt)).toBeGreaterThan(Date.parse(after));
        expect(Date.parse(opensAt)).toBeGreaterThanOrEqual(Date.parse(planAt));
        expect(Date.parse(closesAt) - Date.parse(opensAt)).toBe(rule.durationMinutes * 60_000);
      }),
    );
  });

  test('asking later never gives an earlier one, and asking again before planning gives the same', () => {
    fc.assert(
      fc.property(
        aWeekly,
        anInstant,
        fc.integer({ min: 0, max: 90 * 86_400_000 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (rule, after, later, part) => {
          const first = windows.next(rule, after);
          const second = windows.next(rule, new Date(Date.parse(after) + later).toISOString());
          expect(Date.parse(second.planAt)).toBeGreaterThanOrEqual(Date.parse(first.planAt));
          const between = Math.floor(Date.parse(after) + part * (Date.parse(first.planAt) - Date.parse(after)));
          expect(windows.next(rule, new Date(between).toISOString())).toEqual(first);
        },
      ),
    );
  });

  test('an always-near window leaves at least half its lead, and follows time', () => {
    fc.assert(
      fc.property(anAlways, anInstant, fc.integer({ min: 0, max: 7_200_000 }), (rule, after, later) => {
        const first = windows.next(rule, after);
        expect(Date.parse(first.planAt) - Date.parse(after)).toBeGreaterThanOrEqual(rule.planningLeadSeconds * 500);
        const second = windows.next(rule, new Date(Date.parse(after) + later).toISOString());
        expect(Date.parse(second.planAt)).toBeGreaterThanOrEqual(Date.parse(first.planAt));
        expect(second.occurrence === first.occurrence).toBe(second.planAt === first.planAt);
      }),
    );
  });

  test('I2: open only inside the window, with what is needed still left', () => {
    fc.assert(
      fc.property(
        aRule,
        anInstant,
        fc.integer({ min: -100_000, max: 100_000 }),
        fc.integer({ min: 0, max: 300 }),
        (rule, after, offset, needed) => {
          const times = windows.next(rule, after);
          const now = Date.parse(times.opensAt) + offset * 1000;
          const verdict = windowVerdict(times, new Date(now).toISOString(), needed);
          const fits =
            now >= Date.parse(times.opensAt) &&
            now < Date.parse(times.closesAt) &&
            now + needed * 60_000 <= Date.parse(times.closesAt);
          expect(verdict.kind).toBe(fits ? 'open' : 'closed');
        },
      ),
    );
  });
});

describe('environments', () => {
  test('I5: staging only by a staging rule that matches and no production rule that does', () => {
    const aPiece = fc.constantFrom('*', 'a', 'a*', '*b', 'ab', 'A*B');
    const someRules = fc.array(
      fc.record({
        environment: fc.constantFrom('production' as const, 'staging' as const),
        subscription: fc.constantFrom('*', 's1', 's2'),
        resourceGroup: aPiece,
      }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(
        someRules,
        fc.constantFrom('s1', 'S2', 's3'),
        fc.constantFrom('a', 'ab', 'acb', 'c'),
        (rules, subscriptionId, resourceGroup) => {
          const matching = rules.filter(
            (rule) =>
              (rule.subscription === '*' || rule.subscription === subscriptionId.toLowerCase()) &&
              asPattern(rule.resourceGroup).test(resourceGroup),
          );
          const isStaging = matching.length > 0 && matching.every((rule) => rule.environment === 'staging');
          expect(environmentOf(rules, { subscriptionId, resourceGroup }).environment).toBe(
            isStaging ? 'staging' : 'production',
          );
        },
      ),
    );
  });

  test('a glob means what the same regular expression means', () => {
    const letters = fc.array(fc.constantFrom('a', 'B', '.'), { maxLength: 8 }).map((all) => all.join(''));
    const globs = fc.array(fc.constantFrom('a', 'b', '.', '*'), { maxLength: 6 }).map((all) => all.join(''));
    fc.assert(
      fc.property(globs, letters, (glob, name) => expect(matchesGlob(glob, name)).toBe(asPattern(glob).test(name))),
      { numRuns: 1000 },
    );
  });
});

function asPattern(glob: string): RegExp {
  return new RegExp(`^${glob.replace(/\./g, '\\.').replace(/\*+/g, '.*')}$`, 'i');
}
