// The inventory at the size of a large estate, on a real PostgreSQL: 10,000 machines synchronised, 3 million installations kept, lists and one
// machine's history read at 50 requests a second, the audit log verified. Load stays on loopback and ends by itself.

import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { connectAzure } from '../adapters/azure/azure.js';
import { parsePolicy } from '../adapters/policy/loadPolicy.js';
import { createPool, openInventory } from '../adapters/postgres/openInventory.js';
import { verifyLog } from '../api/auditVerification.js';
import { digests, openSigningKeys } from '../adapters/signatures/ed25519.js';
import { acting } from '../composition/acting.js';
import { composeApi } from '../composition/api.js';
import { readSettings } from '../composition/settings.js';
import { webSettings } from '../composition/signIn.js';
import { categoryOf } from '../domain/category.js';
import { environmentOf } from '../domain/environment.js';
import { startSimulator } from '../simulator/server.js';
import { requestsOf } from '../test/support/journal.js';
import { postgresPrograms, startPostgres } from '../test/support/postgres.js';
import { removeTemporaryFolders, temporaryFolder } from '../test/support/temporary.js';
import type { Measured } from './main.js';
import { quantile } from './median.js';

const machines = Number(process.env['PATCHLINE_BENCH_VMS'] ?? '10000');
const installations = Number(process.env['PATCHLINE_BENCH_INSTALLATIONS'] ?? '3000000');
const requestsASecond = 50;
const loadSeconds = 20;
const chained = 200_000;

