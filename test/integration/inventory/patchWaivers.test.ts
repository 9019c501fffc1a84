// What the inventory keeps of waivers of patches, and what becomes of due rows that they excuse (I5, I6, I8).

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openInventory } from '../../../adapters/postgres/openInventory.js';
import { acting } from '../../../composition/acting.js';
import type { PatchWaiver } from '../../../domain/patchWaiver.js';
import type { Inventory } from '../../../ports/inventory.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { minutesFrom, now, somePatch, someVm, someWaiver } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

const names = ['web-prd-01', 'web-prd-02', 'web-prd-03', 'app-prd-01'];
const due = (vmId: string, patchId = 'KB5070884') => ({
  patchId,
  vmId,
  tier: vmId === 'web-prd-01' ? 'P1' : 'P2',
  deadline: minutesFrom(now, vmId === 'web-prd-01' ? -60 : -30),
  rule: 'r',
  fact: 'f',
  cve: null,
  clockBegan: now,
  forensics: false,
  estimated: [],
});

onEveryDatabase('waivers of patches', (start) => {
  let database: TestDatabase;
  let inventory: Inventory;

  beforeAll(async () => {
    database = await start();
    inventory = await openInventory(database.pool, acting);
    const listed = names.map((name) => {
      const vm = someVm({ vmId: name, name, category: name.slice(0, 3) });
      const { guest: _guest, assessment: _assessment, firstSeenAt: _first, goneAt: _gone, ...rest } = vm;
      return { ...rest, azureId: `${rest.azureId}/${name}` };
    });
    await inventory.fleet.saveListed(listed, ['s'], now);
    await inventory.patches.savePatches([somePatch()], now);
    await inventory.patches.replaceDemand(
      names.map((vmId) => ({ vmId, patchId: 'KB5070884', reason: 'build' })),
      now,
    );
    await inventory.due.recompute(
      'KB5070884',
      () => names.map((vmId) => ({ kind: 'new' as const, after: due(vmId) })),
      now,
    );
  }, 60_000);

  afterAll(() => database.close());

  async function told(change: () => Promise<unknown>): Promise<string[]> {
    const before = (await inventory.events.head())?.seq ?? 0;
    await acting.as('kim', change);
    return (await inventory.events.events({ after: before })).map((event) => `${event.who}: ${event.what}`);
  }

  const asking = (change: Partial<PatchWaiver> = {}) => {
    const { status: _s, decidedBy: _b, decidedAt: _a, justification: _j, ...rest } = someWaiver(change);
    const { endedBy: _eb, endedAt: _ea, endReason: _er, ...asked } = rest;
    return asked;
  };
  const yes = { by: 'riley', verdict: 'approve' as const, justification: 'seen, and bearable', at: now };
  const group = async (category: string) => (await inventory.due.groups({ now, category, patchIds: ['KB5070884'] }))[0];

  test('one is asked for at a time, decided once, and each step is told', async () => {
    const { patchWaivers } = inventory;
    const mine = asking({ vmId: 'web-prd-01', vmName: 'web-prd-01' });
    expect(await told(() => patchWaivers.ask(mine))).toEqual(['sam: KB5070884 for web-prd-01: a waiver was asked for']);
    expect(await patchWaivers.ask(asking({ waiverId: 'w2', vmId: 'web-prd-01' }))).toBeNull();
    expect(await told(() => patchWaivers.decide('w1', yes, () => ['riley owns it']))).toEqual([
      'riley: KB5070884 for web-prd-01: decision on a waiver refused: riley owns it',
    ]);
    expect(await patchWaivers.standing({ now })).toEqual([]);
    expect(await told(() => patchWaivers.decide('w1', yes, () => []))).toEqual([
      `riley: KB5070884 for web-prd-01: waived until ${mine.until}`,
    ]);
    expect(await patchWaivers.standing({ now })).toMatchObject([
      { waiverId: 'w1', status: 'approved', decidedBy: 'riley' },
    ]);
    expect(await patchWaivers.standing({ now: mine.until })).toEqual([]);
    expect(await patchWaivers.decide('none', yes, () => [])).toBeNull();
  });

  test('what it excuses is waived and not overdue, and the rest of the group is told of', async () => {
    expect(await group('web')).toMatchObject({ machines: 3, waived: 1, overdue: 2, tier: 'P2' });
    expect((await group('web'))?.deadline).toBe(minutesFrom(now, -30));
    const rows = await inventory.due.rows({ category: 'web', now });
    expect(rows.map((row) => [row.vmId, row.waived?.waiverId ?? null])).toEqual([
      ['web-prd-01', 'w1'],
      ['web-prd-02', null],
      ['web-prd-03', null],
    ]);
    expect(rows[0]?.waived).toEqual({
      waiverId: 'w1',
      until: someWaiver().until,
      by: 'riley',
      reason: 'the print server breaks with it',
    });
    expect((await inventory.due.rows({ category: 'web', now, waived: false })).map((row) => row.vmId)).toEqual([
      'web-prd-02',
      'web-prd-03',
    ]);
    expect((await group('app'))?.waived).toBe(0);
  });

  test('a whole category is one row, and what is waived everywhere keeps its date', async () => {
    await inventory.patchWaivers.ask(asking({ waiverId: 'c1' }));
    await inventory.patchWaivers.decide('c1', yes, () => []);
    expect(await group('web')).toMatchObject({ machines: 3, waived: 3, overdue: 0, tier: 'P1' });
    expect(await inventory.due.groups({ now, category: 'web', waived: false })).toEqual([]);
    expect((await group('app'))?.waived).toBe(0);
  });

  test('a new one replaces what stood; revoked or expired they end once, with a reason', async () => {
    const { patchWaivers } = inventory;
    await patchWaivers.ask(asking({ waiverId: 'c2', renews: 'c1', until: minutesFrom(now, 90 * 24 * 60) }));
    expect(await told(() => patchWaivers.decide('c2', yes, () => []))).toEqual([
      'riley: KB5070884 for web: the waiver was replaced',
      `riley: KB5070884 for web: waived until ${minutesFrom(now, 90 * 24 * 60)}`,
    ]);
    expect(await patchWaivers.waiver('c1')).toMatchObject({ status: 'replaced', endReason: 'replaced by waiver c2' });
    const end = { status: 'revoked' as const, by: 'sam', reason: 'the vendor mended it', at: now };
    expect(await told(() => patchWaivers.end('c2', end, () => []))).toEqual([
      'sam: KB5070884 for web: the waiver was revoked',
    ]);
    expect(await told(() => patchWaivers.end('c2', end, () => []))).toEqual([]);
    expect(await group('web')).toMatchObject({ waived: 1 });
    expect(await patchWaivers.waivers({ statuses: ['revoked'] })).toMatchObject([{ waiverId: 'c2', endedBy: 'sam' }]);
    const [first] = await patchWaivers.waivers({ limit: 1 });
    const later = await patchWaivers.waivers({ after: first?.waiverId ?? '' });
    expect(later.map((one) => one.waiverId)).not.toContain(first?.waiverId);
    expect(later).toHaveLength(2);
  });

  test('after a change of content it excuses no longer, and stands still', async () => {
    await inventory.patches.savePatches(
      [
        somePatch({
          fixedBuilds: { '11923': '10.0.20348.4405' },
          source: { channel: 'msrc', document: '2025-Oct', revision: '2' },
        }),
      ],
      minutesFrom(now, 5),
    );
    expect(await inventory.revisions.newest(['KB5070884'], 'content')).toEqual(
      new Map([['KB5070884', minutesFrom(now, 5)]]),
    );
    expect(await group('web')).toMatchObject({ waived: 0, overdue: 3 });
    expect(await inventory.patchWaivers.standing({ now, excusing: true })).toEqual([]);
    expect((await inventory.patchWaivers.standing({ now })).map((one) => one.waiverId)).toEqual(['w1']);
  });

  test('nobody waives what they asked for or own, whatever the code forgets', async () => {
    const row = (decidedBy: string) => `insert into patch_waiver
      (waiver_id, patch_id, category, until, reason, control, owner, status, requested_by, requested_at, asked_until, decided_by, decided_at)
      values ('x', 'KB1', 'web', now(), 'r', 'c', 'Dana', 'approved', 'sam', now(), now(), ${decidedBy}, now())`;
    for (const by of ["'sam'", "'dana'", 'null'])
      await expect(database.pool.query(row(by))).rejects.toThrow('waived_by_another');
  });
});
