// `patchline demo`: a real month through the whole line, told from what the system reports.

import { setTimeout as pause } from 'node:timers/promises';
import pc from 'picocolors';
import type { z } from 'zod';
import type { ChannelView } from '../api/contract/channels.js';
import {
  endedStages,
  type CycleView,
  type DecisionReply,
  type EventView,
  type InstallationView,
  type PatchDetail,
  type PatchSummary,
  type RequestView,
  type RunView,
  type VmSummary,
} from '../api/contract/index.js';
import { CliFailure, exitCodes, type ApiClient } from './client.js';
import { areIsolated, isolationProblems, isolationsSince, makeBadPackage, toldOf } from './demoIsolation.js';
import { differences } from './evidence.js';
import { clean } from './print.js';
import type { Shell } from './shell.js';
import { openSimulatedCloud, type SimulatedCloud } from './simulatedCloud.js';
import { untilEnded } from './waiting.js';

export interface DemoOptions {
  seed: number;
  /** Bare number; breaks the file servers of staging. */
  badKb: string | null;
  month: string;
  json: boolean;
}

interface Demo {
  options: DemoOptions;
  cloud: SimulatedCloud;
  /** Asks for the cycle; watches. */
  scheduler: ApiClient;
  /** Decides; never the one who asked. */
  approver: ApiClient;
  say: (text: string) => void;
}

const patienceMs = 10 * 60_000;
const printAgent = 'Contoso Print Agent';
const legacyConnector = 'Fabrikam Legacy Connector';

export async function demo(shell: Shell, options: DemoOptions): Promise<void> {
  const began = Date.now();
  const cloud = await openSimulatedCloud(shell.dataDir(), shell.url());
  const say = (text: string): void => {
    if (!options.json)
      console.log(`${pc.dim(`${Math.round((Date.now() - began) / 1000)}s`.padStart(5))}  ${clean(text)}`);
  };
  const demonstration: Demo = { options, cloud, scheduler: shell.client('kim'), approver: shell.client('riley'), say };
  const since = new Date().toISOString();
  await freshFleet(demonstration);
  await readChannels(demonstration);
  const from = (await cloud.journal()).at(-1)?.n ?? 0;
  const needed = await runCycle(demonstration);
  const bad = await makeBadPatch(demonstration, needed);
  const follow = follower(demonstration);
  await untilAsked(demonstration, needed, since, follow);
  const { rejected, sick } = await decide(demonstration, needed, since);
  await untilDone(demonstration, needed, follow);
  await conclude(demonstration, { needed, since, from, rejected, sick, bad });
}

/** A fleet that was patched before is deployed anew, from its old images. */
async function freshFleet({ scheduler, cloud, options, say }: Demo): Promise<void> {
  const runs = await scheduler.get<RunView[]>('/v1/maintenance');
  const open = runs.filter((run) => run.status !== 'settled');
  if (open.length > 0)
    throw new CliFailure(
      `${open.length} maintenance runs are under way: wait until they have settled.`,
      exitCodes.failed,
    );
  const known = (await scheduler.pages<PatchSummary[]>('/v1/patches')).flat();
  const underWay = known.filter((patch) => patch.stage !== 'known' && !endedStages.includes(patch.stage));
  if (underWay.length > 0)
    throw new CliFailure(
      `${underWay.map((patch) => patch.patchId).join(', ')} are under way: decide on them and wait for their end first (\`patchline patch list\`).`,
      exitCodes.failed,
    );
  const guests = await cloud.guests();
  if (runs.length > 0 || options.seed !== 1) {
    await cloud.order('redeploy', { seed: options.seed, vms: guests.length });
    say('The fleet is deployed anew from its old images.');
  }
  say(`${guests.length} machines in the simulated Azure.`);
}

/** Microsoft's month is read by the cycle itself. */
async function readChannels({ scheduler, say }: Demo): Promise<void> {
  const channels = await scheduler.get<z.infer<typeof ChannelView>[]>('/v1/channels');
  const others = channels.filter(({ kind }) => kind !== 'msrc');
  await Promise.all(others.map(({ name }) => visit(scheduler, name)));
  say(`kim has the other channels read: ${others.map(({ name }) => name).join(', ')}.`);
}

