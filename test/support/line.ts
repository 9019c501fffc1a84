// The whole line in one process for a test: real engine, real database, real worker, the simulated Azure over HTTPS, mail over SMTP.

import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, type Worker } from '@temporalio/worker';
import type { Ports } from '../../activities/ports.js';
import { openSigningKeys } from '../../adapters/signatures/ed25519.js';
import { startMailSink } from '../../adapters/smtp/sink.js';
import { openInventory } from '../../adapters/postgres/openInventory.js';
import { taskQueue } from '../../adapters/temporal/engine.js';
import { openEngine, type Engine } from '../../composition/engine.js';
import { openPolicy } from '../../composition/policy.js';
import { createPorts } from '../../composition/ports.js';
import { readSettings } from '../../composition/settings.js';
import { acting } from '../../composition/acting.js';
import { connectStore, type Store } from '../../composition/store.js';
import type { Person } from '../../domain/policy.js';
import type { SigningPort } from '../../ports/signatures.js';
import { startSimulator, type Simulator } from '../../simulator/server.js';
import { createWorker } from '../../workers/worker.js';
import { openEmbeddedDatabase } from './embeddedDatabase.js';
import { goWithoutPostgres, postgresPrograms, startPostgres } from './postgres.js';
import { temporaryFolder } from './temporary.js';
import { preparedWorkflows } from './workflowBundle.js';

export const people: Person[] = [
  { name: 'riley', mail: 'riley@patchline.example', roles: ['changeManager'] },
  { name: 'kim', mail: 'kim@patchline.example', roles: ['scheduler'] },
  { name: 'sam', mail: 'sam@patchline.example', roles: ['sre'] },
  { name: 'both', mail: 'both@patchline.example', roles: ['scheduler', 'changeManager'] },
  { name: 'sam', mail: 'sam@patchline.example', roles: ['sre'] },
];

export interface Line {
  folder: string;
  engine: Engine;
  store: Store;
  simulator: Simulator;
  ports: Ports;
  signing: SigningPort;
  mailFolder: string;
  /** An order to the simulator's control interface, or a look at it (no body). */
  control<T>(verb: string, body?: Record<string, unknown>): Promise<T>;
  /** Ends worker and engine: all that the engine knew is gone. */
  forgetEngine(): Promise<void>;
  close(): Promise<void>;
}

export interface LineOptions {
  vms?: number;
  speed?: number;
  /** Changes the demonstration policy's text before it is read. */
  policy?: (text: string) => string;
  feedsDir?: string;
  worker?: boolean;
  /** Works on a real PostgreSQL, a new one each time, where there is one. */
  onPostgres?: boolean;
}

const demonstrationSpeed = 600;
const demonstrationPolicy = fileURLToPath(new URL('../../policy/demonstration.yaml', import.meta.url));

let isQuiet = false;

function beQuiet(): void {
  if (!isQuiet) Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  isQuiet = true;
}

export async function openLine({
  vms = 20,
  speed = 6000,
  policy: change,
  feedsDir,
  worker: withWorker = true,
  onPostgres = false,
}: LineOptions = {}): Promise<Line> {
  beQuiet();
  const bundle = preparedWorkflows();
  const folder = await temporaryFolder();
  const settings = readSettings({});
  const file = join(folder, 'policy.yaml');
  const text = await readFile(demonstrationPolicy, 'utf8');
  await writeFile(file, (change ?? quick)(text));
  const [engine, store, simulator, sink] = await Promise.all([
    openEngine(settings, null, () => {}),
    openDatabase(onPostgres),
    startSimulator({ dataDir: folder, vms, speed, feedsDir: feedsDir ?? null }),
    startMailSink(join(folder, 'mail')),
  ]);
  const policy = await openPolicy({
    path: file,
    store: store.inventory.policies,
    accounts: store.inventory.signIns,
    people,
    pollsFasterBy: speed / demonstrationSpeed,
    say: console.error,
  });
  const { signing, verifying } = await openSigningKeys(join(folder, 'keys'));
  const { url, tenantId, clientId, clientSecret } = simulator;
  const ca = await readFile(simulator.caFile, 'utf8');
  const ports = await createPorts({
    inventory: store.inventory,
    client: engine.client,
    policy,
    azure: { simulator: { url, ca, tenantId, clientId, clientSecret }, subscriptions: simulator.subscriptions },
    feeds: { url, ca },
    verifying,
    smtpUrl: sink.url,
  });
  const worker = withWorker
    ? await createWorker({
        ports,
        connection: engine.native,
        namespace: engine.namespace,
        taskQueue,
        bundle: await bundle,
      })
    : null;
  const running = worker?.run();
  let isForgotten = false;
  const forgetEngine = async () => {
    if (isForgotten) return;
    isForgotten = true;
    await stopWorker(worker, running);
    ports.close();
    await engine.close();
  };
  return {
    folder,
    engine,
    store,
    simulator,
    ports,
    signing,
    mailFolder: sink.folder,
    control: (verb, body) => callControl(url, ca, verb, body),
    forgetEngine,
    async close() {
      await forgetEngine();
      await store.close();
      await simulator.close();
      await sink.close();
    },
  };
}

async function openDatabase(onPostgres: boolean): Promise<Store> {
  if (onPostgres && postgresPrograms !== undefined) return openReal(postgresPrograms);
  if (onPostgres) goWithoutPostgres('on the embedded database');
  const database = await openEmbeddedDatabase();
  return { inventory: await openInventory(database.pool, acting), close: () => database.close() };
}

async function openReal(programs: string): Promise<Store> {
  const server = await startPostgres(programs);
  const store = await connectStore(server.connectionString);
  return {
    inventory: store.inventory,
    async close() {
      await store.close();
      await server.close();
    },
  };
}

/** Windows that are planned at once: a test has nobody to wait for. */
export function quick(text: string): string {
  return text
    .replaceAll(/planningLeadSeconds: \d+/g, 'planningLeadSeconds: 2')
    .replaceAll(/soakSeconds: \d+/g, 'soakSeconds: 0')
    .replaceAll(/verdictWithinMinutes: \d+/g, 'verdictWithinMinutes: 1');
}

/** Staging waits for all patches of a cycle, also where the machine is busy: they are one set. Arriving takes them a few seconds, and ten times that on a bad day. */
export function testedTogether(text: string): string {
  return quick(text).replace(/(id: next, .*planningLeadSeconds: )2/, (_, before: string) => `${before}40`);
}

async function stopWorker(worker: Worker | null, running: Promise<void> | undefined): Promise<void> {
  if (worker === null) return;
  if (worker.getState() === 'RUNNING') worker.shutdown();
  await running;
}

function callControl<T>(url: string, ca: string, verb: string, body?: Record<string, unknown>): Promise<T> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/_control/${verb}`, { ca, method: body === undefined ? 'GET' : 'POST' }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(JSON.parse(text) as T);
        else reject(new Error(text));
      });
    });
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
