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
import type { BegunIsolation } from '../activities/isolation.js';
import type { StagingTrial } from '../activities/stageTest.js';
import type { CategoryTest } from '../domain/stageTest.js';
import type { AskedVerdict } from '../activities/testVerdicts.js';
import { textIn } from '../domain/received.js';
import type { PatchStage } from '../domain/stage.js';
import { awaitChecks } from './awaitChecks.js';
import { awaitVerdict } from './awaitVerdict.js';
import { culpritIsolation } from './culpritIsolation.js';
import { hint } from './hint.js';
import {
  deferredSignal,
  dueMovedSignal,
  isolationEndedSignal,
  newsSignal,
  runSettledSignal,
  tierOpenSignal,
  wakeSignal,
} from './messages.js';
import { downloads, records } from './proxies.js';
import { rollout, type RolloutResult } from './rollout.js';
import { placeInQueue } from './queue.js';
import { enterStage, moveDue, ofCategory, ofRollout, ofUrgency } from './searchAttributes.js';

export interface LifecycleInput {
  patchId: string;
  /** People who asked for this: they cannot approve it (I6). */
  requestedBy: string[];
}

export interface LifecycleResult {
  stage: PatchStage;
  detail: string;
}

/** How often a patch whose content its vendor changes is tested anew. */
const attemptsMax = 12;

export async function patchLifecycle(input: LifecycleInput): Promise<LifecycleResult> {
  const desk = openDesk();
  setHandler(runSettledSignal, (settled) => void desk.settledRuns.push(textIn(settled, 'runKey')));
  setHandler(isolationEndedSignal, (ended) => void desk.endedIsolations.add(textIn(ended, 'isolationId')));
  setHandler(deferredSignal, (told) => void desk.deferred.add(textIn(told, 'category')));
  setHandler(wakeSignal, () => setCurrentDetails('Another cycle asked for it too'));
  setHandler(newsSignal, () => {
    desk.news.came += 1;
  });
  setHandler(dueMovedSignal, moveDue);

  enterStage('notify');
  const { byHand } = await records.notifyPatch(input);
  if (byHand !== undefined)
    return close(input, 'byHand', `${byHand.machines} machines need it: people install it, and write down where`);
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const ended = await attemptOf(input, desk);
    if (ended !== 'revised') return ended;
    setCurrentDetails('The vendor changed its content: tested again');
  }
  return close(input, 'incomplete', `the vendor changed its content ${attemptsMax} times`);
}

interface Desk {
  settledRuns: string[];
  /** Of which a hint came that nobody has followed yet. */
  endedIsolations: Set<string>;
  /** Staging runs of this attempt. */
  trials: StagingTrial[];
  /** Categories of this attempt that were deferred. */
  deferred: Set<string>;
  /** Rollouts that are under way, and whether they began at different times. */
  open: Set<string>;
  isApart: boolean;
  /** News that came, and up to which they were looked at. */
  news: { came: number; seen: number };
  /** The newest change of its content that this story knows of; undefined before the first look. */
  revisedAt: string | null | undefined;
  /** Categories that an earlier attempt deployed to. */
  deployed: string[];
}

function openDesk(): Desk {
  return {
    settledRuns: [],
    endedIsolations: new Set(),
    trials: [],
    deferred: new Set(),
    open: new Set(),
    isApart: false,
    news: { came: 0, seen: 0 },
    revisedAt: undefined,
    deployed: [],
  };
}

