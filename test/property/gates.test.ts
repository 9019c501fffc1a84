// I2, I3, I4, I5: every fact that closes a gate or an admission closes it, alone and with others.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decideAdmission, type AdmissionInput } from '../../domain/admission.js';
import { waveVerdict, type EnrolledDecision, type GateFacts } from '../../domain/gate.js';
import { closed, open } from '../../domain/verdict.js';
import { minutesFrom, now, someRow, someRun, someVm } from '../support/facts.js';

const freeze = {
  id: 'year-end',
  reason: 'accounts',
  from: minutesFrom(now, -60),
  until: minutesFrom(now, 60),
  categories: [],
  environments: [],
};
const stop = { by: 'sam', reason: 'a drill' };

function enrolledWith(flaw: {
  undecided: boolean;
  rejected: boolean;
  otherDigest: boolean;
  otherWindow: boolean;
  earlierRing: boolean;
}): EnrolledDecision {
  return {
    patchId: 'KB5070884',
    decision: flaw.undecided
      ? null
      : {
          accepted: true,
          verdict: flaw.rejected ? 'reject' : 'approve',
          digest: flaw.otherDigest ? 'b' : 'a',
          windowRule: flaw.otherWindow ? 'weekly' : 'soon',
        },
    enrolledDigest: 'a',
    earlierRingProblem: flaw.earlierRing ? 'ring canary is unsettled' : null,
  };
}

type Flaws<K extends string> = Record<K, boolean>;

/** Each name is true or false. */
function booleans<K extends string>(...names: K[]): fc.Arbitrary<Flaws<K>> {
  return fc.array(fc.boolean(), { minLength: names.length, maxLength: names.length }).map((values) => {
    const entries = names.map((name, index) => [name, values[index] ?? false] as const);
    return Object.fromEntries(entries) as Flaws<K>;
  });
}

describe('the gate before a wave (I1, I2, I4, I5)', () => {
  const flaws = booleans(
    'stopped',
    'paused',
    'unplanned',
    'spent',
    'tooLate',
    'tooEarly',
    'frozen',
    'earlierWave',
    'undecided',
    'rejected',
    'otherDigest',
    'otherWindow',
    'earlierRing',
    'held',
  );
  test('is open only when nothing at all speaks against it', () => {
    fc.assert(
      fc.property(flaws, (flaw) => {
        const facts: GateFacts = {
          run: someRun({
            control: flaw.paused ? 'paused' : 'run',
            status: flaw.unplanned ? 'open' : 'planned',
            opensAt: minutesFrom(now, flaw.tooEarly ? 1 : -1),
            closesAt: minutesFrom(now, flaw.tooLate ? 29 : 30),
          }),
          rows: [
            someRow({ wave: 1, state: flaw.earlierWave ? 'installing' : 'installed' }),
            someRow({ wave: 2, vmId: 'vm-2' }),
          ],
          wave: 2,
          enrolled: [enrolledWith(flaw)],
          freezes: flaw.frozen ? [freeze] : [],
          overrides: [],
          standingStop: flaw.stopped ? stop : null,
          failureSpent: flaw.spent ? 'the budget is spent' : null,
          minutesNeeded: 30,
          life: [
            { patchId: 'KB5070884', verdict: flaw.held ? closed('KB5070884: known issue: it breaks printing') : open },
            // Of another wave: it holds that one alone.
            { patchId: 'KB1', verdict: closed('KB1: superseded by KB2') },
          ],
        };
        const isFlawed = Object.values(flaw).some(Boolean);
        expect(waveVerdict(facts, now).kind).toBe(isFlawed ? 'closed' : 'open');
      }),
      { numRuns: 1000 },
    );
  });
});

function admissionWith(change: Partial<AdmissionInput>): AdmissionInput {
  return {
    run: someRun(),
    vm: someVm(),
    rows: [someRow()],
    openSessions: [],
    unfinishedOperations: [],
    now: { power: 'running', agentReady: true, busy: false },
    standingStop: null,
    freezes: [],
    overrides: [],
    windowRules: {},
    mayInstall: ['s'],
    inFlightMax: { all: 10, category: 5 },
    minutesNeeded: 30,
    ringSpent: null,
    held: [],
    ...change,
  };
}

describe('the admission of a machine (I2, I3, I4, I5)', () => {
  const refusing: Record<string, Partial<AdmissionInput>> = {
    stopped: { standingStop: stop },
    halted: { run: someRun({ control: 'halted' }) },
    settled: { run: someRun({ status: 'settled' }) },
    frozen: { freezes: [freeze] },
    'out of the window': { run: someRun({ closesAt: minutesFrom(now, 29) }) },
    'budget spent': { ringSpent: 'spent' },
    'held by a known issue': { held: ['KB5070884: known issue: it breaks printing'] },
    'unknown machine': { vm: null },
    'gone machine': { vm: someVm({ goneAt: now }) },
    'moved to staging': { vm: someVm({ environment: 'staging' }) },
    'in another category': { vm: someVm({ category: null }) },
    'observe-only subscription': { mayInstall: [] },
    'nothing due': { rows: [someRow({ state: 'installed' })] },
    revoked: { rows: [someRow({ state: 'revoked' })] },
    unreadable: { now: null },
    deallocated: { now: { power: 'deallocated', agentReady: true, busy: false } },
    'agent dead': { now: { power: 'running', agentReady: false, busy: false } },
  };
  test.each(Object.entries(refusing))('refuses: %s', (_, change) => {
    expect(decideAdmission(admissionWith(change), now).kind).toBe('refused');
  });

  const waiting: Record<string, Partial<AdmissionInput>> = {
    paused: { run: someRun({ control: 'paused' }) },
    'another session holds it': {
      openSessions: [{ sessionId: 'x', vmId: 'vm-1', runKey: 'maintenance/staging/app/staging/x' }],
    },
    'an operation is unfinished': { unfinishedOperations: [{ sessionId: 'x', step: 'install' }] },
    'Azure is busy': { now: { power: 'running', agentReady: true, busy: true } },
    'no limit is known': { inFlightMax: { all: Number.NaN, category: 5 } },
  };
  test.each(Object.entries(waiting))('waits: %s', (_, change) => {
    expect(decideAdmission(admissionWith(change), now).kind).toBe('later');
  });

  test('admits what is due when nothing speaks against it', () => {
    const rows = [someRow(), someRow({ patchId: 'KB2', kb: '2', state: 'revoked' })];
    expect(decideAdmission(admissionWith({ rows }), now)).toEqual({
      kind: 'admitted',
      due: [{ patchId: 'KB5070884' }],
    });
  });

  test('I4: never more in flight than either limit, over all runs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 12 }), (mine, others) => {
        const openSessions = [
          ...Array.from({ length: mine }, (_, index) => ({
            sessionId: `m${index}`,
            vmId: `m${index}`,
            runKey: 'maintenance/production/web/broad/soon@0',
          })),
          ...Array.from({ length: others }, (_, index) => ({
            sessionId: `o${index}`,
            vmId: `o${index}`,
            runKey: 'maintenance/production/app/broad/soon@0',
          })),
        ];
        const admitted = decideAdmission(admissionWith({ openSessions }), now).kind === 'admitted';
        expect(admitted).toBe(mine < 5 && mine + others < 10);
      }),
    );
  });
});
