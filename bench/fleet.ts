// VM sessions a second against a bare Temporal tree with as many activity attempts; what a session costs the engine and Azure.
// Counted from the engine's histories and the simulator's journal alone.

import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { createMaintainActivities } from '../activities/maintain.js';
import { taskQueue } from '../adapters/temporal/engine.js';
import { serverProduct } from '../domain/system.js';
import { runKeyOf, sessionWorkflowId } from '../domain/run.js';
import type { Vm } from '../domain/vm.js';
import { requestsOf } from '../test/support/journal.js';
import { openLine, quick, type Line } from '../test/support/line.js';
import { knowFleet } from '../test/support/session.js';
import type { Measured } from './main.js';
import { median, quantile } from './median.js';

const machines = Number(process.env['PATCHLINE_BENCH_VMS'] ?? '200');
const rounds = Number(process.env['PATCHLINE_BENCH_ROUNDS'] ?? '3');
const atOnce = 50;
/** Fast enough that Azure's durations are not what is measured; its floor is the poll that every operation needs. */
const speed = 60_000;
const kbByProduct: Record<string, string> = {
  'Windows Server 2019': '5070883',
  'Windows Server 2022': '5070884',
  'Windows Server 2025': '5070881',
};
const kbs = Object.values(kbByProduct);
const bareQueue = 'bare';
const bareRetrySeconds = 0.1;

export async function fleet(): Promise<Measured> {
  const line = await openLine({ vms: Math.ceil(machines * 1.3), speed, policy: wide });
  const bare = await Worker.create({
    connection: line.engine.native,
    namespace: line.engine.namespace,
    taskQueue: bareQueue,
    workflowsPath: fileURLToPath(new URL('./bareWorkflows.ts', import.meta.url)),
    activities: { nothing: async () => {}, nothingAtFirst },
    maxConcurrentActivityTaskExecutions: 50,
  });
  const running = bare.run();
  const ours: number[] = [];
  const theirs: number[] = [];
  const costs: Cost[] = [];
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const done = await oursOnce(line, round);
      costs.push(...done.costs);
      ours.push(machines / done.seconds);
      theirs.push(machines / (await bareOnce(line, round, done.costs)));
      console.error(`round ${round}: ${ours.at(-1)?.toFixed(1)} sessions/s, bare ${theirs.at(-1)?.toFixed(1)}/s`);
    }
  } finally {
    bare.shutdown();
    await running;
    await line.close();
  }
  return told(ours, theirs, costs);
}

async function nothingAtFirst(): Promise<void> {
  if (Context.current().info.attempt === 1) {
    throw ApplicationFailure.create({
      message: 'not yet',
      nextRetryDelay: bareRetrySeconds * 1000,
      category: ApplicationFailureCategory.BENIGN,
    });
  }
}

function wide(text: string): string {
  return (
    quick(text)
      // The one service that every Windows machine of the fleet has.
      .replace('services: [W3SVC]', 'services: [WinDefend]')
      .replaceAll(/inFlightMax: \d+/g, `inFlightMax: ${atOnce}`)
      .replaceAll(/waveSizeMax: \d+/g, `waveSizeMax: ${machines}`)
  );
}

interface Cost {
  actions: number;
  events: number;
  attempts: number;
  activities: number;
  armCalls: number;
}

async function oursOnce(line: Line, round: number): Promise<{ seconds: number; costs: Cost[] }> {
  if (round > 1) await line.control('redeploy', { seed: round, vms: Math.ceil(machines * 1.3) });
  await knowFleet(line);
  const chosen = await asStaging(line);
  const runKey = await plan(line, chosen);
  const from = requestsOf(line.simulator.journalFile).length;
  const began = performance.now();
  await line.engine.client.workflow.execute('wave', {
    taskQueue,
    workflowId: `bench/wave-${round}`,
    args: [{ runKey, wave: 1, inFlightMax: atOnce }],
  });
  const seconds = (performance.now() - began) / 1000;
  const rows = await line.store.inventory.runs.manifest({ runKey });
  const installed = rows.filter((row) => row.state === 'installed').length;
  if (installed !== machines)
    throw new Error(`${installed} of ${machines} machines were installed: nothing to measure`);
  const requests = requestsOf(line.simulator.journalFile).slice(from);
  const costs: Cost[] = [];
  for (const vm of chosen)
    costs.push(await costOf(line, vm, requests.filter((request) => request.vm === vm.name).length));
  return { seconds, costs };
}