async function visit(scheduler: ApiClient, name: string): Promise<void> {
  const path = `/v1/channels/${encodeURIComponent(name)}/visits`;
  const { problem, status } = await untilEnded(scheduler, path, await scheduler.post<CycleView>(path, {}));
  if (problem !== null || status !== 'COMPLETED')
    throw new CliFailure(
      `The channel ${name} could not be read: ${problem ?? status}. Look at it with \`patchline channel show ${name}\`.`,
      exitCodes.failed,
    );
}

async function runCycle({ scheduler, options, say }: Demo): Promise<string[]> {
  say(`kim starts a patch cycle for ${options.month}: the vendor's document is read, the fleet listed and assessed.`);
  const asked = await scheduler.post<CycleView>('/v1/cycles', { month: options.month });
  const cycle = await untilEnded(scheduler, '/v1/cycles', asked);
  if (cycle.status !== 'COMPLETED')
    throw new CliFailure(
      `The cycle ended as ${cycle.status}: ${cycle.problem ?? `look at ${cycle.workflowId}`}.`,
      exitCodes.failed,
    );
  const { needed } = cycle.result as { needed: { patchId: string; machines: number }[] };
  if (needed.length === 0)
    throw new CliFailure(
      `No machine needs a patch of ${options.month}: choose another with --month.`,
      exitCodes.failed,
    );
  say(`${needed.length} patches are needed: ${needed.map((one) => `${one.patchId} by ${one.machines}`).join(', ')}.`);
  return needed.map((one) => one.patchId);
}

/** One patch breaks the print agent that all file servers have; one package breaks the web server of some Linux machines. */
async function makeBadPatch({ cloud, scheduler, options, say }: Demo, needed: string[]): Promise<string> {
  const vms = (await scheduler.pages<VmSummary[]>('/v1/vms')).flat();
  const inStaging = vms.filter((vm) => vm.category === 'file' && vm.environment === 'staging');
  const badKb = options.badKb ?? kbOf(inStaging.findLast((vm) => vm.needed.length > 1)?.needed[0] ?? needed[0] ?? '');
  if (!needed.includes(`KB${badKb}`))
    throw new CliFailure(`KB${badKb} is not among the needed patches: ${needed.join(', ')}.`, exitCodes.usage);
  await cloud.order('bad-patch', { kb: badKb, software: printAgent });
  say(`What nobody knows yet: KB${badKb} breaks the ${printAgent} of the file servers.`);
  const worse = await makeBadPackage(cloud, needed);
  if (worse !== null) say(`Nor that ${worse}.`);
  return `KB${badKb}`;
}

/** After the tests somebody installs software that staging never had, on a machine of a last ring; one approved patch breaks it. */
async function makeSick({ cloud, say }: Demo, approved: { patchId: string; request: RequestView }[]): Promise<string> {
  const web = approved.filter(({ request }) => request.category === 'web' && request.unwind === 'restorePoint');
  const largest = web.toSorted((a, b) => a.request.machines - b.request.machines).at(-1);
  const victim = largest?.request.rings.findLast((ring) => ring.machines > 0)?.names.at(-1);
  if (largest === undefined || victim === undefined)
    throw new CliFailure('No web server is to be patched.', exitCodes.failed);
  await cloud.order('software', { vm: victim, name: legacyConnector });
  await cloud.order('bad-patch', { kb: kbOf(largest.patchId), software: legacyConnector });
  say(`What staging could not find: ${victim} now has the ${legacyConnector}, and ${largest.patchId} breaks it.`);
  return victim;
}

function kbOf(patchId: string): string {
  return patchId.replace(/^KB/, '');
}

/** Tells each new event once. */
function follower({ scheduler, say }: Demo): () => Promise<void> {
  let after: number | null = null;
  return async () => {
    const first = after === null;
    for (let isMore = true; isMore; ) {
      const events: EventView[] = await scheduler.get<EventView[]>(`/v1/events?after=${after ?? 0}&limit=500`);
      after = events.at(-1)?.seq ?? after ?? 0;
      // That each notice arrived is in `notice list`.
      if (!first)
        for (const event of events.filter(({ what }) => !what.startsWith('notice delivered')))
          say(
            `${pc.cyan(briefly(event.who))}: ${event.what}${event.why === '' ? '' : pc.dim(` (${event.why.slice(0, 160)})`)}`,
          );
      isMore = events.length === 500;
    }
  };
}

