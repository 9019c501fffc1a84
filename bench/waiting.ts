// A thousand lifecycles at their decision at once: what a worker holds in memory, with its bounded workflow cache and with the SDK's own, and how
// many timers each lifecycle costs. The worker is a process of its own; timers are counted in the engine's histories alone.

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { openEngine } from '../composition/engine.js';
import { readSettings, workflowsCachedDefault } from '../composition/settings.js';
import type { Measured } from './main.js';
import { median } from './median.js';

const lifecycles = Number(process.env['PATCHLINE_BENCH_LIFECYCLES'] ?? '1000');
const startedAtOnce = 20;
const settleSeconds = 10;
const samples = 5;
const sampled = 25;
const aimMb = 400;

export interface WaitingWorker {
  address: string;
  namespace: string;
  taskQueue: string;
  /** Null: as the SDK has it. */
  workflowsCached: number | null;
}

export async function waiting(): Promise<Measured> {
  const engine = await openEngine(readSettings({}), null, () => {});
  try {
    const ours = await measure(engine, 'ours', workflowsCachedDefault);
    const theirs = await measure(engine, 'theirs', null);
    return {
      rows: [
        [`worker, ${workflowsCachedDefault} workflows cached`, `${ours.waitingMb.toFixed(0)} MB`, `${aimMb} MB`],
        ["worker, the SDK's own cache", `${theirs.waitingMb.toFixed(0)} MB`, 'the reference'],
        ['worker before the first', `${ours.idleMb.toFixed(0)} MB`, ''],
        ['timers of a waiting lifecycle, most', String(Math.max(...ours.timers)), '1'],
        ['all at their decision within', `${ours.seconds.toFixed(0)} s, reference ${theirs.seconds.toFixed(0)} s`, ''],
      ],
      json: {
        lifecycles,
        workflowsCached: workflowsCachedDefault,
        waitingMb: ours.waitingMb,
        referenceMb: theirs.waitingMb,
        idleMb: ours.idleMb,
        timersMax: Math.max(...ours.timers),
        timersMin: Math.min(...ours.timers),
      },
    };
  } finally {
    await engine.close();
  }
}

interface Waited {
  idleMb: number;
  waitingMb: number;
  seconds: number;
  /** By lifecycle, its rollout's included. */
  timers: number[];
}

async function measure(
  { client, address, namespace }: Awaited<ReturnType<typeof openEngine>>,
  name: string,
  workflowsCached: number | null,
): Promise<Waited> {
  const taskQueue = `waiting-${name}`;
  const worker = fork(fileURLToPath(new URL('./waitingWorker.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    worker.send({ address, namespace, taskQueue, workflowsCached } satisfies WaitingWorker);
    await once(worker, 'message');
    const { rssMb: idleMb } = await ask(worker);
    const began = performance.now();
    const ids = Array.from({ length: lifecycles }, (_, index) => `KB-${name}-${index}`);
    await startAll(client, taskQueue, ids);
    while ((await ask(worker)).asked < lifecycles) await pause(500);
    const seconds = (performance.now() - began) / 1000;
    const held: number[] = [];
    for (let sample = 0; sample < samples; sample += 1) {
      await pause((settleSeconds * 1000) / samples);
      held.push((await ask(worker)).rssMb);
    }
    const some = ids.filter((_, index) => index % Math.ceil(lifecycles / sampled) === 0);
    const timers = await Promise.all(some.map((id) => timersOf(client, id)));
    return { idleMb, waitingMb: median(held), seconds, timers };
  } finally {
    worker.kill('SIGKILL');
  }
}

async function ask(worker: ChildProcess): Promise<{ rssMb: number; asked: number }> {
  const answered = once(worker, 'message');
  worker.send('look');
  const [answer] = (await answered) as [{ rssMb: number; asked: number }];
  return answer;
}

async function startAll(client: Client, taskQueue: string, ids: string[]): Promise<void> {
  const left = [...ids];
  const lane = async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop())
      await client.workflow.start('patchLifecycle', {
        taskQueue,
        workflowId: `patch/${id}`,
        args: [{ patchId: id, requestedBy: ['kim'] }],
      });
  };
  await Promise.all(Array.from({ length: startedAtOnce }, lane));
}

/** Timers that run now, of a lifecycle and of its rollout. */
async function timersOf(client: Client, id: string): Promise<number> {
  const counts = await Promise.all(
    [`patch/${id}`, `rollout/${id}/web`].map(async (workflowId) => {
      const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
      const all = events ?? [];
      const begun = all.filter((event) => event.timerStartedEventAttributes).length;
      const over = all.filter((event) => event.timerFiredEventAttributes ?? event.timerCanceledEventAttributes).length;
      return begun - over;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
