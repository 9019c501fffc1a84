// Requests for a decision: one waits at a time, a repeated one stands as first asked (I1).

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openInventory } from '../../../adapters/postgres/openInventory.js';
import { acting } from '../../../composition/acting.js';
import type { Inventory } from '../../../ports/inventory.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { someRequest } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

onEveryDatabase('requests', (start) => {
  let database: TestDatabase;
  let inventory: Inventory;

  beforeAll(async () => {
    database = await start();
    // Two at once, on an empty database: both migrate, one after the other.
    const [first] = await Promise.all([database.pool, database.another()].map((pool) => openInventory(pool, acting)));
    if (first === undefined) throw new Error('no inventory');
    inventory = first;
  }, 60_000);

  afterAll(() => database.close());

  test('a new occasion supersedes a request that still waits', async () => {
    await inventory.decisions.openRequest(someRequest({ requestId: 'KB1/web/a/1' }));
    const second = await inventory.decisions.openRequest(
      someRequest({ requestId: 'KB1/web/b/1', digest: 'e'.repeat(64) }),
    );
    expect(second).toMatchObject({ status: 'waiting', digest: 'e'.repeat(64) });
    const all = await inventory.decisions.requests({ patchId: 'KB1' });
    expect(all.map(({ requestId, status }) => [requestId, status])).toEqual([
      ['KB1/web/a/1', 'superseded'],
      ['KB1/web/b/1', 'waiting'],
    ]);
  });

  test('a late repetition of a superseded one changes nothing', async () => {
    const late = await inventory.decisions.openRequest(
      someRequest({ requestId: 'KB1/web/a/1', digest: 'f'.repeat(64) }),
    );
    expect(late).toMatchObject({ status: 'superseded', digest: 'd'.repeat(64) });
    expect((await inventory.decisions.request('KB1', 'web'))?.requestId).toBe('KB1/web/b/1');
  });
});