/** From the content on the update server to the verified fleet; `revised`: the vendor changed the content meanwhile. */
async function attemptOf(input: LifecycleInput, desk: Desk): Promise<LifecycleResult | 'revised'> {
  desk.deferred.clear();
  desk.isApart = false;
  enterStage('download');
  const content = await downloads.fetchContent(input);
  if (content.kind === 'failed') return close(input, 'incomplete', content.reason);
  const before = patched('a patch is looked at before its test') ? await look(input, desk, 'inTest') : null;
  if (before !== null) return before;

  const tests = await stageTest(input, desk);
  if (!Array.isArray(tests)) return tests;
  const begun =
    tests.some((test) => test.verdict === 'failed') && patched('sets that failed are taken apart')
      ? await records.beginIsolations({ patchId: input.patchId, trials: desk.trials, tests })
      : [];
  const asked =
    tests.some((test) => test.verdict === 'inconclusive') && patched('a test that said nothing waits for a person')
      ? await records.askVerdicts({ patchId: input.patchId, trials: desk.trials, tests })
      : [];
  const unchecked = tests.filter((test) => test.checks !== undefined);
  const checking = unchecked.length > 0 && patched('a test waits for its checklist') ? unchecked : [];
  if (begun.length > 0 || asked.length > 0 || checking.length > 0)
    return withLateTests(input, desk, tests, { begun, asked, checking });
  const offered = passedIn(tests);
  if (offered.length === 0) return close(input, 'failedTest', tests.map(told).join(' | ') || 'no category needs it');
  const tested = patched('a patch is looked at after its test') ? await look(input, desk, 'awaiting') : null;
  if (tested !== null) return tested;
  return conclude(input, desk, tests, await offer(input, offered, desk));
}

type Rolled = { category: string; result: RolloutResult }[];

/**
 * Categories that passed go on at once; what isolation clears of the others, or a person judges, follows when it is known. Rollouts look at
 * the patch anew.
 */
async function withLateTests(
  input: LifecycleInput,
  desk: Desk,
  tests: CategoryTest[],
  { begun, asked, checking }: { begun: BegunIsolation[]; asked: AskedVerdict[]; checking: CategoryTest[] },
): Promise<LifecycleResult | 'revised'> {
  desk.isApart = true;
  const offered = passedIn(tests);
  const news = () => desk.news.came;
  const judged = asked.map((one) => awaitVerdict(input.patchId, one, testOf(tests, one.category), news));
  const isolating = Promise.all(begun.map((one) => isolated(input, desk, one)));
  const checked = checking.map(({ category }) => checkedTest(input, desk, () => readAgain(input, desk, category)));
  // One verdict waits for no other.
  const late = [...(begun.length === 0 ? [] : [isolating]), ...[...judged, ...checked].map(async (one) => [await one])];
  const later = late.map(async (known) => {
    const found = await known;
    const cleared = passedIn(found);
    return { found, rolled: cleared.length === 0 ? [] : await offer(input, cleared, desk, true) };
  });
  const [atOnce, ...others] = await Promise.all([offered.length === 0 ? [] : offer(input, offered, desk), ...later]);
  const found = others.flatMap((one) => one.found);
  const rolled = [atOnce, ...others.map((one) => one.rolled)];
  const all = tests.map((test) => found.find((one) => one.category === test.category) ?? test);
  if (passedIn(all).length === 0) return close(input, 'failedTest', all.map(told).join(' | '));
  return conclude(input, desk, all, rolled.flat());
}

/** What nobody looked at in time waits for those who decide, as any test that said nothing. */
async function checkedTest(
  { patchId }: LifecycleInput,
  desk: Desk,
  read: () => Promise<CategoryTest>,
): Promise<CategoryTest> {
  let runKey: string | null = null;
  const news = () => desk.news.came;
  const test = await awaitChecks(async () => {
    const found = await read();
    runKey = found.checks?.runKey ?? runKey;
    return found;
  }, news);
  if (test.verdict !== 'inconclusive') return test;
  const trials = [{ category: test.category, runKey, deadline: null }];
  const [asked] = await records.askVerdicts({ patchId, trials, tests: [test] });
  return asked === undefined ? test : awaitVerdict(patchId, asked, test, news);
}

async function readAgain({ patchId }: LifecycleInput, desk: Desk, category: string): Promise<CategoryTest> {
  const trials = desk.trials.filter((trial) => trial.category === category);
  return testOf(await records.readTests({ patchId, trials }), category);
}

function testOf(tests: CategoryTest[], category: string): CategoryTest {
  return tests.find((test) => test.category === category) ?? { category, verdict: 'inconclusive', reasons: [] };
}

