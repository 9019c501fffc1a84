// The embedded Temporal server: its own process under a keeper, persisted in the data directory, namespace and search attributes by us.

import { fork, type ChildProcess } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { findTemporal, type Progress } from './temporalBinary.js';

export interface TemporalServer {
  address: string;
  uiUrl: string | null;
  namespace: string;
  close(): Promise<void>;
}

export interface TemporalServerOptions {
  /** Null: in memory, for tests. */
  dataDir: string | null;
  namespace?: string;
  searchAttributes?: Record<string, 'Keyword' | 'Int' | 'Datetime'>;
  progress?: Progress;
}

const retentionDays = 90;
const startSecondsMax = 60;

/** Between the choice of a free port and its use another process may take it, and the server takes some of its own. */
const startsMax = 3;

export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const binary = await findTemporal(options.progress ?? (() => {}));
  for (let starts = 1; ; starts += 1) {
    try {
      return await startOnce(binary, options);
    } catch (failure) {
      if (!(failure instanceof EndedAtOnce) || starts >= startsMax) throw failure;
    }
  }
}

class EndedAtOnce extends Error {}

async function startOnce(binary: string, options: TemporalServerOptions): Promise<TemporalServer> {
  const namespace = options.namespace ?? 'patchline';
  const ports = await portsOf(options.dataDir);
  const keeper = startKeeper(binary, argumentsOf(options, namespace, ports));
  const address = `127.0.0.1:${ports.frontend}`;
  try {
    await waitUntilUp(address, namespace, keeper);
    await keepHistories(address, namespace);
    await addSearchAttributes(address, namespace, options.searchAttributes ?? {});
  } catch (failure) {
    if (keeper.connected) keeper.disconnect();
    throw failure;
  }
  return {
    address,
    namespace,
    uiUrl: options.dataDir === null ? null : `http://127.0.0.1:${ports.ui}`,
    async close() {
      const ended = new Promise((resolve) => keeper.once('exit', resolve));
      keeper.ref();
      if (keeper.exitCode !== null) return;
      if (keeper.connected) keeper.disconnect();
      await ended;
    },
  };
}

interface Ports {
  frontend: number;
  ui: number;
  metrics: number;
}

function argumentsOf({ dataDir, searchAttributes }: TemporalServerOptions, namespace: string, ports: Ports): string[] {
  const common = [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    String(ports.frontend),
    '--namespace',
    namespace,
    '--log-level',
    'error',
    '--metrics-port',
    String(ports.metrics),
  ];
  const attributes = Object.entries(searchAttributes ?? {}).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type}`,
  ]);
  if (dataDir === null) return [...common, ...attributes, '--headless'];
  const pragmas = ['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'];
  return [
    ...common,
    ...attributes,
    '--ui-ip',
    '127.0.0.1',
    '--ui-port',
    String(ports.ui),
    '--db-filename',
    join(dataDir, 'temporal', 'temporal.db'),
    ...pragmas,
  ];
}

/** The same ports as the last time where they are free, so that addresses people noted stay right. */
async function portsOf(dataDir: string | null): Promise<Ports> {
  if (dataDir === null) return { frontend: await freePort(), ui: await freePort(), metrics: await freePort() };
  const folder = join(dataDir, 'temporal');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'ports.json');
  const held = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Ports,
    () => null,
  );
  if (held !== null) {
    await waitUntilFree(held.frontend);
    if (await isFree(held.frontend))
      return { ...held, metrics: await freePort(), ui: (await isFree(held.ui)) ? held.ui : await freePort() };
  }
  const ports = {
    frontend: (await isFree(7233)) ? 7233 : await freePort(),
    ui: (await isFree(8233)) ? 8233 : await freePort(),
    metrics: await freePort(),
  };
  await writeFile(file, JSON.stringify(ports));
  return ports;
}

/** A server whose owner was killed takes about two seconds to end. */
async function waitUntilFree(port: number): Promise<void> {
  for (let tries = 0; tries < 40 && !(await isFree(port)); tries += 1) await pause(250);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address === null || typeof address === 'string' ? reject(new Error('no port')) : resolve(address.port),
      );
    });
  });
}

function startKeeper(binary: string, args: string[]): ChildProcess {
  const keeper = fork(fileURLToPath(new URL('./keeper.js', import.meta.url)), [binary, ...args], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  keeper.unref();
  keeper.channel?.unref();
  return keeper;
}

async function waitUntilUp(address: string, namespace: string, keeper: ChildProcess): Promise<void> {
  for (const began = Date.now(); ; ) {
    requireAlive(keeper);
    // Only once the port is open: a connection given up in between would retry later on a closed channel, and end the process.
    if (await isListening(address)) break;
    if (Date.now() - began > startSecondsMax * 1000)
      throw new Error(`the Temporal server does not listen at ${address}`);
    await pause(100);
  }
  const connection = await Connection.connect({ address, connectTimeout: startSecondsMax * 1000 });
  try {
    await untilDescribed(connection, namespace);
  } finally {
    await connection.close();
  }
  // Somebody else's server may have answered at a port that ours could not take.
  requireAlive(keeper);
}

function requireAlive({ exitCode }: ChildProcess): void {
  if (exitCode !== null)
    throw new EndedAtOnce(
      `the Temporal server ended at once with code ${exitCode}: is its port taken, or its database in use?`,
    );
}

/** The namespace is made a moment after the port opens. */
async function untilDescribed(connection: Connection, namespace: string): Promise<void> {
  for (const began = Date.now(); ; await pause(150)) {
    try {
      await connection.workflowService.describeNamespace({ namespace });
      return;
    } catch (failure) {
      if (Date.now() - began > startSecondsMax * 1000)
        throw new Error(`the Temporal server has no namespace ${namespace}`, { cause: failure });
    }
  }
}

function isListening(address: string): Promise<boolean> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve) => {
    const probe = connect({ host, port: Number(port) }, () => probe.end(() => resolve(true)));
    probe.once('error', () => resolve(false));
  });
}

/** The dev server keeps closed workflows a day by default; the console links to them for longer. */
async function keepHistories(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: msToTs(retentionDays * 86_400_000) },
    });
  } finally {
    await connection.close();
  }
}

/** As the engine numbers them: https://github.com/temporalio/api/blob/master/temporal/api/enums/v1/common.proto */
const attributeTypes = { Keyword: 2, Int: 3, Datetime: 6 } as const;

/** The server takes those of its arguments with a new database alone: one that an earlier release made gets what is missing here. */
async function addSearchAttributes(
  address: string,
  namespace: string,
  wanted: NonNullable<TemporalServerOptions['searchAttributes']>,
): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    const held = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.entries(wanted).filter(([name]) => held.customAttributes[name] === undefined);
    if (missing.length === 0) return;
    const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, attributeTypes[type]]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } finally {
    await connection.close();
  }
}
