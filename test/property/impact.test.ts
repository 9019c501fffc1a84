// Impacts over random fleets: nobody is forgotten, nothing is invented, nothing unknown reads as nothing (I5), and the order of facts says nothing.

import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { canonical } from '../../domain/canonical.js';
import { cyclesIn, interruptedBy } from '../../domain/dependency.js';
import { impactOf } from '../../domain/impact.js';
import { capacityOf } from '../../domain/impactCapacity.js';
import { distributionOf, forecastOf, observationsWanted } from '../../domain/impactDowntime.js';
import { downtimeSaid, saidOf, type ImpactEdit } from '../../domain/impactEdit.js';
import { signedImpact, unseenEdits } from '../../domain/impactSigned.js';
import { ringsOf } from '../../domain/ring.js';
import type { Vm } from '../../domain/vm.js';
import { now, someVm } from '../support/facts.js';
import { needs, someFleet, someImpact, someImpactFacts, webRule } from '../support/impacts.js';

const systems = ['Windows Server 2019 Datacenter', 'Windows Server 2022 Datacenter', null];

const aFleet = fc
  .uniqueArray(
    fc.record({
      number: fc.nat({ max: 60 }),
      zone: fc.constantFrom(null, '1', '2', '3'),
      availabilitySet: fc.constantFrom(null, '/as/as-1', '/AS/as-1', '/as/as-2'),
      osName: fc.constantFrom(...systems),
      power: fc.constantFrom<Vm['power']>('running', 'deallocated', 'unknown'),
      category: fc.constantFrom('web', 'web', 'app', 'sql', null),
      joinedAt: fc.constantFrom(null, '2026-11-01T00:00:00.000Z'),
      dependsOn: fc.subarray(['vm-1', 'vm-2', 'sql', 'W3SVC', 'nosuch']),
    }),
    { selector: (vm) => vm.number, maxLength: 40 },
  )
  .map((rows) =>
    rows.map(({ number, dependsOn, ...vm }) =>
      someVm({
        ...vm,
        vmId: `id-${number}`,
        name: `vm-${number}`,
        tags: dependsOn.length === 0 ? {} : { 'Depends-On': dependsOn.join(', ') },
      }),
    ),
  );

const anObservation = fc.record({
  runKey: fc.constantFrom('maintenance/staging/web/staging/soon@1', 'other'),
  category: fc.constantFrom('web', 'app', null),
  system: fc.constantFrom('Windows Server 2019', 'Windows Server 2022', 'windows'),
  restarted: fc.constantFrom(true, false, null),
  minutes: fc.double({ min: 0, max: 600, noNaN: true }),
});

const aRestart = fc.constantFrom('yes' as const, 'no' as const, 'maybe' as const, 'unknown' as const);
const aMap = fc.constant(['category app needs category sql', 'category web needs service ContosoApp'].map(needs));

function webOf(fleet: Vm[]): Vm[] {
  return fleet.filter((vm) => vm.category === 'web');
}

describe('an impact', () => {
  test('has every machine in exactly one forecast, and stays the same whatever the order of its facts', () => {
    fc.assert(
      fc.property(
        aFleet,
        fc.array(anObservation, { maxLength: 20 }),
        aRestart,
        aMap,
        fc.nat(),
        (fleet, observations, restart, dependencies, seed) => {
          const mine = webOf(fleet);
          const facts = someImpactFacts(mine, { observations, restart });
          const impact = impactOf(facts, someFleet(fleet, dependencies), now);
          const placed = impact.forecast.flatMap((group) => group.vmIds);
          expect(placed.toSorted()).toEqual(mine.map((vm) => vm.vmId).toSorted());
          const other = shuffled(fleet, seed);
          const again = impactOf(
            someImpactFacts(webOf(other), { observations: shuffled(observations, seed), restart }),
            someFleet(other, dependencies.toReversed()),
            now,
          );
          expect(canonical(again)).toBe(canonical(impact));
          expect(canonical(signedImpact(again, []))).toBe(canonical(signedImpact(impact, [])));
        },
      ),
    );
  });

  test('says unknown where nothing was measured, and never less than was measured where something was', () => {
    fc.assert(
      fc.property(aFleet, aRestart, fc.array(anObservation, { maxLength: 12 }), (fleet, restart, observations) => {
        const facts = someImpactFacts(webOf(fleet), { observations, restart });
        for (const { downtime, system, restart: expected } of impactOf(facts, someFleet(fleet), now).forecast) {
          const asked = { testRunKey: facts.test?.runKey ?? null, category: 'web', system, restart: expected };
          expect(downtime).toEqual(forecastOf(observations, asked));
          if (observations.length === 0) expect(downtime).toEqual({ kind: 'unknown' });
          else if (downtime.kind === 'unknown') throw new Error('something was measured');
          else {
            expect(downtime.p50).toBeGreaterThan(0);
            expect(downtime.p90).toBeGreaterThanOrEqual(downtime.p50);
            expect(downtime.max).toBeGreaterThanOrEqual(downtime.p90);
            expect(downtime.observations).toBeGreaterThanOrEqual(Math.min(observationsWanted, observations.length));
          }
        }
      }),
    );
  });
});

