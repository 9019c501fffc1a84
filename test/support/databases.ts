// The databases that the inventory must work alike on: the embedded one, and a real PostgreSQL where Debian's package is installed.

import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdir } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe } from '@jest/globals';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../adapters/engine/embeddedPostgres.js';
import { createPool } from '../../adapters/postgres/openInventory.js';
import { temporaryFolder } from './temporary.js';

export interface TestDatabase {
  pool: pg.Pool;
  /** A second way in, as a second process would come; the embedded one has a single session, so it is the first again. */
  another(): pg.Pool;
  close(): Promise<void>;
}

const packages = '/usr/lib/postgresql';
const binaries = existsSync(packages)
  ? readdirSync(packages)
      .map((version) => join(packages, version, 'bin'))
      .find((folder) => existsSync(join(folder, 'initdb')))
  : undefined;
if (binaries === undefined) {
  if (process.env['PATCHLINE_REQUIRE_ALL'] === '1')
    throw new Error("a real PostgreSQL is missing: CI installs Debian's package before the tests");
  console.warn("skipped: no real PostgreSQL (Debian's package postgresql)");
}

/** Runs the same tests on every database of this machine. */
export function onEveryDatabase(title: string, tests: (start: () => Promise<TestDatabase>) => void): void {
  describe(`${title}, embedded`, () => tests(startEmbedded));
  const found = binaries;
  (found === undefined ? describe.skip : describe)(`${title}, on PostgreSQL`, () =>
    tests(() => startReal(found ?? '')),
  );
}

async function startEmbedded(): Promise<TestDatabase> {
  const embedded = await startEmbeddedPostgres(null);
  const pool = createPool(embedded.pool);
  return {
    pool,
    another: () => pool,
    async close() {
      await pool.end();
      await embedded.close();
    },
  };
}

const execute = promisify(execFile);

/** PostgreSQL refuses to run as root: its own account then owns and runs it. */
async function account(): Promise<{ uid: number; gid: number } | Record<string, never>> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (what) => Number((await execute('id', [what, 'postgres'])).stdout)),
  );
  return { uid: uid ?? 0, gid: gid ?? 0 };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function startReal(folder: string): Promise<TestDatabase> {
  const owner = await account();
  const home = await temporaryFolder();
  const data = join(home, 'data');
  await mkdir(data, { mode: 0o700 });
  if (owner.uid !== undefined) for (const path of [home, data]) await chown(path, owner.uid, owner.gid);
  await execute(
    join(folder, 'initdb'),
    ['-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-sync'],
    owner,
  );
  const port = await freePort();
  const args = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', home, '-c', 'fsync=off'];
  const server = spawn(join(folder, 'postgres'), args, { ...owner, stdio: 'ignore' });
  const connectionString = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  await untilItAnswers(connectionString);
  const pool = createPool({ connectionString });
  const pools = [pool];
  return {
    pool,
    another() {
      const more = createPool({ connectionString });
      pools.push(more);
      return more;
    },
    async close() {
      for (const one of pools) await one.end();
      const ended = once(server, 'exit');
      server.kill('SIGINT');
      await ended;
    },
  };
}

async function untilItAnswers(connectionString: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const client = new pg.Client({ connectionString });
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await pause(100);
    }
  }
  throw new Error('the PostgreSQL of the tests did not answer within 20 s');
}
