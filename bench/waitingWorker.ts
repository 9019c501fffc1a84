// The worker of `bench waiting`: Patchline's workflows and modules, with stand-ins that bring each lifecycle to its decision at once.

import { NativeConnection, Runtime, DefaultLogger, Worker } from '@temporalio/worker';
// What a real worker holds in memory beside its workflows.
import '../composition/ports.js';
import { bundledWorkflows } from '../workers/bundle.js';
import type { WaitingWorker } from './waiting.js';

const day = 24 * 3_600_000;
let asked = 0;

const activities = {
  notifyPatch: async () => ({}),
  fetchContent: async () => ({ kind: 'ready' }),
  reviewLifecycle: async () => ({ review: { kind: 'goesOn' }, revisedAt: null }),
  enrolStaging: async () => [],
  readTests: async () => [{ category: 'web', verdict: 'passed', reasons: [] }],
  recordImpact: async () => {},
  tiersOf: async () => [['web']],
  urgencyOf: async () => null,
  requestDecision: async ({ patchId }: { patchId: string }) => {
    asked += 1;
    const expiresAt = new Date(Date.now() + 14 * day).toISOString();
    const request = {
      requestId: `${patchId}/web/1`,
      digest: 'd'.repeat(64),
      expiresAt,
      remindEverySeconds: day / 1000,
    };
    return { asked: { ...request, deferralBlocks: false, machines: 10, nextAt: null }, reason: '' };
  },
};

process.on('message', (message: WaitingWorker | 'look') => {
  if (message === 'look') process.send?.({ rssMb: process.memoryUsage().rss / 1e6, asked });
  else void work(message);
});

async function work({ address, namespace, taskQueue, workflowsCached }: WaitingWorker): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address }),
    namespace,
    taskQueue,
    workflowBundle: await bundledWorkflows(),
    activities,
    ...(workflowsCached === null ? {} : { maxCachedWorkflows: workflowsCached }),
  });
  process.send?.('ready');
  await worker.run();
}