/** All of them in one category of staging, as one big wave. */
async function asStaging(line: Line): Promise<Vm[]> {
  const { fleet: store } = line.store.inventory;
  const windows = (await store.vms({ existing: true })).filter((vm) => vm.osType === 'windows').slice(0, machines);
  if (windows.length < machines) throw new Error(`only ${windows.length} Windows machines in the fleet`);
  const listed = windows.map((vm) => ({
    ...vm,
    environment: 'staging' as const,
    category: 'web',
    availabilitySet: null,
    zone: null,
  }));
  await store.saveListed(listed, [], new Date().toISOString());
  return listed;
}

async function plan(line: Line, vms: Vm[]): Promise<string> {
  const now = Date.now();
  const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
  const identity = { environment: 'staging' as const, category: 'web', ring: 'staging', occurrence: randomUUID() };
  const times = { planAt: iso(now), opensAt: iso(now), closesAt: iso(now + 3_600_000) };
  for (const kb of kbs) {
    const vmIds = vms.filter((vm) => kbByProduct[serverProduct(vm.osName) ?? ''] === kb).map((vm) => vm.vmId);
    const enrolment = {
      patchId: `KB${kb}`,
      category: 'web',
      digest: null,
      decisionId: null,
      vmIds,
      notifyWorkflowId: 'nobody',
    };
    await line.store.inventory.runs.enrol({ ...identity, ...times }, enrolment, iso(now - 1000));
  }
  await createMaintainActivities(line.ports).planRun(runKeyOf(identity));
  return runKeyOf(identity);
}

/** Temporal's own rule: a child's start is two actions, each activity and each retry one. https://docs.temporal.io/cloud/actions */
async function costOf(line: Line, vm: Vm, armCalls: number): Promise<Cost> {
  const history = await line.engine.client.workflow.getHandle(sessionWorkflowId(vm.vmId)).fetchHistory();
  const events = history.events ?? [];
  const started = events.flatMap((event) =>
    event.activityTaskStartedEventAttributes === undefined || event.activityTaskStartedEventAttributes === null
      ? []
      : [event.activityTaskStartedEventAttributes.attempt ?? 1],
  );
  const timers = events.filter((event) => (event.timerStartedEventAttributes ?? null) !== null).length;
  const attempts = started.reduce((sum, attempt) => sum + attempt, 0);
  return { actions: 2 + attempts + timers, events: events.length, attempts, activities: started.length, armCalls };
}

/** As many activities and attempts as a session of ours had in this round. */
async function bareOnce(line: Line, round: number, costs: Cost[]): Promise<number> {
  const activities = Math.round(median(costs.map((cost) => cost.activities)));
  const twice = Math.min(activities, Math.round(median(costs.map((cost) => cost.attempts))) - activities);
  const began = performance.now();
  await line.engine.client.workflow.execute('bareTree', {
    taskQueue: bareQueue,
    workflowId: `bare/${round}`,
    args: [{ prefix: `bare-${round}`, children: machines, atOnce, once: activities - twice, twice }],
  });
  return (performance.now() - began) / 1000;
}

function told(ours: number[], theirs: number[], costs: Cost[]): Measured {
  const ratioToBare = median(ours.map((one, index) => one / (theirs[index] ?? Number.NaN)));
  const actions = costs.map((cost) => cost.actions);
  const events = costs.map((cost) => cost.events);
  const calls = costs.map((cost) => cost.armCalls);
  const json = {
    machines,
    rounds,
    sessionsPerSecond: median(ours),
    barePerSecond: median(theirs),
    ratioToBare,
    actionsPerVm: median(actions),
    actionsPerVmP95: quantile(actions, 0.95),
    eventsPerVm: median(events),
    eventsPerVmMax: Math.max(...events),
    armCallsPerVm: median(calls),
    armCallsPerVmMax: Math.max(...calls),
  };
  return {
    rows: [
      ['machines × rounds', `${machines} × ${rounds}`, ''],
      ['sessions a second', json.sessionsPerSecond.toFixed(2), ''],
      ['bare tree a second', json.barePerSecond.toFixed(2), ''],
      ['ratio to bare (median of rounds)', ratioToBare.toFixed(2), '≥ 0.8'],
      ['Temporal actions per VM, median', String(json.actionsPerVm), '≤ 14'],
      ['Temporal actions per VM, p95', String(json.actionsPerVmP95), '≤ 20'],
      ['events per VM, median (max)', `${json.eventsPerVm} (${json.eventsPerVmMax})`, '≤ 60'],
      ['ARM calls per VM, median (max)', `${json.armCallsPerVm} (${json.armCallsPerVmMax})`, '≤ 12'],
    ],
    json,
  };
}