describe('a distribution', () => {
  test('has so large a share at or below each of its values', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { minLength: 1 }), (minutes) => {
        const found = distributionOf(minutes, 'any');
        if (found.kind === 'unknown') throw new Error('something was measured');
        const within = (value: number) => minutes.filter((one) => one <= value).length / minutes.length;
        expect(within(found.p50)).toBeGreaterThanOrEqual(0.5);
        expect(within(found.p90)).toBeGreaterThanOrEqual(0.9);
        expect(within(found.max)).toBe(1);
      }),
    );
  });
});

describe('capacity', () => {
  test('is never below nothing or above what there is, and loses no more than a wave', () => {
    fc.assert(
      fc.property(
        aFleet,
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 10 }),
        (fleet, waveSizeMax, inFlightMax) => {
          const members = webOf(fleet).map((vm) => ({ ...vm, running: vm.power === 'running' }));
          const running = members.filter((vm) => vm.running).length;
          const rings = ringsOf(webRule, members);
          const elsewhere = new Map([['W3SVC', { up: 1, of: 2 }]]);
          const capacity = capacityOf({ rings, members, waveSizeMax, inFlightMax, services: ['W3SVC'], elsewhere });
          for (const ring of capacity.rings) {
            expect(ring.up).toBeGreaterThanOrEqual(Math.max(0, running - Math.min(waveSizeMax, inFlightMax)));
            expect(ring.up).toBeLessThanOrEqual(ring.of);
            expect(ring.outAtOnce + ring.up).toBe(running);
            for (const part of [ring.set, ring.zones]) {
              if (part === null) continue;
              expect(part.up).toBeGreaterThanOrEqual(0);
              expect(part.up).toBeLessThanOrEqual(part.of);
            }
          }
          const ups = capacity.rings.map((ring) => ring.up);
          expect(capacity.lowest?.up ?? null).toBe(ups.length === 0 ? null : Math.min(...ups));
          for (const service of capacity.services) {
            expect(service.up).toBe((ups.length === 0 ? running : Math.min(...ups)) + 1);
            expect(service.of).toBe(members.length + 2);
          }
        },
      ),
    );
  });
});

describe('what needs what', () => {
  const edges = fc.array(fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 7 })), { maxLength: 24 });

  test('interrupts exactly whoever can be reached', () => {
    fc.assert(
      fc.property(edges, fc.nat({ max: 7 }), (pairs, start) => {
        const found = interruptedBy(graphOf(pairs), { kind: 'category', name: `${start}` });
        const reached = closureOf(pairs);
        const expected = numbers.filter((node) => node !== start && reached[start]?.[node] === true);
        expect(found.map((one) => one.place.name).toSorted()).toEqual(expected.map(String));
      }),
    );
  });

  test('names a real chain for each knot, and none where there is no knot', () => {
    fc.assert(
      fc.property(edges, (pairs) => {
        const { dependents } = graphOf(pairs);
        const reached = closureOf(pairs);
        const inKnot = numbers.filter((node) => reached[node]?.[node] === true);
        const knots = new Set(
          inKnot.map((node) =>
            numbers.filter((other) => reached[node]?.[other] === true && reached[other]?.[node] === true).join(),
          ),
        );
        const cycles = cyclesIn(dependents);
        expect(cycles).toHaveLength(knots.size);
        for (const cycle of cycles) {
          expect(cycle.at(0)).toBe(cycle.at(-1));
          for (const [index, needing] of cycle.slice(0, -1).entries())
            expect(dependents.get(cycle[index + 1] ?? '')).toContain(needing);
        }
      }),
    );
  });
});

