// Records the histories that `npm run check` replays: `node --import tsx scripts/record-histories.ts NAME [KIND…]` writes test/replay/histories/NAME/,
// of every workflow or only of these kinds.
// A changed workflow gets a new recording beside the old ones, which stay.

import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import protoJson from '@temporalio/common/lib/proto-utils.js';
import { taskQueue } from '../adapters/temporal/engine.js';
import type { EmergencyView, RestorationView, TwinView, WaiverView } from '../api/contract/index.js';
import { openApi } from '../test/support/api.js';
import { openLine, testedTogether } from '../test/support/line.js';
import { runToEnd, startCycle, until } from '../test/support/story.js';
import { removeTemporaryFolders } from '../test/support/temporary.js';

const [name, ...kinds] = process.argv.slice(2);
if (name === undefined || !/^[\w.-]+$/.test(name)) {
  console.error('usage: record-histories.ts NAME [KIND…], e.g. 0.1.0, or 0.1.0 patchWaiver emergency');
  process.exit(2);
}
const folder = join(fileURLToPath(new URL('../test/replay/histories/', import.meta.url)), name);
await mkdir(folder, { recursive: true });

// A webhook that takes every change.
const taker = createServer((request, response) => {
  request.resume().on('end', () => response.end('{}'));
}).listen(0, '127.0.0.1');
await once(taker, 'listening');
process.env['PATCHLINE_SECRET_CHANGE_URL'] = `http://127.0.0.1:${(taker.address() as AddressInfo).port}/changes`;
process.env['PATCHLINE_SECRET_CHANGE_KEY'] = 'a key that nothing else knows';
const webhooks = `
changes:
  webhooks: [{ name: recorded, secret: CHANGE_URL, signingSecret: CHANGE_KEY, allowPrivate: true }]
`;
// Sets are tested together, so that one of them is taken apart.
const line = await openLine({ vms: 24, policy: (text) => testedTogether(text) + webhooks });
await line.control('bad-patch', { kb: '5070883', software: 'Contoso Print Agent' });
const api = await openApi(line);
const patchIds = await startCycle(line);
await recordWaiverAndEmergency(patchIds[0] ?? '');
let rejected = false;
await runToEnd(line, patchIds, (request) => {
  if (rejected || request.category !== 'web') return 'approve';
  rejected = true;
  return 'reject';
});

await line.control('software', { vm: 'sql-prd-01', name: 'Microsoft SQL Server 2019', version: '15.0' });
await line.engine.client.workflow.execute('inventorySync', {
  taskQueue,
  workflowId: 'inventory/recorded',
  args: [{ offset: 0, asked: 0, failed: 0 }],
});
await recordTwins();

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

/** Both to their ends: asked for, signed or approved by another, ended, reviewed. */
async function recordWaiverAndEmergency(patchId: string): Promise<void> {
  const reason = 'a history to record';
  const until = new Date(Date.now() + 24 * 3_600_000).toISOString();
  const asked = {
    patchId,
    category: 'app',
    until,
    reason,
    control: 'watched by hand',
    owner: 'dana@patchline.example',
  };
  const { waiverId } = (await api.post('/v1/waivers', asked, 'sam')).body as WaiverView;
  await api.post(`/v1/waivers/${waiverId}/decision`, { verdict: 'approve', justification: reason }, 'riley');
  await api.post(`/v1/waivers/${waiverId}/revocation`, { reason }, 'riley');
  await line.engine.client.workflow.getHandle(`waiver/${waiverId}`).result();
  const wanted = { patchId, category: 'web', reason, windowOverride: true };
  const { emergencyId } = (await api.post('/v1/emergencies', wanted, 'sam')).body as EmergencyView;
  await api.post(`/v1/emergencies/${emergencyId}/overrides`, { kind: 'window', reason }, 'riley');
  await api.post(`/v1/emergencies/${emergencyId}/end`, { reason }, 'sam');
  await api.post(`/v1/emergencies/${emergencyId}/review`, { outcome: reason }, 'both');
  await line.engine.client.workflow.getHandle(`emergency/${emergencyId}`).result();
}

/** One that is built and retired, one that fails while it is made, and one that is refused. */
async function recordTwins(): Promise<void> {
  const reason = 'a history to record';
  for (const verdict of ['approve', 'fail', 'refuse']) {
    const fresh = verdict === 'approve';
    const { twinId, digest } = (await api.post('/v1/twins', { vm: 'sql-prd-01', reason, fresh }, 'sam'))
      .body as TwinView;
    // Each disk is looked for before it is made: the fourth request makes the second.
    if (verdict === 'fail') await line.control('fault', { kind: 'operationFailed', action: 'disks', after: 3 });
    const word = verdict === 'refuse' ? 'refuse' : 'approve';
    await api.post(`/v1/twins/${twinId}/decision`, { verdict: word, digest, reason }, 'riley');
    if (verdict === 'approve') {
      await until('a twin', async () =>
        (await line.store.inventory.twins.twin(twinId))?.status === 'built' ? true : null,
      );
      await api.post(`/v1/twins/${twinId}/retirement`, { reason }, 'sam');
    }
    await line.engine.client.workflow.getHandle(`twin/${twinId}`).result();
  }
}

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
  if (kinds.length === 0 || kinds.includes(type)) await record(workflowId, runId, type);
console.log(Object.fromEntries(counts));
await line.close();
taker.close();
await removeTemporaryFolders();
process.exit(0);
