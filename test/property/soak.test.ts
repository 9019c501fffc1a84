// The soak: when machines are probed, and that no probe ever makes a row better (I1, I5, I10).

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Health } from '../../domain/health.js';
import type { ManifestState } from '../../domain/run.js';
import { rowsAfterProbe, soakingMachines, soakProbesMax, soakProbeTimes, soakVerdict } from '../../domain/soak.js';
import { stagingVerdicts } from '../../domain/stageTest.js';
import { carriersOf } from '../../domain/testVerdict.js';
import { someRow } from '../support/facts.js';

test('whatever policy says, machines are probed at the end of a soak, in order, and not without end', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 * 86_400 }), fc.integer({ min: 1, max: 90 * 86_400 }), (soak, every) => {
      const times = soakProbeTimes(soak, every);
      expect(times.at(-1)).toBe(soak);
      expect(times.length).toBeLessThanOrEqual(soakProbesMax);
      for (const [place, time] of times.entries()) {
        const pause = time - (times[place - 1] ?? 0);
        expect(pause).toBeGreaterThan(0);
        // Never much seldomer than policy wants, but for the most that there are.
        expect(pause).toBeLessThanOrEqual(Math.max(every, soak / soakProbesMax) * 1.5 + 1e-6);
      }
    }),
  );
  expect(soakProbeTimes(3600, 900)).toEqual([900, 1800, 2700, 3600]);
  expect(soakProbeTimes(2, 900)).toEqual([2]);
  expect(soakProbeTimes(0, 900)).toEqual([]);
});

const states = fc.constantFrom<ManifestState>('installed', 'failed', 'rolledBack', 'skipped', 'inDoubt', 'revoked');
const health = fc.oneof(
  fc.constant<Health>({ kind: 'healthy' }),
  fc.constant<Health>({ kind: 'sick', reasons: ['service W3SVC is down'] }),
  fc.constant<Health>({ kind: 'unknown', reasons: ['it does not answer'] }),
);

test('a machine passes its soak only if it passed before and every probe found it well', () => {
  const drawn = fc.array(fc.tuple(fc.constantFrom('KB1', 'KB2'), states, fc.option(fc.boolean())), {
    minLength: 1,
    maxLength: 3,
  });
  fc.assert(
    fc.property(drawn, fc.array(fc.tuple(health, fc.boolean()), { maxLength: 4 }), (parts, probes) => {
      const first = [
        ...new Map(parts.map(([patchId, state, present]) => [patchId, { patchId, state, present }])).values(),
      ];
      let rows = first.map((one) => someRow(one));
      const passedBefore = stagingVerdicts(rows).every((one) => one.verdict === 'passed');
      for (const [services, isGone] of probes) {
        if (soakingMachines(rows).length === 0) break;
        const turned = rowsAfterProbe(rows, { reasons: [], ...services }, isGone && services.kind === 'unknown');
        for (const one of turned) expect(['failed', 'inDoubt']).toContain(one.state);
        rows = rows.map((row) => ({ ...row, ...turned.find((one) => one.patchId === row.patchId) }));
      }
      const passed = stagingVerdicts(rows).every((one) => one.verdict === 'passed');
      expect(passed).toBe(passedBefore && probes.every(([services]) => services.kind === 'healthy'));
    }),
  );
});

test('sick is sick, whoever says so; unknown is never well', () => {
  const well = { kind: 'healthy' as const, before: [] };
  fc.assert(
    fc.property(health, health, (services, probes) => {
      const verdict = soakVerdict(services, { before: [], ...probes });
      const kinds = [services.kind, probes.kind];
      expect(verdict.kind).toBe(kinds.includes('sick') ? 'sick' : kinds.includes('unknown') ? 'unknown' : 'healthy');
      expect(soakVerdict(services, null).kind).toBe(services.kind);
      expect(soakVerdict({ kind: 'healthy' }, { ...well, before: ['port 80 was closed before'] })).toEqual({
        kind: 'healthy',
        before: ['port 80 was closed before'],
      });
    }),
  );
});

test('a person can judge a machine that nobody could ask, and none that is gone, or sick', () => {
  const rows = [someRow({ patchId: 'KB1', state: 'installed', reason: 'it is there' })];
  const after = (kind: 'sick' | 'unknown', isGone = false) =>
    rows.map((row) => ({ ...row, ...rowsAfterProbe(rows, { kind, reasons: ['so'] }, isGone)[0] }));
  expect(carriersOf('KB1', after('unknown'))).toEqual(['vm-1']);
  expect(carriersOf('KB1', after('unknown', true))).toEqual([]);
  expect(carriersOf('KB1', after('sick'))).toEqual([]);
  expect(after('sick')[0]?.reason).toBe('it is there; sick while it soaked: so');
});
