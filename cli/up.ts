// `patchline up`: the whole system in one command, every part embedded unless the environment names a real one.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, type Worker } from '@temporalio/worker';
import { azureFromEnvironment } from '../adapters/azure/session.js';
import { openDataDirectory } from '../adapters/engine/dataDirectory.js';
import { loadPeople, type People } from '../adapters/policy/people.js';
import { openSigningKeys } from '../adapters/signatures/ed25519.js';
import { startMailSink } from '../adapters/smtp/sink.js';
import { taskQueue } from '../adapters/temporal/engine.js';
import { composeApi } from '../composition/api.js';
import { openEngine } from '../composition/engine.js';
import { lookAtNotices } from '../composition/notices.js';
import { openPolicy } from '../composition/policy.js';
import { createPorts } from '../composition/ports.js';
import { ensureSchedules } from '../composition/schedules.js';
import { peopleFile, readSettings, type Settings } from '../composition/settings.js';
import { openSignIn, workflowsUrl } from '../composition/signIn.js';
import { startSimulatedAzure, type SimulatedAzure } from '../composition/simulator.js';
import { openStore } from '../composition/store.js';
import { bundledWorkflows } from '../workers/bundle.js';
import { createWorker } from '../workers/worker.js';

export interface System {
  url: string;
  uiUrl: string | null;
  people: People;
  simulator: SimulatedAzure | null;
  mailFolder: string | null;
  /** Resolves when the worker has ended by itself. */
  failed: Promise<Error>;
  close(): Promise<void>;
}

type Close = () => void | Promise<void>;

/** Starts everything, in the order in which parts need each other; what was started is stopped again when a later part fails. */
export async function startSystem(settings: Settings, progress: (message: string) => void): Promise<System> {
  const closes: Close[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closes.splice(0).toReversed()) await close();
  };
  try {
    return await compose(settings, progress, closes, closeAll);
  } catch (failure) {
    await closeAll();
    throw failure;
  }
}

async function compose(
  settings: Settings,
  progress: (message: string) => void,
  closes: Close[],
  closeAll: () => Promise<void>,
): Promise<System> {
  const directory = await openDataDirectory(settings.dataDir);
  closes.push(() => directory.release());
  const realAzure = azureFromEnvironment(process.env);
  const [engine, store, simulator, sink] = await startParts(settings, progress, closes, realAzure !== null);
  const people = await loadPeople(peopleFile(settings));
  const { signing, verifying } = await openSigningKeys(join(settings.dataDir, 'keys'));
  const policy = await openPolicy({
    path: settings.PATCHLINE_POLICY ?? defaultPolicy(simulator !== null),
    store: store.inventory.policies,
    accounts: store.inventory.signIns,
    people: people.people,
    say: progress,
    ...(simulator === null ? {} : { pollsFasterBy: settings.PATCHLINE_SPEED / demonstrationSpeed }),
  });
  const azure = realAzure ?? simulator?.azure;
  if (azure === undefined) throw new Error('there is neither a real nor a simulated Azure');
  const smtpUrl = settings.SMTP_URL ?? sink?.url ?? '';
  const feeds = simulator === null ? null : { url: simulator.url, ca: simulator.ca };
  const ports = await createPorts({
    inventory: store.inventory,
    client: engine.client,
    policy,
    azure,
    feeds,
    verifying,
    smtpUrl,
    publicUrl: settings.PATCHLINE_PUBLIC_URL ?? `http://${settings.PATCHLINE_HOST}:${settings.PATCHLINE_PORT}`,
  });
  closes.push(() => ports.close());
  await lookAtNotices(ports, progress);
  const worker = await createWorker({
    ports,
    connection: engine.native,
    namespace: engine.namespace,
    taskQueue,
    bundle: await bundledWorkflows(),
    workflowsCached: settings.PATCHLINE_WORKFLOWS_CACHED,
  });
  const failed = runWorker(worker, closes);
  await ensureSchedules(engine.client, taskQueue, await policy.current());
  const signIn = await openSignIn(settings, people, progress);
  closes.push(() => signIn.close());
  const api = await composeApi({
    inventory: store.inventory,
    people,
    identity: signIn.identity,
    web: { ...signIn.web, workflowsUrl: signIn.web.workflowsUrl ?? workflowsUrl(engine.uiUrl, settings) },
    policy,
    signing,
    client: engine.client,
  });
  closes.push(() => api.close());
  const url = await api.listen({ host: settings.PATCHLINE_HOST, port: settings.PATCHLINE_PORT });
  const told = {
    url,
    uiUrl: engine.uiUrl,
    temporal: engine.address,
    simulator:
      simulator === null ? null : { url: simulator.url, caFile: simulator.caFile, journalFile: simulator.journalFile },
  };
  await writeFile(join(settings.dataDir, 'system.json'), `${JSON.stringify(told, null, 2)}\n`, { mode: 0o600 });
  return { url, uiUrl: engine.uiUrl, people, simulator, mailFolder: sink?.folder ?? null, failed, close: closeAll };
}