/** How often the row is read without a hint; whoever reads it starts what should run and does not. */
const isolationLookMs = 6 * 3600_000;

/** One isolation serves all patches of the set: the first of them starts it. Past its deadline it is over (I10). */
async function isolated(
  input: LifecycleInput,
  desk: Desk,
  { category, isolationId, deadline }: BegunIsolation,
): Promise<CategoryTest> {
  const { patchId } = input;
  for (;;) {
    const test = await records.readIsolation({ patchId, isolationId });
    if (test !== null) {
      if (test.checks === undefined || !patched('a test waits for its checklist')) return test;
      return checkedTest(input, desk, async () => (await records.readIsolation({ patchId, isolationId })) ?? test);
    }
    const left = Date.parse(deadline) - Date.now();
    if (left <= 0) {
      await records.giveUpIsolation(isolationId);
      continue;
    }
    await startIsolation(isolationId, category);
    await condition(() => desk.endedIsolations.has(isolationId), Math.min(left, isolationLookMs));
    desk.endedIsolations.delete(isolationId);
  }
}

async function startIsolation(isolationId: string, category: string): Promise<void> {
  setCurrentDetails(`Its set failed in ${category}: isolating the culprit`);
  try {
    await startChild(culpritIsolation, {
      workflowId: isolationId,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Isolating the culprit in ${category}`,
      typedSearchAttributes: ofCategory(category),
      args: [{ isolationId }],
    });
  } catch (failure) {
    if (!(failure instanceof Error) || failure.name !== 'WorkflowExecutionAlreadyStartedError') throw failure;
  }
}

/** `isLate`: others are under way. */
async function offer(input: LifecycleInput, categories: string[], desk: Desk, isLate = false): Promise<Rolled> {
  enterStage('recordImpact');
  await records.recordImpact({ patchId: input.patchId, categories });
  return rollOut(input, categories, desk, isLate);
}

async function conclude(
  input: LifecycleInput,
  desk: Desk,
  tests: CategoryTest[],
  results: Rolled,
): Promise<LifecycleResult | 'revised'> {
  if (results.some(({ result }) => result.kind === 'revised')) {
    // What it was changed to is learnt anew by the next attempt.
    desk.revisedAt = undefined;
    return 'revised';
  }
  return verify(input, tests, results);
}

function passedIn(tests: CategoryTest[]): string[] {
  return tests.filter((test) => test.verdict === 'passed').map((test) => test.category);
}

/** Null: it goes on. */
async function look(
  input: LifecycleInput,
  desk: Desk,
  phase: 'inTest' | 'awaiting',
): Promise<LifecycleResult | 'revised' | null> {
  desk.news.seen = desk.news.came;
  const { patchId } = input;
  const { review, revisedAt } = await records.reviewLifecycle({
    patchId,
    phase,
    ...(desk.revisedAt === undefined ? {} : { revisedAt: desk.revisedAt }),
  });
  desk.revisedAt = revisedAt;
  if (review.kind === 'superseded') return close(input, 'superseded', review.detail);
  return review.kind === 'revised' ? 'revised' : null;
}

async function stageTest(input: LifecycleInput, desk: Desk): Promise<CategoryTest[] | LifecycleResult | 'revised'> {
  enterStage('stageTest');
  setCurrentDetails('Testing in staging');
  const trials = await records.enrolStaging({ patchId: input.patchId, notifyWorkflowId: workflowInfo().workflowId });
  desk.trials = trials;
  return (await awaitTrials(input, trials, desk)) ?? records.readTests({ patchId: input.patchId, trials });
}

/** Each trial ends by its run's hint or by its deadline; the rows then say what became of it. News may end the whole test. */
async function awaitTrials(
  input: LifecycleInput,
  trials: StagingTrial[],
  desk: Desk,
): Promise<LifecycleResult | 'revised' | null> {
  for (const { runKey, deadline } of trials) {
    if (runKey === null || deadline === null) continue;
    const isSettled = () => desk.settledRuns.includes(runKey);
    for (;;) {
      const milliseconds = Math.max(1000, Date.parse(deadline) - Date.now());
      if (!(await condition(() => isSettled() || desk.news.came > desk.news.seen, milliseconds))) {
        await records.rescueRun(runKey);
        break;
      }
      if (desk.news.came > desk.news.seen) {
        const ended = await look(input, desk, 'inTest');
        if (ended !== null) return ended;
      }
      if (isSettled()) break;
    }
  }
  return null;
}

/** All categories are asked at once; each tier deploys when the earlier ones have ended, in whatever way, or were deferred where policy lets them. */
async function rollOut(input: LifecycleInput, categories: string[], desk: Desk, isLate: boolean): Promise<Rolled> {
  enterStage('rollOut');
  setCurrentDetails(`Rolling out to ${categories.join(', ')}`);
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
          args: [{ patchId: input.patchId, category, requestedBy: input.requestedBy, tierOpen: tier === 0 && !isLate }],
        });
        desk.open.add(workflowId);
        return { category, tier, workflowId, result: handle.result() };
      }),
    ),
  );
  const ended = new Map<string, RolloutResult>();
  const watched = started.map(async ({ category, workflowId, result }) => {
    ended.set(category, await resultOf(result));
    desk.open.delete(workflowId);
    // Of those that began at another time nobody waits for a tier here: each looks for itself whether its own has come.
    if (desk.isApart) for (const other of desk.open) await hint(other, tierOpenSignal);
  });
  for (const [tier] of tiers.entries()) {
    const mine = started.filter((child) => child.tier === tier);
    if (tier > 0 || isLate) for (const { workflowId } of mine) await hint(workflowId, tierOpenSignal);
    await condition(() => mine.every(({ category }) => ended.has(category) || desk.deferred.has(category)));
  }
  await Promise.all(watched);
  const results = started.map(({ category }) => {
    const result = ended.get(category) ?? unknownEnd;
    const isDone = result.kind === 'notOffered' && desk.deployed.includes(category);
    return { category, result: isDone ? { ...result, kind: 'deployed' as const } : result };
  });
  for (const { category, result } of results) if (result.kind === 'deployed') desk.deployed.push(category);
  return results;
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

async function verify(input: LifecycleInput, tests: CategoryTest[], results: Rolled): Promise<LifecycleResult> {
  enterStage('verify');
  setCurrentDetails('Verifying the fleet');
  const evidence = await records.verifyFleet({ patchId: input.patchId });
  const story = [
    ...tests.filter((test) => test.verdict !== 'passed').map(told),
    ...results.map(({ category, result }) => `${category}: ${result.kind}: ${result.detail}`),
    `${evidence.present} of ${evidence.authorised} authorised machines show it`,
    ...(evidence.waived === undefined ? [] : [`${evidence.waived} waived since`]),
  ].join(' | ');
  if (results.every(({ result }) => result.kind === 'rejected')) return close(input, 'rejected', story);
  if (results.some(({ result }) => result.kind === 'superseded')) return close(input, 'superseded', story);
  const kinds = new Set(results.map(({ result }) => result.kind));
  if (kinds.has('withdrawn') && [...kinds].every((kind) => kind === 'withdrawn' || kind === 'rejected'))
    return close(input, 'withdrawn', story);
  const complete =
    evidence.absent.length === 0 &&
    evidence.authorised > 0 &&
    results.every(({ result }) => ['deployed', 'rejected', 'waived'].includes(result.kind));
  return close(input, complete ? 'verified' : 'incomplete', story);
}

function told(test: CategoryTest): string {
  return `${test.category}: test ${test.verdict}: ${test.reasons.join('; ')}`;
}

async function close(input: LifecycleInput, ending: PatchStage, detail: string): Promise<LifecycleResult> {
  // What is left may be waived: then it has not failed. Nothing is answered where the ending stays.
  const closed = await records.closePatch({ patchId: input.patchId, stage: ending, detail });
  const stage = closed?.stage ?? ending;
  enterStage(stage);
  setCurrentDetails(`${stage}: ${detail}`);
  return { stage, detail };
}
