// The way to the inventory: the PostgreSQL that the settings name, or the embedded one.

import { startEmbeddedPostgres } from '../adapters/engine/embeddedPostgres.js';
import { createPool, openInventory } from '../adapters/postgres/openInventory.js';
import type { Inventory } from '../ports/inventory.js';
import { acting } from './acting.js';
import type { Settings } from './settings.js';

export interface Store {
  inventory: Inventory;
  close(): Promise<void>;
}

export async function connectStore(databaseUrl: string): Promise<Store> {
  const pool = createPool({ connectionString: databaseUrl });
  return { inventory: await openInventory(pool, acting), close: () => pool.end() };
}

export async function openStore(settings: Settings, dataDir: string): Promise<Store> {
  if (settings.DATABASE_URL !== undefined) return connectStore(settings.DATABASE_URL);
  const embedded = await startEmbeddedPostgres({ dataDir });
  const pool = createPool(embedded.pool);
  return {
    inventory: await openInventory(pool, acting),
    async close() {
      await pool.end();
      await embedded.close();
    },
  };
}
