// The story of one patch, from the vendor's notice to a verified fleet.

import {
  ChildWorkflowFailure,
  ParentClosePolicy,
  condition,
  patched,
  setCurrentDetails,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { CategoryTest, StagingTrial } from '../activities/stageTest.js';
import type { PatchStage } from '../domain/stage.js';
import { hint } from './hint.js';
import { deferredSignal, dueMovedSignal, runSettledSignal, tierOpenSignal, wakeSignal } from './messages.js';
import { downloads, records } from './proxies.js';
import { rollout, type RolloutResult } from './rollout.js';
import { placeInQueue } from './queue.js';
import { enterStage, moveDue, ofRollout, ofUrgency } from './searchAttributes.js';

export interface LifecycleInput {
  patchId: string;
  /** People who asked for this: they cannot approve it (I6). */
  requestedBy: string[];
}

export interface LifecycleResult {
  stage: PatchStage;
  detail: string;
}

export async function patchLifecycle(input: LifecycleInput): Promise<LifecycleResult> {
  const settledRuns: string[] = [];
  setHandler(runSettledSignal, ({ runKey }) => void settledRuns.push(runKey));
  setHandler(wakeSignal, () => setCurrentDetails('Another cycle asked for it too'));
  setHandler(dueMovedSignal, moveDue);

  enterStage('notify');
  await records.notifyPatch(input);
  enterStage('download');
  const content = await downloads.fetchContent(input);
  if (content.kind === 'failed') return close(input, 'incomplete', content.reason);

  const tests = await stageTest(input, settledRuns);
  const offered = tests.filter((test) => test.verdict === 'passed').map((test) => test.category);
  if (offered.length === 0) return close(input, 'failedTest', tests.map(told).join(' | ') || 'no category needs it');

  enterStage('recordImpact');
  await records.recordImpact({ patchId: input.patchId, categories: offered });
  const results = await rollOut(input, offered);
  return verify(input, tests, results);
}

async function stageTest(input: LifecycleInput, settledRuns: string[]): Promise<CategoryTest[]> {
  enterStage('stageTest');
  setCurrentDetails('Testing in staging');
  const trials = await records.enrolStaging({ patchId: input.patchId, notifyWorkflowId: workflowInfo().workflowId });
  await awaitTrials(trials, settledRuns);
  return records.readTests({ patchId: input.patchId, trials });
}

/** Each trial ends by its run's hint or by its deadline; the rows then say what became of it. */
async function awaitTrials(trials: StagingTrial[], settledRuns: string[]): Promise<void> {
  for (const { runKey, deadline } of trials) {
    if (runKey === null || deadline === null) continue;
    const milliseconds = Math.max(1000, Date.parse(deadline) - Date.now());
    if (!(await condition(() => settledRuns.includes(runKey), milliseconds))) await records.rescueRun(runKey);
  }
}

/** All categories are asked at once; each tier deploys when the earlier ones have ended, in whatever way, or were deferred where policy lets them. */
async function rollOut(
  input: LifecycleInput,
  categories: string[],
): Promise<{ category: string; result: RolloutResult }[]> {
  enterStage('rollOut');
  setCurrentDetails(`Rolling out to ${categories.join(', ')}`);
  const deferred = new Set<string>();
  setHandler(deferredSignal, ({ category }) => void deferred.add(category));
  const tiers = await records.tiersOf({ categories });
  const due = patched('rollouts carry their urgency') ? await records.urgencyOf({ patchId: input.patchId }) : null;
  const started = await Promise.all(
    tiers.flatMap((names, tier) =>
      names.map(async (category) => {
        const workflowId = `rollout/${input.patchId}/${category}`;
        const urgency = due?.categories.find((one) => one.category === category);
        const handle = await startChild(rollout, {
          workflowId,
          parentClosePolicy: ParentClosePolicy.ABANDON,
          staticSummary: `${input.patchId} for ${category}`,
          typedSearchAttributes: [...ofRollout(input.patchId, category), ...ofUrgency(urgency)],
          ...placeInQueue(urgency),
          args: [{ patchId: input.patchId, category, requestedBy: input.requestedBy, tierOpen: tier === 0 }],
        });
        return { category, tier, workflowId, result: handle.result() };
      }),
    ),
  );
  const ended = new Map<string, RolloutResult>();
  const watched = started.map(async ({ category, result }) => void ended.set(category, await resultOf(result)));
  for (const [tier] of tiers.entries()) {
    const mine = started.filter((child) => child.tier === tier);
    if (tier > 0) for (const { workflowId } of mine) await hint(workflowId, tierOpenSignal);
    await condition(() => mine.every(({ category }) => ended.has(category) || deferred.has(category)));
  }
  await Promise.all(watched);
  return started.map(({ category }) => ({ category, result: ended.get(category) ?? unknownEnd }));
}

const unknownEnd: RolloutResult = { kind: 'halted', detail: 'the rollout never told its end' };

/** A rollout that somebody terminated ends its category, not the whole patch. */
async function resultOf(result: Promise<RolloutResult>): Promise<RolloutResult> {
  try {
    return await result;
  } catch (failure) {
    if (!(failure instanceof ChildWorkflowFailure)) throw failure;
    return { kind: 'halted', detail: `the rollout ended without a result: ${failure.message}` };
  }
}

async function verify(
  input: LifecycleInput,
  tests: CategoryTest[],
  results: { category: string; result: RolloutResult }[],
): Promise<LifecycleResult> {
  enterStage('verify');
  setCurrentDetails('Verifying the fleet');
  const evidence = await records.verifyFleet({ patchId: input.patchId });
  const story = [
    ...tests.filter((test) => test.verdict !== 'passed').map(told),
    ...results.map(({ category, result }) => `${category}: ${result.kind}: ${result.detail}`),
    `${evidence.present} of ${evidence.authorised} authorised machines show it`,
  ].join(' | ');
  if (results.every(({ result }) => result.kind === 'rejected')) return close(input, 'rejected', story);
  const complete =
    evidence.absent.length === 0 &&
    evidence.authorised > 0 &&
    results.every(({ result }) => result.kind === 'deployed' || result.kind === 'rejected');
  return close(input, complete ? 'verified' : 'incomplete', story);
}

function told(test: CategoryTest): string {
  return `${test.category}: test ${test.verdict}: ${test.reasons.join('; ')}`;
}

async function close(input: LifecycleInput, stage: PatchStage, detail: string): Promise<LifecycleResult> {
  await records.closePatch({ patchId: input.patchId, stage, detail });
  enterStage(stage);
  setCurrentDetails(`${stage}: ${detail}`);
  return { stage, detail };
}
