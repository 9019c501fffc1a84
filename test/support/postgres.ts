// A real PostgreSQL of Debian's package, in a folder of its own, for tests and benches.

import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { temporaryFolder } from './temporary.js';

const packages = '/usr/lib/postgresql';
/** Where its programs lie; undefined where the package is not installed. */
export const postgresPrograms = existsSync(packages)
  ? readdirSync(packages)
      .map((version) => join(packages, version, 'bin'))
      .find((folder) => existsSync(join(folder, 'initdb')))
  : undefined;

/** Says what becomes of tests that want a real one; where nothing may be skipped, that is an error. */
export function goWithoutPostgres(instead: string): void {
  if (process.env['PATCHLINE_REQUIRE_ALL'] === '1')
    throw new Error("a real PostgreSQL is missing: CI installs Debian's package before the tests");
  console.warn(`${instead}: no real PostgreSQL (Debian's package postgresql)`);
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

export interface RealPostgres {
  connectionString: string;
  close(): Promise<void>;
}

export async function startPostgres(folder: string): Promise<RealPostgres> {
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
  // A socket in its own folder: a port could be taken by another server meanwhile.
  const args = ['-D', data, '-c', 'listen_addresses=', '-k', home, '-c', 'fsync=off'];
  const server = spawn(join(folder, 'postgres'), args, { ...owner, stdio: 'ignore' });
  const connectionString = `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(home)}`;
  await untilItAnswers(connectionString);
  return {
    connectionString,
    async close() {
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
