// Rollouts and lifecycles on a server that skips time. The activities are stand-ins that record what they were asked: what they do for real is
// tested elsewhere.

import { describe } from '@jest/globals';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { Activities } from '../../activities/index.js';
import type { PatchUrgency } from '../../activities/urgency.js';
import type { RingOutcome } from '../../domain/ringOutcome.js';
import type { SignedDecision } from '../../domain/decision.js';
import type { SignedWithdrawal } from '../../domain/withdrawal.js';
import { readHaltChoice, type SignedHaltChoice } from '../../domain/haltChoice.js';
import { findTimeSkippingServer } from '../../scripts/timeSkippingServer.js';
import { withHeartbeats } from '../../workers/heartbeats.js';
import { preparedWorkflows } from './workflowBundle.js';
import { decideSignal } from '../../workflows/messages.js';
import type { LifecycleResult } from '../../workflows/patchLifecycle.js';
import type { RolloutResult } from '../../workflows/rollout.js';

const path = findTimeSkippingServer();
if (path === null) {
  if (process.env['PATCHLINE_REQUIRE_ALL'] === '1')
    throw new Error('the time-skipping server is missing: CI fetches it before the tests');
  console.warn('skipped: no time-skipping server (it needs Maven and Java)');
}
/** Skipped aloud where the server is missing. */
export const suite = path === null ? describe.skip : describe;
export const day = 24 * 3600 * 1000;
export let environment: TestWorkflowEnvironment;
export let workflowBundle: { code: string };

/** Before all tests of a file. */
export async function startTimeSkipping(): Promise<void> {
  if (path === null) return;
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const start = () =>
    TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
  // The SDK gives the server five seconds; a busy machine needs more tries.
  environment = await start().catch(start).catch(start);
  workflowBundle = await preparedWorkflows();
  const [keyword, datetime] = [2, 6];
  const keywords = Object.fromEntries(
    ['Stage', 'PatchId', 'Category', 'Machine', 'Tier'].map((name) => [name, keyword]),
  );
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enumeration is not exported to us; 2 is its KEYWORD, 6 its DATETIME
    searchAttributes: { ...keywords, DueAt: datetime },
  });
}

export async function stopTimeSkipping(): Promise<void> {
  await environment?.teardown();
}

export type Stub = Partial<{ [K in keyof Activities]: (...args: Parameters<Activities[K]>) => unknown }>;

/** A worker with these stand-ins on a queue of its own, as long as `work` takes; a silent one seems dead to the server. */
export async function withWorker<T>(
  taskQueue: string,
  activities: Stub,
  work: () => Promise<T>,
  isSilent = false,
): Promise<T> {
  const { nativeConnection: connection } = environment;
  const interceptors = { activity: isSilent ? [] : [withHeartbeats] };
  const worker = await Worker.create({ connection, taskQueue, workflowBundle, activities, interceptors });
  return worker.runUntil(work);
}

export interface Desk {
  calls: string[];
  activities: Stub;
}

/** Asks for 14 days, reminds daily, unless the path of an urgent patch says otherwise; every signed decision stands. */
export function desk(
  rings: RingOutcome[],
  deferralBlocks = true,
  path = { days: 14, remindEverySeconds: 86_400 },
): Desk {
  const calls: string[] = [];
  const now = () => environment.currentTimeMs();
  const activities: Stub = {
    requestDecision: async () => {
      calls.push('asked');
      const expiresAt = new Date((await now()) + path.days * day).toISOString();
      return {
        asked: {
          requestId: `r${calls.filter((call) => call === 'asked').length}`,
          digest: 'd',
          expiresAt,
          remindEverySeconds: path.remindEverySeconds,
          deferralBlocks,
          machines: 3,
        },
        reason: '',
      };
    },
    recordDecision: async (input) => {
      const decision = input.received as SignedDecision;
      return {
        decisionId: decision.decisionId,
        accepted: true,
        reasons: [],
        verdict: decision.verdict,
        deferUntil: decision.deferUntil,
      };
    },
    recordWithdrawal: async ({ received }) => {
      const { withdrawalId } = received as SignedWithdrawal;
      const machines = { all: 3, had: 1, underWay: 0, spared: 2 };
      calls.push('withdrawn');
      const requestId = `r${calls.filter((call) => call === 'asked').length}`;
      const detail = 'withdrawn by riley: the vendor mails of crashes';
      return { withdrawalId, requestId, accepted: true, reasons: [], kind: 'approval', machines, detail, nextAt: null };
    },
    remindApprovers: async () => void calls.push('reminded'),
    expireRequest: async () => {
      calls.push('expired');
      return 'expired';
    },
    approvedRings: async () => ['canary', 'broad'],
    enrolRing: async (input) => {
      calls.push(`enrolled ${input.ring}`, `${input.category} deploys`);
      return { runKey: `run-${calls.length}`, deadline: new Date((await now()) + 3600_000).toISOString() };
    },
    readRing: async () => rings.shift() ?? { kind: 'healthy', installed: 1 },
    rescueRun: async () => ({ alive: false, settled: true }),
    tellHalt: async () => void calls.push('halt told'),
    // Signed, as far as these tests go.
    recordHaltChoice: async ({ received }) => ({ choice: readHaltChoice(received)?.choice ?? null, reasons: [] }),
    tierOpens: async () => ({ open: true, reasons: [] }),
  };
  return { calls, activities };
}

