// A worker alone, for the production shape: everything it needs is named by the environment.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPublicKey } from 'node:crypto';
import { Runtime, DefaultLogger } from '@temporalio/worker';
import { azureFromEnvironment } from '../adapters/azure/session.js';
import { loadPeople } from '../adapters/policy/people.js';
import { verifier } from '../adapters/signatures/ed25519.js';
import { taskQueue } from '../adapters/temporal/engine.js';
import { connectEngine, whereEngine } from '../composition/engine.js';
import { lookAtNotices } from '../composition/notices.js';
import { openPolicy } from '../composition/policy.js';
import { createPorts } from '../composition/ports.js';
import { ensureSchedules } from '../composition/schedules.js';
import { peopleFile, readSettings } from '../composition/settings.js';
import { connectStore } from '../composition/store.js';
import { bundledWorkflows } from './bundle.js';
import { createWorker } from './worker.js';

const settings = readSettings(process.env);
const azure = azureFromEnvironment(process.env);
const missing = Object.entries({
  TEMPORAL_ADDRESS: settings.TEMPORAL_ADDRESS,
  DATABASE_URL: settings.DATABASE_URL,
  SMTP_URL: settings.SMTP_URL,
  AZURE_SUBSCRIPTION_IDS: azure ?? undefined,
}).filter(([, value]) => value === undefined);
const { TEMPORAL_ADDRESS: address, DATABASE_URL: databaseUrl, SMTP_URL: smtpUrl } = settings;
if (address === undefined || databaseUrl === undefined || smtpUrl === undefined || azure === null) {
  console.error(
    `A worker alone needs ${missing.map(([name]) => name).join(', ')}: set them, or use \`npm start\` for the embedded system.`,
  );
  process.exit(2);
}

Runtime.install({ logger: new DefaultLogger('INFO'), shutdownSignals: ['SIGINT', 'SIGTERM'] });
const engine = await connectEngine(whereEngine(settings, address));
const store = await connectStore(databaseUrl);
const { people } = await loadPeople(peopleFile(settings));
const policy = await openPolicy({
  path: settings.PATCHLINE_POLICY ?? null,
  store: store.inventory.policies,
  accounts: store.inventory.signIns,
  people,
  say: console.error,
});
// Workers verify decisions and cannot sign any: they get the public key alone.
const publicKey = createPublicKey(
  await readFile(
    settings.PATCHLINE_VERIFICATION_KEY ?? join(settings.dataDir, 'keys', 'decision-verification-key.pem'),
  ),
);
const ports = await createPorts({
  inventory: store.inventory,
  client: engine.client,
  policy,
  azure,
  feeds: null,
  verifying: verifier(publicKey),
  smtpUrl,
  ...(settings.PATCHLINE_PUBLIC_URL === undefined ? {} : { publicUrl: settings.PATCHLINE_PUBLIC_URL }),
});
await lookAtNotices(ports, console.error);
const worker = await createWorker({
  ports,
  connection: engine.native,
  namespace: engine.namespace,
  taskQueue,
  bundle: await bundledWorkflows(),
  workflowsCached: settings.PATCHLINE_WORKFLOWS_CACHED,
});
await ensureSchedules(engine.client, taskQueue, await policy.current());
console.log(`Patchline worker on ${address}, namespace ${engine.namespace}`);
try {
  await worker.run();
} finally {
  ports.close();
  await engine.close();
  await store.close();
}
