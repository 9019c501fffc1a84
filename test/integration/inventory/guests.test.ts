// What guests tell: taken whole or not at all, whatever names they bring; what others installed is told from what we did.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openInventory } from '../../../adapters/postgres/openInventory.js';
import { acting } from '../../../composition/acting.js';
import type { GuestInventory } from '../../../ports/guest.js';
import type { Inventory } from '../../../ports/inventory.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { minutesFrom, now, someVm } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

const hostile = [
  '=HYPERLINK("http://evil")',
  '<img src=x onerror=alert(1)>',
  "Robert'); DROP TABLE vm;--",
  'nul \u0000 and half \ud800',
  '\u202Eright to left',
  'x'.repeat(300),
];

onEveryDatabase('guests', (start) => {
  let database: TestDatabase;
  let inventory: Inventory;
  const { guest: _g, assessment: _a, firstSeenAt: _f, joinedAt: _j, goneAt: _x, ...listed } = someVm();

  const tagged = { ...listed, tags: Object.fromEntries(hostile.map((text) => [text, text])) };

  beforeAll(async () => {
    database = await start();
    inventory = await openInventory(database.pool, acting);
    await inventory.fleet.saveListed([tagged], ['s'], now);
  }, 60_000);

  afterAll(() => database.close());

  const told = (change: Partial<GuestInventory> = {}): GuestInventory => ({
    software: [
      { name: 'Contoso Orders', version: '7.2', source: 'registry' },
      ...hostile.map((name) => ({ name, version: name.slice(0, 50), source: 'registry' as const })),
    ],
    updates: [
      { patchId: 'KB5063880', at: '2025-08-13T21:14:00.000Z' },
      { patchId: 'KB5065432', at: null },
    ],
    administrators: ['Administrator'],
    linux: null,
    ...change,
  });
  const names = async () => (await inventory.guests.software({ vmId: 'vm-1' })).map((one) => one.name);

  test('the first of a category joins at once, a later one when it has caught up', async () => {
    const [first, later] = [tagged, { ...listed, vmId: 'vm-9', name: 'web-prd-09', seenAt: minutesFrom(now, 5) }];
    await inventory.fleet.saveListed([first, later], ['s'], minutesFrom(now, 5));
    expect(await inventory.fleet.vm('vm-1')).toMatchObject({ joinedAt: now });
    expect(await inventory.fleet.vm('vm-9')).toMatchObject({ joinedAt: null });
    await inventory.fleet.join(['vm-1', 'vm-9'], minutesFrom(now, 9));
    expect(await inventory.fleet.vm('vm-1')).toMatchObject({ joinedAt: now });
    expect(await inventory.fleet.vm('vm-9')).toMatchObject({ joinedAt: minutesFrom(now, 9) });
  });

  test('what it remembers the first time is from before, and not tested here', async () => {
    const saved = await inventory.guests.saveInventory('vm-1', told(), now);
    expect(saved).toMatchObject({ added: 7, removed: 0, foreignUpdates: ['KB5063880', 'KB5065432'] });
    const history = await inventory.sessions.history('vm-1', null, 10);
    expect(history.map(({ patchId, source, at }) => [patchId, source, at])).toEqual([
      ['KB5063880', 'before', '2025-08-13T21:14:00.000Z'],
      ['KB5065432', 'before', now],
    ]);
    expect(history[0]?.reason).toContain('not tested here');
  });

  test('asked again, nothing is new', async () => {
    const saved = await inventory.guests.saveInventory('vm-1', told(), minutesFrom(now, 1));
    expect(saved).toEqual({ added: 0, removed: 0, foreignUpdates: [] });
  });

  test('names stay what they are, without what no text can hold', async () => {
    expect(await names()).toEqual(expect.arrayContaining(hostile.slice(0, 3)));
    const { tags } = (await inventory.fleet.vm('vm-1')) ?? { tags: {} };
    expect(Object.keys(tags)).toHaveLength(hostile.length);
  });

  test('what is gone is marked, what is new by others is out of band and told', async () => {
    const later = minutesFrom(now, 2);
    const updates = [...told().updates, { patchId: 'KB9999999', at: later }];
    const software = [{ name: 'Contoso Orders', version: '8.0', source: 'registry' as const }];
    const saved = await inventory.guests.saveInventory('vm-1', told({ software, updates }), later);
    expect(saved).toMatchObject({ added: 1, removed: 7, foreignUpdates: ['KB9999999'] });
    expect(await names()).toEqual(['Contoso Orders']);
    const all = await inventory.guests.software({ vmId: 'vm-1', gone: true });
    expect(all.find((one) => one.version === '7.2')?.goneAt).toBe(later);
    const whats = (await inventory.events.events({ vmId: 'vm-1' })).map((event) => event.what);
    expect(whats).toContain('web-prd-01: KB9999999 was installed out of band');
  });

  test('what a session of ours installed or is installing is not somebody else’s', async () => {
    await database.pool.query(`insert into run (run_key, environment, category, ring, occurrence, plan_at, opens_at, closes_at, status, waves, control)
      values ('r', 'production', 'web', 'canary', 'o', now(), now(), now(), 'planned', 1, 'run')`);
    await database.pool.query(`insert into manifest (run_key, vm_id, patch_id, vm_name, kb, wave, position, state)
      values ('r', 'vm-1', 'KB1000001', 'web-prd-01', '1000001', 1, 0, 'installing')`);
    const updates = [{ patchId: 'KB1000001', at: now }];
    const saved = await inventory.guests.saveInventory('vm-1', told({ updates }), minutesFrom(now, 3));
    expect(saved.foreignUpdates).toEqual([]);
  });

  test('a failed attempt leaves what is known, and says why', async () => {
    await inventory.guests.saveProblem('vm-1', 'the guest answered garbage', minutesFrom(now, 4));
    expect(await inventory.guests.knowledge(['vm-1'])).toMatchObject([
      { collectedAt: minutesFrom(now, 3), problem: 'the guest answered garbage', triedAt: minutesFrom(now, 4) },
    ]);
    expect(await names()).toHaveLength(7);
  });

  test('pages of a history are read by place', async () => {
    const whole = await inventory.sessions.history('vm-1', null, 100);
    const read: string[] = [];
    for (let place: (typeof whole)[number] | null = null; ; ) {
      const page: typeof whole = await inventory.sessions.history('vm-1', place, 2);
      read.push(...page.map((row) => row.patchId));
      place = page.at(-1) ?? null;
      if (place === null) break;
    }
    expect(read).toEqual(whole.map((row) => row.patchId));
  });

  test('a person’s word is kept beside the tag, and taken back', async () => {
    const { guests } = inventory;
    await guests.setFact('vm-1', 'owner', 'lee', 'sam', 'handed over', now);
    expect(await guests.facts(['vm-1'])).toMatchObject([{ name: 'owner', value: 'lee', by: 'sam' }]);
    await guests.setFact('vm-1', 'owner', null, 'sam', 'a mistake', now);
    expect(await guests.facts(['vm-1'])).toEqual([]);
    const changes = (await inventory.events.events({ vmId: 'vm-1' })).filter((event) => event.what.startsWith('owner'));
    expect(changes.map((event) => [event.before, event.after])).toEqual([
      [{ owner: null }, { owner: 'lee' }],
      [{ owner: 'lee' }, { owner: null }],
    ]);
  });
});
