// The embedded database: PostgreSQL as WebAssembly with one owner, reached by the ordinary driver over a unix socket.

import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface EmbeddedPostgres {
  /** For `new pg.Pool`: one connection, since PGlite has one session; a nested query outside it times out. */
  pool: {
    host: string;
    port: number;
    user: string;
    password: string;
    database: string;
    max: 1;
    connectionTimeoutMillis: number;
  };
  close(): Promise<void>;
}

const port = 5432;
/** Longer unix socket paths are cut silently and land elsewhere. */
const socketPathLengthMax = 107;

/**
 * Data in `<dataDir>/postgres`, whose lock the caller holds: PGlite takes none. For tests, `copyOf` names an archive of a data directory that a
 * database in memory begins with.
 */
export async function startEmbeddedPostgres(
  place: { dataDir: string } | { copyOf: string },
): Promise<EmbeddedPostgres> {
  const dataDir = 'dataDir' in place ? join(place.dataDir, 'postgres') : null;
  const host = await mkdtemp(join(shortTemporaryFolder(), 'pl-'));
  await chmod(host, 0o700);
  const socketPath = join(host, `.s.PGSQL.${port}`);
  if (dataDir !== null) await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const worker = new Worker(new URL('./embeddedPostgresWorker.js', import.meta.url), {
    workerData: { dataDir, copyOf: 'copyOf' in place ? place.copyOf : null, socketPath },
    execArgv: [],
  });
  try {
    await once(worker, 'message');
  } catch (failure) {
    await rm(host, { recursive: true, force: true });
    throw new Error(`the embedded database did not start in ${dataDir ?? 'memory'}`, { cause: failure });
  }
  return {
    pool: {
      host,
      port,
      user: 'postgres',
      password: 'postgres',
      database: 'postgres',
      max: 1,
      connectionTimeoutMillis: 30_000,
    },
    async close() {
      const closed = once(worker, 'message');
      worker.postMessage('close');
      await closed;
      await worker.terminate();
      await rm(host, { recursive: true, force: true });
    },
  };
}

function shortTemporaryFolder(): string {
  const folder = tmpdir();
  return folder.length + '/pl-XXXXXX/.s.PGSQL.5432'.length < socketPathLengthMax ? folder : '/tmp';
}