/** The speed that the demonstration policy's polls and forecasts are written for. */
const demonstrationSpeed = 600;

function defaultPolicy(isSimulated: boolean): string {
  return fileURLToPath(new URL(isSimulated ? '../policy/demonstration.yaml' : '../policy/azure.yaml', import.meta.url));
}

async function startParts(settings: Settings, progress: (message: string) => void, closes: Close[], isReal: boolean) {
  const keep = async <T extends { close(): void | Promise<void> }>(part: Promise<T>): Promise<T> => {
    const made = await part;
    closes.push(() => made.close());
    return made;
  };
  const {
    dataDir,
    PATCHLINE_FEEDS_DIR: feedsDir,
    PATCHLINE_SEED: seed,
    PATCHLINE_VMS: vms,
    PATCHLINE_SPEED: speed,
  } = settings;
  const started = await Promise.allSettled([
    keep(openEngine(settings, dataDir, progress)),
    keep(openStore(settings, dataDir)),
    isReal ? null : keep(startSimulatedAzure({ dataDir, feedsDir, seed, vms, speed })),
    settings.SMTP_URL === undefined ? keep(startMailSink(join(dataDir, 'mail'))) : null,
  ]);
  const [engine, store, simulator, sink] = started;
  const failure = started.find((part) => part.status === 'rejected');
  if (
    engine.status === 'rejected' ||
    store.status === 'rejected' ||
    simulator.status === 'rejected' ||
    sink.status === 'rejected'
  ) {
    throw failure?.status === 'rejected' ? failure.reason : new Error('a part did not start');
  }
  return [engine.value, store.value, simulator.value, sink.value] as const;
}

function runWorker(worker: Worker, closes: Close[]): Promise<Error> {
  let isStopping = false;
  const running = worker.run();
  closes.push(async () => {
    isStopping = true;
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await running.catch(() => undefined);
  });
  return new Promise((resolve) => {
    running.then(
      () => {
        if (!isStopping) resolve(new Error('the worker stopped by itself'));
      },
      (failure: unknown) => resolve(failure instanceof Error ? failure : new Error(String(failure))),
    );
  });
}

/** Runs until Ctrl-C; a second one ends at once. */
export async function up({ json }: { json: boolean }): Promise<void> {
  // With --json the one line of standard output is for a program; everything else is for whoever watches.
  const say = json ? console.error : console.log;
  const settings = readSettings(process.env);
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const stopped = new Promise<void>((resolve) => {
    let asked = 0;
    const ask = (): void => {
      asked += 1;
      if (asked === 1) resolve();
      else process.exit(130);
    };
    process.on('SIGINT', ask);
    process.on('SIGTERM', ask);
  });
  say('Patchline is starting…');
  const system = await startSystem(settings, say);
  console.log(json ? JSON.stringify(readyOf(system)) : describe(system, settings));
  const failure = await Promise.race([stopped.then(() => null), system.failed]);
  say(failure === null ? 'Stopping…' : `Stopping: ${failure.message}`);
  await system.close();
  say('Stopped. Started again, everything goes on where it was.');
  process.exit(failure === null ? 0 : 1);
}

function readyOf({ url, uiUrl, people, simulator, mailFolder }: System) {
  return { ready: true, url, uiUrl, people: people.file, simulator: simulator?.url ?? null, mail: mailFolder };
}

function describe({ url, uiUrl, people, simulator, mailFolder }: System, settings: Settings): string {
  const names = people.people.map((person) => `${person.name} (${person.roles.join(', ')})`).join(', ');
  return [
    `Patchline is ready: ${url}`,
    ...(uiUrl === null ? [] : [`  histories:  ${workflowsUrl(uiUrl, settings) ?? ''}`]),
    ...(simulator === null ? ['  Azure:      the real one'] : [`  Azure:      simulated, ${simulator.url}`]),
    ...(mailFolder === null ? [] : [`  mail:       ${mailFolder}`]),
    `  sign in:    ${url}/auth/login with a name and the password that ${people.file} has for it`,
    `              npx patchline --as NAME …, NAME one of ${names}`,
    `              or PATCHLINE_TOKEN=… with a token of ${people.file}`,
    '  try:        npx patchline demo',
  ].join('\n');
}
