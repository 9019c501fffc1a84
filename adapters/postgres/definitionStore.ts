// How new each machine's definitions are: only the newest answer is kept.

import { asc } from 'drizzle-orm';
import type { DefinitionStore } from '../../ports/definitions.js';
import type { Database } from './database.js';
import { guestDefinition } from './schema/definitions.js';

export function createDefinitionStore(db: Database): DefinitionStore {
  return {
    async save(vmId, told, seenAt) {
      const set = { ...told, seenAt };
      await db
        .insert(guestDefinition)
        .values({ vmId, ...set })
        .onConflictDoUpdate({ target: guestDefinition.vmId, set });
    },

    async definitions() {
      return db.select().from(guestDefinition).orderBy(asc(guestDefinition.vmId));
    },
  };
}
