// The inventory on PostgreSQL: migrated, then all stores on one pool.

import type pg from 'pg';
import type { Inventory } from '../../ports/inventory.js';
import { openDatabase } from './database.js';
import { createDecisionStore } from './decisionStore.js';
import { createEventStore, createStopStore } from './eventStore.js';
import { createFleetStore } from './fleetStore.js';
import { createOperationStore } from './operationStore.js';
import { createPatchStore } from './patchStore.js';
import { createRunStore } from './runStore.js';
import { createSessionStore } from './sessionStore.js';
import { createTestStore } from './testStore.js';

export { createPool } from './database.js';

export async function openInventory(pool: pg.Pool): Promise<Inventory> {
  const db = await openDatabase(pool);
  return {
    fleet: createFleetStore(db),
    patches: createPatchStore(db),
    tests: createTestStore(db),
    decisions: createDecisionStore(db),
    runs: createRunStore(db),
    sessions: createSessionStore(db),
    operations: createOperationStore(db),
    events: createEventStore(db),
    stops: createStopStore(db),
  };
}
