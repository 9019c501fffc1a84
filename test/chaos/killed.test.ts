// The whole system is killed again and again while waves run, and goes on. In the end Azure's journal, the inventory and the workflows
// tell one story: nothing installed twice, nothing untested or unapproved, every machine accounted for (I1, I2, I3, I7).

import { afterAll, expect, test } from '@jest/globals';
import { statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import {
  endedStages,
  type CycleView,
  type DecisionReply,
  type InstallationView,
  type PatchDetail,
  type PatchSummary,
  type RunView,
} from '../../api/contract/index.js';
import { differences } from '../../cli/evidence.js';
import { journalTail, systemIn, type RunningSystem } from '../support/system.js';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary.js';

const kills = Number(process.env['PATCHLINE_CHAOS_KILLS'] ?? '20');
const seed = Number(process.env['PATCHLINE_CHAOS_SEED'] ?? String(Date.now() % 100_000));
let system: RunningSystem | null = null;

afterAll(async () => {
  await system?.stop();
  await removeTemporaryFolders();
}, 60_000);

function randomOf(start: number): () => number {
  let state = start;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

test(
  `${kills} kills (PATCHLINE_CHAOS_SEED=${seed}): nothing is installed twice, and everything is accounted for`,
  async () => {
    const random = randomOf(seed);
    system = await systemIn(await temporaryFolder(), { PATCHLINE_VMS: '24' });
    await system.start();
    const needed = await startCycle(system);
    let done = 0;
    for (; done < kills && (await untilInWave(system, needed)); done += 1) {
      if (done % 2 === 1) await untilAnAnswerIsHeld(system, random);
      else await pause(random() * 5000);
      await system.kill();
      await system.start();
    }
    await untilFinished(system, needed);
    // A line that ended early would make the test weaker without a word.
    expect(done).toBe(kills);
    expect(await storyOf(system, needed)).toEqual([]);
    console.info(`killed ${done} times in waves`);
  },
  20 * 60_000,
);

async function startCycle(running: RunningSystem): Promise<string[]> {
  const kim = running.client('kim');
  let cycle = await kim.post<CycleView>('/v1/cycles', { month: '2025-Oct' });
  while (cycle.status === 'RUNNING') {
    await pause(500);
    cycle = await kim.get<CycleView>(`/v1/cycles/${cycle.cycleId}`);
  }
  const { needed } = cycle.result as { needed: { patchId: string }[] };
  return needed.map((one) => one.patchId);
}

/** What the last try to settle something was answered, by what it was about: said when the line does not end. */
const refusals = new Map<string, string>();

async function settled(about: string, answer: Promise<unknown>): Promise<void> {
  refusals.delete(about);
  await answer.catch((failure: unknown) => refusals.set(about, failure instanceof Error ? failure.message : 'unknown'));
}

async function approveWaiting(running: RunningSystem, needed: string[]): Promise<void> {
  const riley = running.client('riley');
  for (const patchId of needed) {
    const patch = await riley.get<PatchDetail>(`/v1/patches/${patchId}`);
    for (const request of patch.requests.filter((one) => one.status === 'waiting')) {
      const body = {
        category: request.category,
        verdict: 'approve',
        justification: 'tested in staging',
        digest: request.digest,
      };
      // A rollout that has not opened its desk again after a kill is asked in the next round.
      const about = `decision of ${patchId} for ${request.category}`;
      await settled(about, riley.post<DecisionReply>(`/v1/patches/${patchId}/decisions`, body));
    }
    for (const workflow of patch.workflows.filter((one) => one.stage === 'halted')) {
      const category = workflow.workflowId.slice(workflow.workflowId.lastIndexOf('/') + 1);
      const body = { category, choice: 'end', reason: 'the drill goes on' };
      await settled(`end of ${patchId} for ${category}`, riley.post(`/v1/patches/${patchId}/halt-choice`, body));
    }
  }
}

/** False when the line has ended before. */
async function untilInWave(running: RunningSystem, needed: string[]): Promise<boolean> {
  for (;;) {
    const runs = await running.client('sam').get<RunView[]>('/v1/maintenance');
    const underWay = runs.filter((run) => run.status === 'planned' && Date.parse(run.opensAt) <= Date.now());
    if (underWay.some((run) => (run.counts['installing'] ?? 0) + (run.counts['planned'] ?? 0) > 0)) return true;
    if (await isFinished(running, needed)) return false;
    await approveWaiting(running, needed);
    await pause(200);
  }
}

/** Azure takes on an installation and says nothing: we die before the answer. Gives up where no installation is due just now. */
async function untilAnAnswerIsHeld(running: RunningSystem, random: () => number): Promise<void> {
  const from = statSync(running.journalFile).size;
  const cloud = await running.cloud();
  await cloud.order('fault', { kind: 'answerHeld', action: 'installPatches', vm: '*', times: 1 });
  for (const until = Date.now() + 8000; Date.now() < until; await pause(20)) {
    if (journalTail(running.journalFile, from).includes('"fault":"answerHeld"')) break;
  }
  await pause(random() * 50);
}

async function isFinished(running: RunningSystem, needed: string[]): Promise<boolean> {
  const patches = (await running.client('sam').pages<PatchSummary[]>('/v1/patches')).flat();
  return needed.every((patchId) =>
    endedStages.includes(patches.find((patch) => patch.patchId === patchId)?.stage ?? ''),
  );
}

async function untilFinished(running: RunningSystem, needed: string[]): Promise<void> {
  for (const until = Date.now() + 12 * 60_000; !(await isFinished(running, needed)); await pause(1000)) {
    if (Date.now() > until) throw new Error(`the line never ended after the kills: ${await standOf(running, needed)}`);
    await approveWaiting(running, needed);
  }
}

/** Everything that is still open, so that a line that hangs can be understood from the test's words alone. */
async function standOf(running: RunningSystem, needed: string[]): Promise<string> {
  const sam = running.client('sam');
  const patches = await Promise.all(needed.map((patchId) => sam.get<PatchDetail>(`/v1/patches/${patchId}`)));
  const open = patches
    .filter((patch) => !endedStages.includes(patch.stage))
    .map(({ patchId, stage, requests, workflows, tests }) => ({ patchId, stage, requests, workflows, tests }));
  const runs = (await sam.get<RunView[]>('/v1/maintenance')).filter((run) => run.status !== 'settled');
  const stand = { open, runs, refusals: [...refusals], output: running.output().slice(-20_000) };
  return JSON.stringify(stand, null, 1);
}

async function storyOf(running: RunningSystem, needed: string[]): Promise<string[]> {
  const sam = running.client('sam');
  const cloud = await running.cloud();
  return differences({
    journal: await cloud.journal(),
    guests: await cloud.guests(),
    installations: (await sam.pages<InstallationView[]>('/v1/installations')).flat(),
    patches: await Promise.all(needed.map((patchId) => sam.get<PatchDetail>(`/v1/patches/${patchId}`))),
  });
}
