// The only way into the audit log: entries are numbered and chained by the database, in the transaction that makes the change (I8).

import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { AuditEntry } from '../../domain/audit.js';
import type { ActingPort } from '../../ports/acting.js';
import type { Statements } from './database.js';
import { jsonText } from './json.js';

/** What a store tells of a change; left out means null, and `at` now. Without a key it is told once, by the transaction that made the change. */
export type Told = Pick<AuditEntry, 'what' | 'why'> & Partial<AuditEntry>;

export type Tell = (on: Statements, entries: Told[]) => Promise<void>;

/** To be called last in a transaction: it waits for all who append, and nothing may wait for them in turn. */
export function createTell(acting: ActingPort): Tell {
  return async (on, entries) => {
    if (entries.length === 0) return;
    const at = new Date().toISOString();
    const whole = entries.map(
      (entry): AuditEntry => ({
        key: randomUUID(),
        at,
        who: acting.who(),
        before: null,
        after: null,
        patchId: null,
        vmId: null,
        runKey: null,
        ...entry,
      }),
    );
    await on.execute(sql`select audit_append(${jsonText(whole)}::jsonb)`);
  };
}
