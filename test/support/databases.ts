// The databases that the inventory must work alike on: the embedded one, and a real PostgreSQL where Debian's package is installed.

import { describe } from '@jest/globals';
import type pg from 'pg';
import { createPool } from '../../adapters/postgres/openInventory.js';
import { openEmbeddedDatabase, type TestDatabase } from './embeddedDatabase.js';
import { goWithoutPostgres, postgresPrograms, startPostgres } from './postgres.js';

export { openEmbeddedDatabase, type TestDatabase } from './embeddedDatabase.js';

if (postgresPrograms === undefined) goWithoutPostgres('skipped');

/** Runs the same tests on every database of this machine. */
export function onEveryDatabase(title: string, tests: (start: () => Promise<TestDatabase>) => void): void {
  describe(`${title}, embedded`, () => tests(openEmbeddedDatabase));
  const found = postgresPrograms;
  (found === undefined ? describe.skip : describe)(`${title}, on PostgreSQL`, () =>
    tests(() => startReal(found ?? '')),
  );
}

/** Everything but the audit log, which only ever grows. */
export async function forgetAll(pool: pg.Pool): Promise<void> {
  await pool.query(`reset role; do $$ begin execute (
    select 'truncate ' || string_agg(format('%I', tablename), ', ') from pg_tables
    where schemaname = 'public' and tablename not in ('event', 'event_head', 'admission_lock'));
  end $$; set role patchline_service`);
}

async function startReal(folder: string): Promise<TestDatabase> {
  const server = await startPostgres(folder);
  const pool = createPool(server);
  const pools = [pool];
  return {
    pool,
    another() {
      const more = createPool(server);
      pools.push(more);
      return more;
    },
    async close() {
      for (const one of pools) await one.end();
      await server.close();
    },
  };
}