let count = 0;

export async function story(
  made: Desk,
  tierOpen: boolean,
  act: (handle: Awaited<ReturnType<typeof start>>) => Promise<void>,
): Promise<RolloutResult> {
  count += 1;
  const taskQueue = `rollout-${count}`;
  return withWorker(taskQueue, made.activities, async () => {
    const handle = await start(taskQueue, tierOpen);
    await act(handle);
    return handle.result();
  });
}

export function start(taskQueue: string, tierOpen: boolean) {
  const args: [unknown] = [{ patchId: 'KB1', category: 'web', requestedBy: ['kim'], tierOpen }];
  return environment.client.workflow.start<(input: unknown) => Promise<RolloutResult>>('rollout', {
    taskQueue,
    workflowId: `rollout/KB1/web/${taskQueue}`,
    args,
  });
}

export function decision(verdict: 'approve' | 'defer' | 'reject', deferUntil: string | null = null): SignedDecision {
  return {
    decisionId: verdict,
    patchId: 'KB1',
    category: 'web',
    verdict,
    justification: 'tested in staging',
    deferUntil,
    digest: 'd',
    by: 'riley',
    at: new Date().toISOString(),
    signature: 's',
  };
}

/** As the API would send it; what stands in the stand-in's answer counts. */
export function withdrawal(): SignedWithdrawal {
  return {
    withdrawalId: 'w1',
    patchId: 'KB1',
    category: 'web',
    decisionId: 'approve',
    decisionDigest: 'd',
    by: 'riley',
    reason: 'the vendor mails of crashes',
    at: new Date().toISOString(),
    signedInBy: 'token',
    signature: 's',
  };
}

/** A lifecycle of two tiers, web before app; everything before the rollout is done at once. */
export function lifecycleDesk(deferralBlocks: boolean): Desk {
  const made = desk([], deferralBlocks);
  const passed = ['web', 'app'].map((category) => ({ category, verdict: 'passed', reasons: [] }));
  Object.assign(made.activities, {
    notifyPatch: async () => ({ owners: 1, approvers: 1 }),
    fetchContent: async () => ({ kind: 'ready' }),
    enrolStaging: async () => [],
    readTests: async () => passed,
    recordImpact: async () => {},
    tiersOf: async () => [['web'], ['app']],
    urgencyOf: async (): Promise<PatchUrgency | null> => ({
      patchId: 'KB',
      tier: 'P0',
      dueAt: '2026-12-01T00:00:00.000Z',
      categories: [{ category: 'web', tier: 'P0', dueAt: '2026-12-01T00:00:00.000Z' }],
    }),
    verifyFleet: async () => ({ authorised: 2, present: 2, absent: [] }),
    closePatch: async () => {},
    reviewLifecycle: async () => ({ review: { kind: 'goesOn' }, revisedAt: null }),
  } satisfies Stub);
  return made;
}

/** The lifecycle of a patch from its start to its end; `act` does something meanwhile. Its rollouts are `rollout/<patch>/<category>`. */
export async function lifecycleStory(
  made: Desk,
  patchId: string,
  act: (handle: WorkflowHandleWithFirstExecutionRunId<LifecycleWorkflow>) => Promise<void>,
): Promise<LifecycleResult> {
  const taskQueue = `lifecycle-${patchId}`;
  return withWorker(taskQueue, made.activities, async () => {
    const handle = await environment.client.workflow.start<LifecycleWorkflow>('patchLifecycle', {
      taskQueue,
      workflowId: `patch/${patchId}`,
      args: [{ patchId, requestedBy: ['kim'] }],
    });
    await act(handle);
    return handle.result();
  });
}

type LifecycleWorkflow = (input: unknown) => Promise<LifecycleResult>;

/** As the API would send it to a rollout of a lifecycle. */
export async function approveFor(patchId: string, category: string): Promise<void> {
  const rollout = environment.client.workflow.getHandle(`rollout/${patchId}/${category}`);
  await rollout.signal(decideSignal, { ...decision('approve'), patchId, category });
}

/** Until so many rollouts have asked, watched at the stand-ins. */
export async function untilAsked(made: Desk, times: number): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (made.calls.filter((call) => call === 'asked').length >= times) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`only this was asked: ${made.calls.join(', ')}`);
}

/** As the API would send it. */
export function haltChoice(choice: 'askAgain' | 'end'): SignedHaltChoice {
  return {
    choiceId: 'c1',
    patchId: 'KB1',
    category: 'web',
    requestId: 'r1',
    choice,
    by: 'riley',
    reason: 'mended',
    at: '2026-11-24T12:00:00.000Z',
    signature: 's',
  };
}
