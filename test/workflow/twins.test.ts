// Hours of a proposal and days of a twin on a server that skips time: expired, refused, misplaced, retired, and not to be removed (I1, I5, I10).
// The activities are stand-ins that record what they were asked; what they do for real is tested elsewhere.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TwinBrief } from '../../activities/twins.js';
import { twinChangedSignal } from '../../workflows/messages.js';
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

const hour = 3_600_000;

interface Desk {
  calls: string[];
  twin: TwinBrief;
  activities: Stub;
}

async function desk(change: Stub = {}): Promise<Desk> {
  const begun = await environment.currentTimeMs();
  const iso = (after: number) => new Date(begun + after * hour).toISOString();
  const made: Desk = {
    calls: [],
    twin: {
      status: 'proposed',
      about: 'sql-prd-01-twin-abcdef of sql-prd-01',
      name: 'sql-prd-01-twin-abcdef',
      source: { vmId: 'vm-1', name: 'sql-prd-01' },
      vmId: null,
      expiresAt: iso(2),
      retiresAt: null,
      retireAskedBy: null,
      ended: false,
    },
    activities: {},
  };
  const called = async (words: string) =>
    void made.calls.push(`${Math.round(((await environment.currentTimeMs()) - begun) / hour)} ${words}`);
  made.activities = {
    describeTwin: async () => made.twin,
    askForTwin: () => called('asked'),
    expireTwin: async () => {
      await called('expired');
      made.twin = { ...made.twin, status: 'expired', ended: true };
    },
    openTwin: async () => ({ kind: 'open', fresh: false, disks: 2 }),
    performTwinStep: async ({ step }) => {
      await called(step);
      return { kind: 'succeeded' };
    },
    awaitTwin: async () => {},
    syncInventory: async () => ({ machines: 1, added: 0, gone: 0 }),
    placeTwin: async () => ({ kind: 'known', vmId: 'vm-2' }),
    performStep: async ({ step }) => {
      await called(step);
      return { kind: 'succeeded' };
    },
    askGuest: async () => ({ kind: 'fresh' }),
    computeDemand: async () => ({ needed: [] }),
    measureTwin: async () => {
      made.twin = { ...made.twin, status: 'built', retiresAt: iso(14 * 24) };
      return { kind: 'built' };
    },
    tellTwinBuilt: () => called('told'),
    failTwin: async ({ reason, alarm }) => {
      await called(`failed: ${reason}${alarm ? ', paged' : ''}`);
      made.twin = { ...made.twin, status: 'failed' };
    },
    twinRemains: async () => ({ machine: false, disks: [], foreign: [] }),
    settleTwinRemoval: async ({ problem }) => {
      await called(`settled: ${problem ?? 'nothing is left'}`);
      made.twin = { ...made.twin, status: made.twin.status === 'built' ? 'retired' : 'failed', ended: true };
    },
    ...change,
  };
  return made;
}

let count = 0;

/** Decided after an hour, unless nobody does. */
async function story(made: Desk, decided: TwinBrief['status'] | null) {
  count += 1;
  const taskQueue = `twin-${count}`;
  return withWorker(taskQueue, made.activities, async () => {
    const handle = await environment.client.workflow.start<(input: unknown) => Promise<{ status: string }>>(
      'twinBuild',
      { taskQueue, workflowId: `twin/${taskQueue}`, args: [{ twinId: taskQueue }] },
    );
    if (decided !== null) {
      await environment.sleep('1 hour');
      made.twin = { ...made.twin, status: decided, ended: decided === 'refused' };
      await handle.signal(twinChangedSignal);
    }
    return handle.result();
  });
}

suite('a twin', () => {
  test('that nobody decides expires, and nothing is made (I5)', async () => {
    const made = await desk();
    expect(await story(made, null)).toEqual({ status: 'expired' });
    expect(made.calls).toEqual(['0 asked', '2 expired']);
  }, 60_000);

  test('that is refused is not made', async () => {
    const made = await desk();
    expect(await story(made, 'refused')).toEqual({ status: 'refused' });
    expect(made.calls).toEqual(['0 asked']);
  }, 60_000);

  test('is made, looked at, measured, and removed when its life is over', async () => {
    const made = await desk();
    expect(await story(made, 'approved')).toEqual({ status: 'retired' });
    expect(made.calls).toEqual([
      '0 asked',
      '1 makeDisk0',
      '1 makeDisk1',
      '1 makeMachine',
      '1 assess',
      '1 probe',
      '1 told',
      '336 settled: nothing is left',
    ]);
  }, 60_000);

  test('whose decision counts no more is not made', async () => {
    const made = await desk({ openTwin: async () => ({ kind: 'refused', reasons: ['riley lost the role'] }) });
    expect(await story(made, 'approved')).toEqual({ status: 'failed' });
    expect(made.calls).toEqual(['0 asked', '1 failed: riley lost the role', '1 settled: nothing is left']);
  }, 60_000);

  test('that counts as production is removed before anything is asked of it, and somebody is paged (I1)', async () => {
    const made = await desk({ placeTwin: async () => ({ kind: 'misplaced', reasons: ['it counts as production'] }) });
    expect(await story(made, 'approved')).toEqual({ status: 'failed' });
    expect(made.calls.slice(-2)).toEqual(['1 failed: it counts as production, paged', '1 settled: nothing is left']);
    expect(made.calls.some((one) => /assess|probe/.test(one))).toBe(false);
  }, 60_000);

  test('half made is removed; what resists is tried five times, and told (I10)', async () => {
    const left = { machine: false, disks: [0], foreign: [] };
    const made = await desk({ twinRemains: async () => left });
    const { performTwinStep } = made.activities;
    made.activities.performTwinStep = async (input) => {
      await performTwinStep?.(input);
      const fails = input.step === 'makeDisk1' || input.step === 'removeDisk0';
      return fails ? { kind: 'failed', message: `${input.step} went wrong` } : { kind: 'succeeded' };
    };
    expect(await story(made, 'approved')).toEqual({ status: 'failed' });
    expect(made.calls.filter((one) => one.endsWith(' removeDisk0'))).toHaveLength(5);
    expect(made.calls.some((one) => one.includes('makeMachine'))).toBe(false);
    expect(made.calls.at(-1)).toBe('2 settled: disk 0 could not be removed: removeDisk0 went wrong');
  }, 60_000);
});