const numbers = [0, 1, 2, 3, 4, 5, 6, 7];

/** `[a, b]`: b is interrupted with a. */
function graphOf(pairs: [number, number][]) {
  const dependents = new Map<string, string[]>();
  for (const [from, to] of pairs) {
    const held = dependents.get(`category:${from}`) ?? [];
    if (!held.includes(`category:${to}`)) dependents.set(`category:${from}`, [...held, `category:${to}`]);
  }
  const placeOf = (key: string) => ({ kind: 'category' as const, name: key.slice('category:'.length) });
  return { dependents, placeOf };
}

/** Warshall's way, by the definition. */
function closureOf(pairs: [number, number][]): boolean[][] {
  const reached = numbers.map((from) => numbers.map((to) => pairs.some(([a, b]) => a === from && b === to)));
  for (const through of numbers)
    for (const from of numbers)
      for (const to of numbers) {
        const row = reached[from];
        if (row !== undefined && row[through] === true && reached[through]?.[to] === true) row[to] = true;
      }
  return reached;
}

describe('what people said', () => {
  const anEdit = fc.record({
    minute: fc.nat({ max: 5 }),
    vmId: fc.constantFrom(null, 'a', 'b'),
    downtimeMinutes: fc.constantFrom(null, 1, 2, 3),
    note: fc.constantFrom(null, 'x', 'y'),
  });

  test('is shown by a subject that was made since, and calls for another one when more is said (I9)', () => {
    fc.assert(
      fc.property(fc.array(anEdit, { maxLength: 8 }), fc.array(anEdit, { maxLength: 4 }), (before, since) => {
        const held = editsOf(before);
        const all = editsOf([...before, ...since.map((row) => ({ ...row, minute: row.minute + 10 }))]);
        const subject = signedImpact(someImpact(), held);
        expect(unseenEdits(subject, held)).toEqual([]);
        const saysMore = since.some((row) => row.downtimeMinutes !== null || row.note !== null);
        expect(unseenEdits(subject, all).length > 0).toBe(saysMore);
        expect(canonical(signedImpact(someImpact(), all)) === canonical(subject)).toBe(!saysMore);
      }),
    );
  });

  test('counts by its newest word for each machine and for the category, in whatever order it is read', () => {
    fc.assert(
      fc.property(fc.array(anEdit, { maxLength: 12 }), fc.nat(), (rows, seed) => {
        const edits = editsOf(rows);
        const said = saidOf(edits);
        expect(saidOf(shuffled(edits, seed))).toEqual(said);
        for (const vmId of [null, 'a', 'b'])
          for (const field of ['downtimeMinutes', 'note'] as const) {
            const words = edits.filter((edit) => edit.vmId === vmId && edit[field] !== null);
            const standing = said.filter((edit) => edit.vmId === vmId && edit[field] !== null);
            const newest = words.toSorted((a, b) => (`${a.at}${a.editId}` < `${b.at}${b.editId}` ? -1 : 1)).at(-1);
            expect(standing.map((edit) => edit.editId)).toEqual(newest === undefined ? [] : [newest.editId]);
          }
        const own = downtimeSaid(edits, 'a');
        if (edits.some((edit) => edit.vmId === 'a' && edit.downtimeMinutes !== null)) expect(own?.vmId).toBe('a');
        else expect(own).toEqual(downtimeSaid(edits, null));
      }),
    );
  });
});

function editsOf(rows: (Pick<ImpactEdit, 'vmId' | 'downtimeMinutes' | 'note'> & { minute: number })[]): ImpactEdit[] {
  return rows.map(({ minute, ...row }, index) => {
    const at = `2026-11-24T12:${String(minute).padStart(2, '0')}:00.000Z`;
    const who = { by: 'lee', reason: 'measured by hand', at, editId: `e-${String(index).padStart(2, '0')}` };
    return { ...row, ...who, patchId: 'KB1', category: 'web', vmName: row.vmId };
  });
}

function shuffled<T>(list: readonly T[], seed: number): T[] {
  const rank = (index: number) => ((index + 1) * 7919 + seed * 104_729) % 10_007;
  return list
    .map((one, index) => [rank(index), one] as const)
    .toSorted((a, b) => a[0] - b[0])
    .map(([, one]) => one);
}