/** A session's id is its machine's, which the event names anyway. */
function briefly(who: string): string {
  return who.replace(/ \(\w+\)$/, '').replace(/^vm-session\/.*/, 'session');
}

async function details({ scheduler }: Demo, patchIds: string[]): Promise<PatchDetail[]> {
  return Promise.all(patchIds.map((patchId) => scheduler.get<PatchDetail>(`/v1/patches/${patchId}`)));
}

/** Until every patch has been tested and its requests are open. */
async function untilAsked(
  demonstration: Demo,
  needed: string[],
  since: string,
  follow: () => Promise<void>,
): Promise<void> {
  await waitFor('the staging tests', async () => {
    await follow();
    const patches = await details(demonstration, needed);
    if (!areIsolated(patches, await isolationsSince(demonstration.scheduler, since), since)) return false;
    return patches.every(
      (patch) => isTold(patch, since) && (endedStages.includes(patch.stage) || isAsked(patch, since)),
    );
  });
}

/** Earlier demonstrations left tests of the same patches behind. */
function testsOf(patch: PatchDetail, since: string): PatchDetail['tests'] {
  return patch.tests.filter((test) => test.at >= since);
}

/** Of each category: what isolation found out stands for what was thought before. */
function newestTests(patch: PatchDetail, since: string): PatchDetail['tests'] {
  const newest = new Map(
    testsOf(patch, since)
      .toReversed()
      .map((test) => [test.category, test]),
  );
  return [...newest.values()];
}

/** Its tests of this time are in. */
function isTold(patch: PatchDetail, since: string): boolean {
  return testsOf(patch, since).length > 0;
}

/** Each category whose test passed has its request. */
function isAsked(patch: PatchDetail, since: string): boolean {
  if (patch.stage !== 'awaitingDecision') return false;
  const passed = new Set(testsOf(patch, since).flatMap((test) => (test.verdict === 'passed' ? [test.category] : [])));
  const waiting = patch.requests.filter((request) => request.status === 'waiting').map((request) => request.category);
  return [...passed].every((category) => waiting.includes(category));
}

async function waitFor(what: string, isThere: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + patienceMs;
  while (!(await isThere())) {
    if (Date.now() > until)
      throw new CliFailure(
        `Waited ten minutes for ${what}: \`patchline status\` tells where it stands.`,
        exitCodes.failed,
      );
    await pause(1000);
  }
}

/** One request is rejected, where something else of its set remains to be installed; the others are approved. */
async function decide(
  demonstration: Demo,
  needed: string[],
  since: string,
): Promise<{ rejected: { patchId: string; category: string } | null; sick: string }> {
  const { say, approver } = demonstration;
  const patches = await details(demonstration, needed);
  for (const isolation of await isolationsSince(approver, since)) say(toldOf(isolation));
  for (const patch of patches) {
    for (const test of newestTests(patch, since).filter((one) => one.verdict !== 'passed')) {
      say(
        `${patch.patchId} failed its test in ${test.category} and is not offered there: ${test.reasons.join('; ').slice(0, 160)}`,
      );
    }
  }
  const waiting = patches.flatMap((patch) =>
    patch.requests.filter((request) => request.status === 'waiting').map((request) => ({ patch, request })),
  );
  const refused =
    waiting.findLast(({ patch, request }) => request.testedSet.length > 1 && patch.severity !== 'critical') ?? null;
  const sick = await makeSick(
    demonstration,
    waiting.filter((one) => one !== refused).map(({ patch, request }) => ({ patchId: patch.patchId, request })),
  );
  const decisions = waiting.map(async ({ patch, request }) => {
    const isRefused = refused?.patch === patch && refused.request === request;
    await answer(
      approver,
      patch,
      request,
      isRefused ? 'reject' : 'approve',
      isRefused
        ? 'Waits for the next release of the application.'
        : 'The test in staging passed; the impact is acceptable.',
    );
    say(
      `riley ${isRefused ? 'rejects' : 'approves'} ${patch.patchId} for ${request.category}: ${request.machines} machines, ${request.reboots} restarts in the test, digest ${request.digest.slice(0, 12)}.`,
    );
  });
  await Promise.all(decisions);
  return {
    rejected: refused === null ? null : { patchId: refused.patch.patchId, category: refused.request.category },
    sick,
  };
}

