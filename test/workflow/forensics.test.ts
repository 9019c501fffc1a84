// A machine's session in an emergency run whose patch waits for forensic evidence, on a server that skips time: the evidence is taken and the disk as it
// was then is kept before anything is installed, or nothing is touched (I2, I5, I10). Rows are stand-ins; what they allow is decided by the real function.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { StepResult } from '../../activities/steps.js';
import { emergencyOccurrence } from '../../domain/override.js';
import { evidenceVerdict, type ForensicStep } from '../../domain/forensics.js';
import type { SessionResult } from '../../workflows/vmSession.js';
import { now } from '../support/facts.js';
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

const runKey = `maintenance/production/web/canary/${emergencyOccurrence(now)}`;
const machine = { sessionId: `${runKey}#vm-1`, runKey, vmId: 'vm-1', vmName: 'web-prd-01' };
const needing: ForensicStep = {
  patchId: 'KB1',
  vmId: 'vm-1',
  because: 'known exploited: CVE-2026-1',
  openedAt: now,
  state: 'open',
  scripts: ['processes'],
  result: '',
  evidence: null,
  sessionId: null,
  keptRestorePoint: null,
  doneAt: null,
  doneBy: null,
};

interface Story {
  result: SessionResult;
  /** What was done to the machine and to its rows, in order. */
  calls: string[];
  row: ForensicStep;
}

/** `guest`: how it answers each time that evidence is asked of it; then it tells. */
interface Plan {
  guest?: ('silent' | 'refuses')[];
  health?: 'well' | 'sick';
  state?: ForensicStep['state'];
}

async function session(name: string, { guest = [], health = 'well', state = 'open' }: Plan = {}): Promise<Story> {
  const calls: string[] = [];
  let row: ForensicStep = { ...needing, state };
  const allowed = () => evidenceVerdict(machine.vmId, ['KB1'], [row]);
  const activities: Stub = {
    admitSession: async () => ({ kind: 'admitted', patches: ['KB1'], evidenceFirst: allowed().kind === 'closed' }),
    takeEvidence: async ({ sessionId }) => {
      const answer = guest.shift();
      calls.push(`evidence ${answer ?? 'taken'}`);
      if (answer === 'silent') throw new Error('the guest does not answer');
      if (answer === 'refuses') return { kind: 'failed', reason: 'evidence is missing: the agent is not ready' };
      row = { ...row, state: 'done', evidence: 'a'.repeat(64), sessionId };
      return { kind: 'taken' };
    },
    performStep: async ({ step }): Promise<StepResult> => {
      const verdict = allowed();
      if (step === 'install' && verdict.kind === 'closed')
        return { kind: 'failed', message: verdict.reasons.join('; '), untouched: true };
      calls.push(step);
      return { kind: 'succeeded' };
    },
    keepRestorePoint: async ({ sessionId }) => {
      if (row.state === 'done' && row.sessionId === sessionId) row = { ...row, keptRestorePoint: 'patchline-1' };
      calls.push(`kept ${row.keptRestorePoint ?? 'nothing'}`);
    },
    concludeSession: async () =>
      health === 'well'
        ? { kind: 'settled', outcome: 'installed', detail: 'KB1 installed, healthy' }
        : { kind: 'sick', reasons: ['W3SVC does not run'], unwind: 'restorePoint' },
    concludeUnwinding: async () => ({ kind: 'settled', outcome: 'rolledBack', detail: 'W3SVC does not run' }),
    endSession: async ({ outcome, why }) => ({ kind: 'settled', outcome, detail: why }),
  };
  const result = await withWorker(name, activities, () =>
    environment.client.workflow.execute<(input: unknown) => Promise<SessionResult>>('vmSession', {
      taskQueue: name,
      workflowId: `vm-session/${name}`,
      args: [machine],
    }),
  );
  return { result, calls, row };
}

suite('evidence before the patch of an emergency', () => {
  test('is taken first, and the disk as it was then is kept before anything is installed', async () => {
    const { result, calls, row } = await session('told');
    expect(calls.slice(0, 4)).toEqual(['evidence taken', 'restorePoint', 'kept patchline-1', 'install']);
    expect(calls.slice(4).toSorted()).toEqual(['assess', 'probe']);
    expect(row).toMatchObject({ state: 'done', sessionId: machine.sessionId, keptRestorePoint: 'patchline-1' });
    expect(result).toMatchObject({ kind: 'settled', outcome: 'installed' });
  }, 60_000);

  test('is asked for again while the guest is silent, and the patch waits for it', async () => {
    const { result, calls } = await session('late', { guest: ['silent', 'silent', 'silent', 'silent'] });
    expect(calls.slice(0, 8)).toEqual([
      ...Array.from({ length: 4 }, () => 'evidence silent'),
      'evidence taken',
      'restorePoint',
      'kept patchline-1',
      'install',
    ]);
    expect(result).toMatchObject({ outcome: 'installed' });
  }, 60_000);

  test.each<[string, ('silent' | 'refuses')[], string]>([
    ['never answers', Array.from({ length: 20 }, () => 'silent' as const), 'the guest does not answer'],
    ['cannot give it', ['refuses'], 'the agent is not ready'],
  ])(
    'a guest that %s leaves its machine as it was, and its session ends',
    async (name, guest, words) => {
      const { result, calls, row } = await session(name.replaceAll(' ', '-'), { guest });
      expect(calls.every((call) => call.startsWith('evidence '))).toBe(true);
      expect(calls.length).toBeLessThanOrEqual(5);
      expect(row).toMatchObject({ state: 'open', evidence: null, keptRestorePoint: null });
      expect(result).toMatchObject({ kind: 'settled', outcome: 'refused', detail: expect.stringContaining(words) });
    },
    60_000,
  );

  test('is kept with its disk when the patch makes the machine sick: the way back leaves both', async () => {
    const { result, calls, row } = await session('sick', { health: 'sick' });
    expect(calls.indexOf('kept patchline-1')).toBeLessThan(calls.indexOf('install'));
    expect(calls.slice(-5)).toEqual(['deallocate', 'restoreDisk', 'swapDisk', 'start', 'probeAfterUnwind']);
    expect(row).toMatchObject({ state: 'done', evidence: 'a'.repeat(64), keptRestorePoint: 'patchline-1' });
    expect(result).toMatchObject({ outcome: 'rolledBack' });
  }, 60_000);

  test('that somebody signed to do without holds nothing up', async () => {
    const { calls } = await session('waived', { state: 'waived' });
    expect(calls.slice(0, 3)).toEqual(['restorePoint', 'kept nothing', 'install']);
  }, 60_000);
});
