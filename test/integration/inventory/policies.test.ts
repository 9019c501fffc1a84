// Policies in the inventory: one in force, each change of what its author saw, guarded ones by two people (I6).

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openInventory } from '../../../adapters/postgres/openInventory.js';
import { acting } from '../../../composition/acting.js';
import type { PolicyStore } from '../../../ports/policyVersions.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { minutesFrom, now } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

onEveryDatabase('policies', (start) => {
  let database: TestDatabase;
  let policies: PolicyStore;
  const sources = [{ file: 'p.yaml', text: 'a: 1' }];

  beforeAll(async () => {
    database = await start();
    ({ policies } = await openInventory(database.pool, acting));
  }, 60_000);

  afterAll(() => database.close());

  const propose = (author: string, basedOn: number, guarded: string[] = []) =>
    policies.propose({
      version: `by ${author}`,
      sources,
      author,
      reason: 'why',
      at: now,
      guarded,
      changed: guarded,
      basedOn,
    });
  const settle = (seq: number, by: string, accept: boolean) =>
    policies.settle(seq, { by, reason: 'looked at it', at: minutesFrom(now, 1), accept });

  test('the first is seeded once', async () => {
    expect(await policies.current()).toBeNull();
    await Promise.all(['one', 'two'].map((version) => policies.seed({ version, sources, at: now })));
    expect(await policies.versions({})).toHaveLength(1);
    expect(await policies.current()).toMatchObject({ seq: 1, author: 'setup', status: 'applied' });
  });

  test('an unguarded change is in force at once; one of an older version is not taken', async () => {
    expect(await propose('riley', 1)).toMatchObject({ seq: 2, status: 'applied' });
    expect(await propose('sam', 1)).toBeNull();
    expect(await policies.current()).toMatchObject({ seq: 2, version: 'by riley' });
  });

  test('a guarded one awaits a second person', async () => {
    expect(await propose('riley', 2, ['approvals'])).toMatchObject({ seq: 3, status: 'proposed' });
    expect((await policies.current())?.seq).toBe(2);
    expect(await settle(3, 'riley', true)).toBe('samePerson');
    expect(await settle(99, 'admin', true)).toBe('unknown');
    expect(await settle(3, 'admin', true)).toMatchObject({ status: 'applied', secondBy: 'admin' });
    expect((await policies.current())?.seq).toBe(3);
    expect(await settle(3, 'sam', true)).toBe('notProposed');
  });

  test('of two proposals the one that was overtaken can only be rejected, by its author too', async () => {
    await propose('riley', 3, ['freezes']);
    await propose('admin', 3, ['freezes']);
    expect(await settle(4, 'sam', true)).toMatchObject({ status: 'applied' });
    expect(await settle(5, 'sam', true)).toBe('outdated');
    expect(await settle(5, 'admin', false)).toMatchObject({ status: 'rejected' });
    expect((await policies.current())?.seq).toBe(4);
  });

  test('the database itself refuses a guarded policy in force without a second person', async () => {
    const insert = (second: string) =>
      database.pool.query(
        `insert into policy_version (version, sources, author, reason, at, guarded, status, second_by, application)
         values ('x', '[]', 'riley', 'why', now(), '["approvals"]', 'applied', ${second}, 99)`,
      );
    await expect(insert('null')).rejects.toThrow('guarded_needs_a_second');
    await expect(insert("'riley'")).rejects.toThrow('guarded_needs_a_second');
  });
});