async function answer(
  approver: ApiClient,
  patch: PatchSummary,
  request: RequestView,
  verdict: 'approve' | 'reject',
  justification: string,
): Promise<void> {
  const body = { category: request.category, verdict, justification, digest: request.digest, deferUntil: null };
  const reply = await approver.post<DecisionReply>(`/v1/patches/${patch.patchId}/decisions`, body);
  if (!reply.accepted)
    throw new CliFailure(
      `The decision on ${patch.patchId} for ${request.category} was refused: ${reply.reasons.join('; ')}`,
      exitCodes.failed,
    );
}

/** A rollout that halted waits for a person: riley ends it, so that the story has an end. */
async function untilDone(demonstration: Demo, needed: string[], follow: () => Promise<void>): Promise<void> {
  const ended = new Set<string>();
  await waitFor('the rollout', async () => {
    await follow();
    const patches = await details(demonstration, needed);
    for (const { patchId, workflows } of patches) {
      const halted = workflows.filter((one) => one.stage === 'halted' && !ended.has(one.workflowId));
      for (const { workflowId } of halted) {
        const category = workflowId.slice(workflowId.lastIndexOf('/') + 1);
        ended.add(workflowId);
        await demonstration.approver.post(`/v1/patches/${patchId}/halt-choice`, {
          category,
          choice: 'end',
          reason: 'The ring went over its budget: what is left waits for an investigation.',
        });
        demonstration.say(`riley ends the halted rollout of ${patchId} in ${category}.`);
      }
    }
    return patches.every((patch) => endedStages.includes(patch.stage));
  });
}

interface Ending {
  needed: string[];
  since: string;
  from: number;
  rejected: { patchId: string; category: string } | null;
  sick: string;
  bad: string;
}

async function conclude(demonstration: Demo, { needed, since, from, rejected, sick, bad }: Ending): Promise<void> {
  const { cloud, scheduler, say, options } = demonstration;
  const patches = await details(demonstration, needed);
  const pages = await scheduler.pages<InstallationView[]>(`/v1/installations?since=${encodeURIComponent(since)}`);
  const installations = pages.flat();
  const journal = (await cloud.journal()).filter((line) => line.n > from);
  const problems = differences({ journal, guests: await cloud.guests(), installations, patches });
  const rolledBack = installations.filter((one) => one.outcome === 'rolledBack' && one.environment === 'production');
  if (!rolledBack.some((one) => one.vmName === sick))
    problems.push(`${sick} should have become sick and been rolled back`);
  problems.push(...isolationProblems(await isolationsSince(scheduler, since), bad, installations, rejected));
  if (rejected === null) problems.push('nothing was rejected');
  const linux = patchedLinux(installations);
  if (linux.length === 0) problems.push('no Linux machine of production was patched');
  for (const patch of patches) say(`${patch.patchId}: ${patch.stage}. ${patch.stageDetail}`);
  if (linux.length > 0) say(`On Linux (${linux.join(', ')}) packages came in the versions that staging had tested.`);
  for (const one of rolledBack)
    say(`${one.vmName} was rolled back to ${one.restorePoint ?? 'nothing'} and is healthy again.`);
  const production = installations.filter((one) => one.environment === 'production');
  const summary = {
    patches: patches.map(({ patchId, stage }) => ({ patchId, stage })),
    installations: { staging: installations.length - production.length, production: production.length },
    rolledBack: rolledBack.map((one) => one.vmName),
    rejected,
    agree: problems.length === 0,
    problems,
  };
  if (options.json) console.log(JSON.stringify(summary, null, 2));
  say(
    `${production.length} production and ${installations.length - production.length} staging installations: each in Azure's journal once.`,
  );
  for (const problem of problems) say(pc.red(problem));
  if (problems.length > 0)
    throw new CliFailure(
      `The simulator's journal, the inventory and the workflows do not agree: ${problems.length} differences.`,
      exitCodes.failed,
    );
  say(pc.green('The journal of the simulated Azure, the inventory and the workflows agree.'));
}

function patchedLinux(installations: InstallationView[]): string[] {
  const done = installations.filter(
    ({ environment, patches }) =>
      environment === 'production' &&
      patches.some(({ state, packages }) => state === 'installed' && packages.length > 0),
  );
  return [...new Set(done.map(({ vmName }) => vmName))].sort();
}
