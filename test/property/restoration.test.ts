// I2, I3, I4, I5, I6: a machine goes back to its restore point only when nothing speaks against it, decided by another than who asked.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decideRestoration,
  reinstallation,
  restorationDecisionProblems,
  type Restoration,
  type RestorationFacts,
} from '../../domain/restoration.js';
import type { Item } from '../../domain/baseline.js';
import { minutesFrom, now, someRun, someVm } from '../support/facts.js';

const asked: Restoration = {
  restorationId: 'r',
  subject: {
    vmId: 'vm-1',
    vmName: 'web-prd-01',
    environment: 'production',
    category: 'web',
    baseline: 'web',
    version: 1,
    differences: [],
    way: { kind: 'restorePoint', sessionId: 's', restorePoint: 'p', takenAt: now, undoes: [] },
    left: [],
    windowRule: 'soon',
  },
  digest: 'd',
  status: 'approved',
  requestedBy: 'kim',
  reason: 'it drifted',
  requestedAt: now,
  expiresAt: minutesFrom(now, 60),
  decidedBy: 'riley',
  justification: 'yes',
  decidedAt: now,
  outcome: null,
  detail: '',
  differencesAfter: null,
  endedAt: null,
};

const facts: RestorationFacts = {
  restoration: asked,
  times: someRun(),
  vm: someVm(),
  openSessions: [],
  unfinishedOperations: [],
  now: { power: 'running', agentReady: true, busy: false },
  standingStop: null,
  freezes: [],
  mayInstall: ['s'],
  inFlightMax: { all: 10, category: 1 },
  minutesNeeded: 30,
};

const freeze = {
  id: 'f',
  reason: 'r',
  from: minutesFrom(now, -1),
  until: minutesFrom(now, 1),
  categories: [],
  environments: [],
};

describe('going back to a restore point', () => {
  const flaws: Partial<RestorationFacts>[] = [
    { restoration: { ...asked, status: 'waiting' } },
    { restoration: { ...asked, status: 'expired' } },
    { standingStop: { by: 'sam', reason: 'a drill' } },
    { freezes: [freeze] },
    { times: someRun({ opensAt: minutesFrom(now, 1) }) },
    { times: someRun({ closesAt: minutesFrom(now, 29) }) },
    { now: null },
    { vm: null },
    { vm: someVm({ goneAt: now }) },
    { vm: someVm({ category: 'app' }) },
    { vm: someVm({ environment: 'staging' }) },
    { mayInstall: [] },
    { now: { power: 'running', agentReady: true, busy: true } },
    { openSessions: [{ sessionId: 'x', vmId: 'vm-1', runKey: 'maintenance/staging/app/x/y' }] },
    { openSessions: [{ sessionId: 'x', vmId: 'vm-2', runKey: 'maintenance/production/web/x/y' }] },
    { unfinishedOperations: [{ sessionId: 'x', step: 'install' }] },
  ];

  test('is admitted when nothing speaks against it, also when the machine is down', () => {
    expect(decideRestoration(facts, now).kind).toBe('admitted');
    const down = { power: 'deallocated' as const, agentReady: false, busy: false };
    expect(decideRestoration({ ...facts, now: down }, now).kind).toBe('admitted');
  });

  test('is never admitted with any flaw, alone or with others', () => {
    fc.assert(
      fc.property(fc.subarray(flaws, { minLength: 1 }), (some) => {
        expect(decideRestoration(Object.assign({}, facts, ...some) as RestorationFacts, now).kind).not.toBe('admitted');
      }),
    );
  });
});

test('a decision stands only from another person with the role, in time, on what is shown', () => {
  const decision = {
    by: { name: 'riley', roles: ['changeManager'] },
    verdict: 'approve' as const,
    digest: 'd',
    justification: 'it drifted, and nothing of value is on it',
  };
  const waiting = { ...asked, status: 'waiting' as const };
  expect(restorationDecisionProblems(decision, waiting, 'changeManager', now)).toEqual([]);
  const wrong: [Partial<typeof decision>, Partial<Restoration>, string | null, string][] = [
    [{ digest: 'e' }, {}, 'changeManager', now],
    [{ justification: ' ' }, {}, 'changeManager', now],
    [{ by: { name: 'kim', roles: ['changeManager'] } }, {}, 'changeManager', now],
    [{ by: { name: 'riley', roles: ['sre'] } }, {}, 'changeManager', now],
    [{}, {}, null, now],
    [{}, { status: 'approved' }, 'changeManager', now],
    [{}, {}, 'changeManager', minutesFrom(now, 60)],
  ];
  for (const [change, held, role, at] of wrong)
    expect(restorationDecisionProblems({ ...decision, ...change }, { ...waiting, ...held }, role, at)).not.toEqual([]);
});

test('I1: only missing patches with an approval are installed again; everything else is told', () => {
  const anItem = fc.record({
    kind: fc.constantFrom<Item['kind']>('system', 'software', 'patch'),
    name: fc.constantFrom('KB1', 'KB2', 'IIS'),
    verdict: fc.constantFrom<Item['verdict']>('missing', 'older', 'newer', 'forbidden', 'unknown'),
    wanted: fc.constant(''),
    found: fc.constant(null),
  });
  const one = { patchId: 'KB1', ring: 'canary', digest: 'd', decisionId: 'x' };
  fc.assert(
    fc.property(fc.array(anItem), (differences) => {
      const { patches, left } = reinstallation(differences, new Map([['KB1', one]]));
      expect(patches.length + left.length).toBe(differences.length);
      expect(patches).toHaveLength(
        differences.filter(({ kind, name, verdict }) => kind === 'patch' && name === 'KB1' && verdict === 'missing')
          .length,
      );
      expect(left.every(({ why }) => why !== '')).toBe(true);
    }),
  );
});
