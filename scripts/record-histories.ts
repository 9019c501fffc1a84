// Records the histories that `npm run check` replays: `node --import tsx scripts/record-histories.ts NAME` writes test/replay/histories/NAME/.
// A changed workflow gets a new recording beside the old ones, which stay.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import protoJson from '@temporalio/common/lib/proto-utils.js';
import { taskQueue } from '../adapters/temporal/engine.js';
import type { RestorationView } from '../api/contract/index.js';
import { openApi } from '../test/support/api.js';
import { openLine } from '../test/support/line.js';
import { runToEnd, startCycle } from '../test/support/story.js';
import { removeTemporaryFolders } from '../test/support/temporary.js';

const name = process.argv[2];
if (name === undefined || !/^[\w.-]+$/.test(name)) {
  console.error('usage: record-histories.ts NAME, e.g. 0.1.0');
  process.exit(2);
}
const folder = join(fileURLToPath(new URL('../test/replay/histories/', import.meta.url)), name);
await mkdir(folder, { recursive: true });

const line = await openLine({ vms: 24 });
await line.control('bad-patch', { kb: '5066743', software: 'Contoso Print Agent' });
const patchIds = await startCycle(line);
let rejected = false;
await runToEnd(line, patchIds, (request) => {
  if (rejected || request.category !== 'web') return 'approve';
  rejected = true;
  return 'reject';
});

await line.engine.client.workflow.execute('inventorySync', {
  taskQueue,
  workflowId: 'inventory/recorded',
  args: [{ offset: 0, asked: 0, failed: 0 }],
});

await line.engine.client.workflow.execute('complianceAudit', { taskQueue, workflowId: 'compliance/recorded' });

await line.store.inventory.baselines.draft({
  name: 'web',
  category: 'web',
  content: {
    systems: {},
    software: [],
    forbiddenSoftware: ['Contoso Miner'],
    requiredPatches: [],
    forbiddenPatches: [],
  },
  author: 'riley',
  reason: 'no miners',
  at: new Date().toISOString(),
});
for (const to of ['tested', 'approved'] as const)
  await line.store.inventory.baselines.advance('web', 1, to, {
    by: 'both',
    reason: 'looked',
    at: new Date().toISOString(),
  });
await line.control('software', { vm: 'web-stg-01', name: 'Contoso Miner', version: '1' });
await line.engine.client.workflow.execute('inventorySync', {
  taskQueue,
  workflowId: 'inventory/recorded-again',
  args: [{ offset: 0, asked: 0, failed: 0 }],
});
for (const channel of ['kev', 'ubuntu'])
  await line.engine.client.workflow.execute('channelSync', {
    taskQueue,
    workflowId: `channel/${channel}/recorded`,
    args: [{ channel, begun: null }],
  });
for (const type of ['noticeWatch', 'patchNews', 'urgencyAudit'])
  await line.engine.client.workflow.execute(type, { taskQueue, workflowId: `${type}/recorded` });
const api = await openApi(line);
await api.post('/v1/notices/test', { to: 'riley', way: 'mail' }, 'sam');
await line.ports.notices.tell({
  kind: 'alarm',
  occasion: 'recorded',
  urgency: 'page',
  to: ['riley@patchline.example'],
  subject: 'An alarm to record',
  lines: ['It is acknowledged at once.'],
  patchId: null,
  category: null,
});
const pages = (await api.get('/v1/notices?pages=true', 'sam')).body as { noticeId: string }[];
for (const { noticeId } of pages) await api.post(`/v1/notices/${noticeId}/acknowledgement`, {}, 'sam');
for (const verdict of ['reject', 'approve']) {
  const body = { way: 'restorePoint', reason: 'a miner' };
  const asked = (await api.post('/v1/vms/web-stg-01/restorations', body, 'kim')).body as RestorationView;
  const path = `/v1/restorations/${asked.restorationId}/decision`;
  await api.post(path, { verdict, digest: asked.digest, justification: 'as it should be' }, 'riley');
  await line.engine.client.workflow.getHandle(`baseline-restore/${asked.restorationId}`).result();
}
await api.close();

/** Histories that took the same way teach nothing new. */
const sameWayMax = 2;

/** The commands of a history in their order: two with the same took the same way. */
function wayOf(
  events: {
    activityTaskScheduledEventAttributes?: { activityType?: { name?: string | null } | null } | null;
    eventType?: unknown;
  }[],
): string {
  return events
    .map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? String(event.eventType))
    .join();
}

const counts = new Map<string, number>();
const ways = new Map<string, number>();
async function record(workflowId: string, runId: string, kind: string): Promise<void> {
  const history = await line.engine.client.workflow.getHandle(workflowId, runId).fetchHistory();
  const way = `${kind}/${wayOf(history.events ?? [])}`;
  const seen = ways.get(way) ?? 0;
  ways.set(way, seen + 1);
  if (seen >= sameWayMax) return;
  const count = (counts.get(kind) ?? 0) + 1;
  counts.set(kind, count);
  // Who ran it, and where its code lay, is nobody's business.
  const text = protoJson
    .historyToJSON(history)
    .replace(/"identity":\s*"[^"]*"/g, '"identity": "worker"')
    .replace(/"stackTrace":\s*"(?:[^"\\]|\\.)*"/g, '"stackTrace": ""');
  await writeFile(join(folder, `${kind}-${count}.json`), `${JSON.stringify(JSON.parse(text))}\n`);
}

// Visibility lags behind the ends that were just awaited.
await pause(3000);
for await (const { workflowId, runId, type } of line.engine.client.workflow.list({
  query: 'ExecutionStatus = "Completed"',
}))
  await record(workflowId, runId, type);
console.log(Object.fromEntries(counts));
await line.close();
await removeTemporaryFolders();
process.exit(0);
