// Culprit isolation's facts: which machines repeat which sets, what a trial says, where a machine stands, and what becomes of each patch.

import { describe, expect, test } from '@jest/globals';
import type { BisectionStep } from '../../domain/bisection.js';
import {
  isolatedVerdicts,
  isolationGroups,
  standingOf,
  trialVerdict,
  type IsolationTrial,
  type PastSession,
} from '../../domain/isolation.js';
import type { ManifestRow, ManifestState } from '../../domain/run.js';
import { someRow } from '../support/facts.js';

const runKey = 'maintenance/staging/file/staging/next@1';
const row = (vmId: string, patchId: string, state: ManifestState, change: Partial<ManifestRow> = {}) =>
  someRow({ runKey, vmId, vmName: vmId, patchId, state, ...change });
const sick = (vmId: string, ...ids: string[]) => ids.map((id) => row(vmId, id, 'rolledBack', { reason: 'sick' }));
const machines = (...ids: string[]) => ids.map((vmId) => ({ vmId, vmName: vmId }));

describe('groups', () => {
  test('hold machines that failed with the same set; what others need comes first', () => {
    const rows = [
      ...sick('a', 'KB1', 'KB2'),
      ...sick('b', 'KB2', 'KB1'),
      ...sick('c', 'KB3'),
      row('d', 'KB1', 'installed'),
    ];
    expect(isolationGroups(rows, new Set(['KB2']))).toEqual([
      { machines: machines('a', 'b'), patchIds: ['KB2', 'KB1'], suspects: [] },
      { machines: machines('c'), patchIds: ['KB3'], suspects: [] },
    ]);
  });

  test('leave out machines that were left for a person, and suspect what failed by itself', () => {
    const rows = [
      row('a', 'KB1', 'inDoubt'),
      row('a', 'KB2', 'failed'),
      row('b', 'KB1', 'installed'),
      row('b', 'KB2', 'failed'),
      row('b', 'KB3', 'skipped', { wave: 0 }),
    ];
    expect(isolationGroups(rows, new Set())).toEqual([
      { machines: machines('b'), patchIds: ['KB1', 'KB2'], suspects: ['KB2'] },
    ]);
  });
});

describe('a trial', () => {
  const group = { machines: machines('a', 'b'), patchIds: ['KB1', 'KB2'], suspects: [] };
  const both = (state: ManifestState) => [row('a', 'KB1', 'installed'), row('b', 'KB1', state)];
  test.each<[string, ManifestRow[], string]>([
    ['passes when each machine has it', both('installed'), 'passed'],
    ['fails when one is sick', both('rolledBack'), 'failed'],
    ['says nothing when one was never reached', both('skipped'), 'inconclusive'],
    ['says nothing when one did not get the whole set', [row('a', 'KB1', 'installed')], 'inconclusive'],
    [
      'says nothing when it was left out at planning',
      [row('a', 'KB1', 'installed'), row('b', 'KB1', 'skipped', { wave: 0 })],
      'inconclusive',
    ],
    ['says nothing without rows', [], 'inconclusive'],
  ])('%s', (_, rows, verdict) => {
    expect(trialVerdict(rows, group, ['KB1']).verdict).toBe(verdict);
  });
});

describe('a machine between two trials', () => {
  const session = (key: string, outcome: string, restorePoint: string | null = 'rp'): PastSession => ({
    sessionId: `${key}#a`,
    runKey: key,
    endedAt: '2026-11-24T12:00:00.000Z',
    outcome,
    restorePoint,
  });
  const ours = new Set(['failed run', 'trial 1', 'return']);
  test.each<[string, PastSession[], object]>([
    ['is as before when its session unwound it', [session('failed run', 'rolledBack')], { kind: 'before' }],
    [
      'goes back when the trial left something',
      [session('failed run', 'rolledBack'), session('trial 1', 'installed')],
      { kind: 'changed', sessionId: 'trial 1#a', restorePoint: 'rp' },
    ],
    [
      'is as before when it went back',
      [session('trial 1', 'installed'), session('return', 'rolledBack')],
      { kind: 'before' },
    ],
    [
      'does not go back over what others did since',
      [session('trial 1', 'installed'), session('elsewhere', 'installed')],
      { kind: 'lost', reason: 'elsewhere changed it meanwhile' },
    ],
    ['is left to a person who has it already', [session('trial 1', 'quarantined')], { kind: 'lost' }],
    ['does not go back without a way', [session('trial 1', 'installed', null)], { kind: 'lost' }],
    [
      'is as before when a trial never began',
      [session('failed run', 'rolledBack'), session('trial 1', 'refused')],
      { kind: 'before' },
    ],
    ['is unknown when it never took part', [session('elsewhere', 'installed')], { kind: 'lost' }],
  ])('%s', (_, sessions, standing) => {
    expect(standingOf(sessions, ours)).toMatchObject(standing);
  });
});