export async function inventory(): Promise<Measured> {
  if (postgresPrograms === undefined) throw new Error("needs a real PostgreSQL: Debian's package postgresql");
  const folder = await temporaryFolder();
  const [server, simulator] = await Promise.all([
    startPostgres(postgresPrograms),
    startSimulator({ dataDir: folder, vms: machines, speed: 600 }),
  ]);
  const pool = createPool(server);
  const store = await openInventory(pool, acting);
  const policy = parsePolicy(
    await readFile(new URL('../policy/demonstration.yaml', import.meta.url), 'utf8'),
    'policy',
  );
  const { url, tenantId, clientId, clientSecret } = simulator;
  const ca = await readFile(simulator.caFile, 'utf8');
  const azure = connectAzure({
    simulator: { url, ca, tenantId, clientId, clientSecret },
    subscriptions: simulator.subscriptions,
  });

  const synchronise = async (): Promise<number> => {
    const began = performance.now();
    const at = new Date().toISOString();
    const listed = await azure.listVms();
    const vms = listed.map((vm) => {
      const environment = environmentOf(policy.environments, vm);
      const category = categoryOf(policy.categories, vm);
      const reasons = { environmentReason: environment.reason, categoryReason: category.reason };
      return { ...vm, ...reasons, environment: environment.environment, category: category.category, seenAt: at };
    });
    await store.fleet.saveListed(vms, [...new Set(listed.map((vm) => vm.subscriptionId))], at);
    return (performance.now() - began) / 1000;
  };
  const first = await synchronise();
  const again = await synchronise();
  const graph = requestsOf(simulator.journalFile).filter((one) => one.action?.startsWith('Microsoft.ResourceGraph'));
  const callsPerVm = graph.length / 2 / machines;

  const filled = performance.now();
  const each = Math.ceil(installations / machines);
  await pool.query(
    `insert into installation (session_id, vm_id, patch_id, state, reason, at, source, environment, category)
     select 'run-' || n || '#' || vm_id, vm_id, 'KB' || (5000000 + n), 'installed', null, now() - n * interval '3 days', 'patchline', environment, category
     from vm, generate_series(1, $1) n`,
    [each],
  );
  // As the server's own housekeeping would after such a load.
  const owner = createPool(server);
  await owner.query('vacuum analyze');
  await owner.end();
  const fillSeconds = (performance.now() - filled) / 1000;

  const { signing } = await openSigningKeys(`${folder}/keys`);
  const person = { name: 'bench', mail: 'bench@patchline.example', roles: ['viewer'] };
  const api = await composeApi({
    identity: null,
    web: { ...webSettings(readSettings({})), requestsPerMinute: 1_000_000 },
    inventory: store,
    people: { personByToken: () => person, personByName: () => person },
    policy: { current: async () => policy, people: async () => [person] },
    signing,
    // No route that is measured asks the engine.
    client: {} as Client,
  });
  const address = await api.listen({ host: '127.0.0.1', port: 0 });
  const names = (await store.fleet.vms({ limit: 1000 })).map((vm) => vm.name);
  const some = () => names[Math.floor(Math.random() * names.length)] ?? '';
  const p95 = {
    lists: await load(address, () => '/v1/vms?limit=100&category=web'),
    inventory: await load(address, () => '/v1/inventory?limit=100&environment=production'),
    history: await load(address, () => `/v1/vms/${some()}/history?limit=100`),
  };
  await api.close();

  for (let done = 0; done < chained; done += 5000)
    await pool.query('select audit_append($1::jsonb)', [JSON.stringify(Array.from({ length: 5000 }, someEvent))]);
  const verifying = performance.now();
  const { events, findings } = await verifyLog(store.events, digests, []);
  const eventsASecond = events / ((performance.now() - verifying) / 1000);
  if (findings.length > 0) throw new Error('the chain of the bench does not verify');

  await pool.end();
  await Promise.all([server.close(), simulator.close()]);
  await removeTemporaryFolders();
  return {
    rows: [
      ['machines, installations', `${machines}, ${each * machines}`, ''],
      ['first synchronisation, s', first.toFixed(1), ''],
      ['next synchronisation, s', again.toFixed(1), ''],
      ['ARM calls a VM', callsPerVm.toFixed(4), '≤ 0.01'],
      ['installations written a second', Math.round((each * machines) / fillSeconds).toString(), ''],
      ['p95 of a page of machines, ms', p95.lists.toFixed(1), '< 50'],
      ['p95 of a page of the inventory, ms', p95.inventory.toFixed(1), '< 50'],
      ["p95 of one machine's history, ms", p95.history.toFixed(1), '< 50'],
      ['audit events verified a second', Math.round(eventsASecond).toString(), '≥ 100000'],
    ],
    json: {
      machines,
      installations: each * machines,
      firstSyncSeconds: first,
      nextSyncSeconds: again,
      armCallsPerVm: callsPerVm,
      p95ListMs: p95.lists,
      p95InventoryMs: p95.inventory,
      p95HistoryMs: p95.history,
      auditEventsPerSecond: eventsASecond,
    },
  };
}

/** p95 in ms at a steady rate: a slow answer does not hold back the next request. */
async function load(address: string, pathOf: () => string): Promise<number> {
  const times: number[] = [];
  const asked: Promise<void>[] = [];
  const one = async (): Promise<void> => {
    const began = performance.now();
    const answer = await fetch(`${address}${pathOf()}`, { headers: { authorization: 'Bearer bench' } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    times.push(performance.now() - began);
  };
  const began = performance.now();
  for (let n = 0; n < requestsASecond * loadSeconds; n += 1) {
    asked.push(one());
    await pause(Math.max(0, began + ((n + 1) * 1000) / requestsASecond - performance.now()));
  }
  await Promise.all(asked);
  return quantile(times, 0.95);
}

function someEvent(): object {
  const [vmId, key] = [randomUUID(), randomUUID()];
  const what = 'web-prd-01: installed';
  const why = 'KB5070884 installed, healthy';
  const after = { sessionId: `maintenance/production/web/canary/soon@1#${vmId}`, outcome: 'installed' };
  const at = new Date().toISOString();
  return { key, at, who: 'bench', what, why, before: null, after, patchId: 'KB5070884', vmId, runKey: null };
}
