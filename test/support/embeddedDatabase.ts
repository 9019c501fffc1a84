// The embedded database in memory for tests. Making its empty cluster takes seconds: that is done once, and every suite begins with a copy.

import { writeFile } from 'node:fs/promises';
import type pg from 'pg';
import { startEmbeddedPostgres } from '../../adapters/engine/embeddedPostgres.js';
import { createPool } from '../../adapters/postgres/openInventory.js';
import { prepared } from './prepared.js';

export interface TestDatabase {
  pool: pg.Pool;
  /** A second way in, as a second process would come; the embedded one has a single session, so it is the first again. */
  another(): pg.Pool;
  close(): Promise<void>;
}

/** Where one database says enough. */
export async function openEmbeddedDatabase(): Promise<TestDatabase> {
  const embedded = await startEmbeddedPostgres({ copyOf: await emptyCluster() });
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

function emptyCluster(): Promise<string> {
  return prepared('cluster.tar', ['package-lock.json'], async (path) => {
    const { PGlite } = await import('@electric-sql/pglite');
    const db = await PGlite.create();
    const dump = await db.dumpDataDir('none');
    await db.close();
    await writeFile(path, Buffer.from(await dump.arrayBuffer()));
  });
}
