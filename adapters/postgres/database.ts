// The connection pool, and migrations that two processes may start at once.

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import type { EmbeddedPostgres } from '../engine/embeddedPostgres.js';

export type Database = NodePgDatabase;
/** What a store runs its statements on: the pool, or the one connection of a transaction. */
export type Statements = Pick<Database, 'select' | 'insert' | 'update' | 'delete' | 'execute'>;

export function createPool(config: { connectionString: string } | EmbeddedPostgres['pool']): pg.Pool {
  const pool = new pg.Pool(
    'connectionString' in config ? { ...config, max: 10, connectionTimeoutMillis: 30_000 } : config,
  );
  // A server that restarts breaks idle connections: the pool makes new ones, and whoever was asking is told by its own query.
  pool.on('error', () => {});
  return pool;
}

/** Any number: it only has to be the same for every process of Patchline. */
const migrationLock = 4_201_964;

/** From here on nobody but `audit_append` writes the audit log (I8). */
const actAsService = 'set role patchline_service';

/** Drizzle's migrator takes no lock of its own: of two at once, one would fail. */
export async function openDatabase(pool: pg.Pool): Promise<Database> {
  const client = await pool.connect();
  try {
    // The embedded database has one session, and an earlier opening may have left it as the service.
    await client.query('reset role');
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    try {
      await migrate(drizzle(client, { casing: 'snake_case' }), {
        migrationsFolder: join(dirname(fileURLToPath(import.meta.url)), 'migrations'),
      });
      await client.query('insert into admission_lock (id) values (1) on conflict do nothing');
    } finally {
      await client.query('select pg_advisory_unlock($1)', [migrationLock]);
    }
    await client.query(actAsService);
    // A connection that cannot take the role is not given out.
    pool.options.verify = (later, done) => void later.query(actAsService).then(() => done(), done);
  } finally {
    client.release();
  }
  return drizzle(pool, { casing: 'snake_case' });
}
