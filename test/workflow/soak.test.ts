// A staging run that soaks, on a server that skips time: probed every so often and at its end, whatever the machines answer (I5, I10).

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ProbeOfSoak, SoakProbed } from '../../activities/soak.js';
import {
  environment,
  startTimeSkipping,
  stopTimeSkipping,
  suite,
  withWorker,
  type Stub,
} from '../support/timeSkipping.js';

beforeAll(startTimeSkipping, 120_000);
afterAll(stopTimeSkipping);

const times = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

/** What was asked of the machines, with the minute of the soak. `answers`: by machine, in turn; then they are told. */
async function soaked(
  name: string,
  plan: { soakSeconds: number; soakProbesAt?: number[] },
  answers: Record<string, SoakProbed[]> = {},
): Promise<string[]> {
  const calls: string[] = [];
  let soaksSince = 0;
  const minute = async () => Math.round(((await environment.currentTimeMs()) - soaksSince) / 60_000);
  const brief = {
    status: 'planned' as const,
    environment: 'staging' as const,
    planAt: times(-2),
    opensAt: times(-1),
    closesAt: times(600),
    waves: 1,
    inFlightMax: 2,
    notify: [],
    ...plan,
  };
  const activities: Stub = {
    describeRun: async () => brief,
    planRun: async () => brief,
    checkWave: async () => ({ kind: 'open' }),
    waveMachines: async () => {
      soaksSince = await environment.currentTimeMs();
      return [];
    },
    soakingMachines: async ({ after }) =>
      ['a', 'b'].filter((vmId) => after === null || vmId > after).map((vmId) => ({ vmId, vmName: vmId })),
    probeSoaking: async ({ vmId, number, isLast }: ProbeOfSoak) => {
      calls.push(`${await minute()}: ${vmId} probed ${number}${isLast ? ', the last' : ''}`);
      return answers[vmId]?.shift() ?? { kind: 'told' };
    },
    doubtSoaking: async ({ vmId, number, reason }) => void calls.push(`${vmId} in doubt at ${number}: ${reason}`),
    settleRun: async ({ outcome }) => {
      calls.push(`${await minute()}: ${outcome}`);
      return { outcome, installed: 2, other: 0 };
    },
  };
  const runKey = `maintenance/staging/web/staging/${name}@1`;
  await withWorker(name, activities, () =>
    environment.client.workflow.execute('maintenanceRun', { taskQueue: name, workflowId: runKey, args: [{ runKey }] }),
  );
  return calls;
}

suite('a soak', () => {
  test('probes all machines every so often and at its end, then the run settles', async () => {
    const calls = await soaked('hours', { soakSeconds: 7200, soakProbesAt: [3600, 7200] });
    expect(calls.slice(0, 2).toSorted()).toEqual(['60: a probed 1', '60: b probed 1']);
    expect(calls.slice(2, 4).toSorted()).toEqual(['120: a probed 2, the last', '120: b probed 2, the last']);
    expect(calls.slice(4)).toEqual(['120: completed']);
  }, 60_000);

  test('however short, is probed at its end', async () => {
    const calls = await soaked('short', { soakSeconds: 60 });
    expect(calls.filter((call) => call.endsWith('the last'))).toHaveLength(2);
    expect(calls.at(-1)).toBe('1: completed');
  }, 60_000);

  test('a machine that never answers is in doubt, one that is busy is waited for at the end alone', async () => {
    const unknown = { kind: 'unknown' as const, reason: 'no answer' };
    const busy = { kind: 'busy' as const, reason: 'another run works on it' };
    const calls = await soaked(
      'silent',
      { soakSeconds: 7200, soakProbesAt: [3600, 7200] },
      { a: [unknown, unknown, unknown], b: [busy, busy, busy] },
    );
    expect(calls.filter((call) => call.includes('a probed 1'))).toHaveLength(3);
    expect(calls).toContain('a in doubt at 1: no answer');
    expect(calls.filter((call) => call.includes('b probed 1'))).toHaveLength(1);
    expect(calls.filter((call) => call.includes('b probed 2'))).toHaveLength(3);
    expect(calls.some((call) => call.startsWith('b in doubt'))).toBe(false);
  }, 60_000);

  test('a machine that stays busy, or a probe that fails for good, is in doubt in the end (I10)', async () => {
    const busy = { kind: 'busy' as const, reason: 'another run works on it' };
    const calls = await soaked('held', { soakSeconds: 60 }, { b: Array.from({ length: 100 }, () => busy) });
    expect(calls).toContain('b in doubt at 1: another run works on it');
    expect(calls.at(-1)).toMatch(/completed$/);
  }, 60_000);
});