describe('verdicts', () => {
  const trial = (number: number, group: number, patchIds: string[], verdict: IsolationTrial['verdict']) => ({
    number,
    group,
    patchIds,
    verdict,
    reasons: [],
    startedAt: '',
    endedAt: '',
    runKey: `run-${number}`,
  });
  const group = { machines: machines('a'), patchIds: ['KB1', 'KB2', 'KB3'], suspects: [] };
  const named: BisectionStep = { kind: 'named', blamed: [['KB1']], innocents: ['KB2', 'KB3'] };
  const facts = {
    runKey,
    patchIds: ['KB1', 'KB2', 'KB3'],
    groups: [group],
    trials: [trial(1, 0, ['KB1'], 'failed'), trial(2, 0, ['KB2', 'KB3'], 'passed')],
  };
  const rows = sick('a', 'KB1', 'KB2', 'KB3');

  test('the culprit fails by the trial in which it failed, the others pass by the one in which they passed together (I1)', () => {
    const verdicts = isolatedVerdicts(facts, [named], [...rows, row('d', 'KB2', 'installed')]);
    expect(verdicts).toEqual([
      {
        patchId: 'KB1',
        verdict: 'failed',
        reasons: ['named by isolation: it fails alone (trial 1)'],
        testedSet: ['KB1'],
        vmIds: ['a'],
        runKey: 'run-1',
      },
      // A machine that was healthy with it at once counts too.
      { patchId: 'KB2', verdict: 'passed', reasons: [], testedSet: ['KB2', 'KB3'], vmIds: ['a', 'd'], runKey: 'run-2' },
      { patchId: 'KB3', verdict: 'passed', reasons: [], testedSet: ['KB2', 'KB3'], vmIds: ['a'], runKey: 'run-2' },
    ]);
  });

  test('what is still in doubt elsewhere passes nowhere (I5)', () => {
    const [, second, third] = isolatedVerdicts(facts, [named], [...rows, row('x', 'KB2', 'inDoubt')]);
    expect([second?.verdict, third?.verdict]).toEqual(['inconclusive', 'passed']);
  });

  test('named on one machine, it is named; without a result on another, nobody passes', () => {
    const other = { machines: machines('b'), patchIds: ['KB2'], suspects: [] };
    const both = { ...facts, groups: [group, other] };
    const twice = isolatedVerdicts(both, [named, { kind: 'named', blamed: [['KB2']], innocents: [] }], rows);
    expect(twice.map((one) => one.verdict)).toEqual(['failed', 'failed', 'passed']);
    const open = isolatedVerdicts(both, [named, { kind: 'inconclusive', blamed: [], reasons: ['flaky'] }], rows);
    expect(open.map((one) => one.verdict)).toEqual(['failed', 'inconclusive', 'passed']);
  });

  test('patches that do not go together are told of each other', () => {
    const pair: BisectionStep = { kind: 'named', blamed: [['KB1', 'KB2']], innocents: ['KB3'] };
    const trials = [trial(1, 0, ['KB1', 'KB2'], 'failed'), trial(2, 0, ['KB3'], 'passed')];
    const verdicts = isolatedVerdicts({ ...facts, trials }, [pair], rows);
    expect(verdicts.map((one) => one.reasons.join())).toEqual([
      'named by isolation: it fails together with KB2, and each goes without the other',
      'named by isolation: it fails together with KB1, and each goes without the other',
      '',
    ]);
  });

  test('nobody passes by a set that no trial passed', () => {
    const verdicts = isolatedVerdicts({ ...facts, trials: [trial(1, 0, ['KB1'], 'failed')] }, [named], rows);
    expect(verdicts.map((one) => one.verdict)).toEqual(['failed', 'inconclusive', 'inconclusive']);
  });
});
