// Impacts in the inventory: what is unchanged writes nothing, an edit takes the waiting request with it, and sessions tell what was measured.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openInventory } from '../../../adapters/postgres/openInventory.js';
import { acting } from '../../../composition/acting.js';
import type { Inventory } from '../../../ports/inventory.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { minutesFrom, now, someRequest, someVm } from '../../support/facts.js';
import { someImpact, someObservation } from '../../support/impacts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

onEveryDatabase('impacts', (start) => {
  let database: TestDatabase;
  let inventory: Inventory;

  beforeAll(async () => {
    database = await start();
    inventory = await openInventory(database.pool, acting);
  }, 60_000);

  afterAll(() => database.close());

  const edit = {
    editId: 'e1',
    patchId: 'KB1',
    category: 'web',
    vmId: 'vm-1',
    vmName: 'web-prd-1',
    downtimeMinutes: 45,
    note: 'drain it first <b>now</b>',
    reason: 'measured by hand',
    by: 'lee',
    at: minutesFrom(now, 3),
  };

  test('keeps the newest, and tells only what changed', async () => {
    const first = someImpact();
    await inventory.impacts.save(first);
    const head = await inventory.events.head();
    await inventory.impacts.save({ ...first, at: minutesFrom(now, 1) });
    expect(await inventory.events.head()).toEqual(head);
    const second = { ...someImpact({ observations: [someObservation()] }), at: minutesFrom(now, 2) };
    await inventory.impacts.save(second);
    expect(await inventory.impacts.impacts({ patchId: 'KB1' })).toEqual([second]);
    expect(await inventory.impacts.impacts({ patchId: 'KB1', category: 'app' })).toEqual([]);
  });

  test('an edit closes the request that waits, once, and leaves others alone', async () => {
    const { decisions, impacts } = inventory;
    await decisions.openRequest(someRequest());
    await decisions.openRequest(someRequest({ requestId: 'KB1/app/first/1', category: 'app' }));
    expect(await impacts.edit(edit)).toEqual({ recalled: true });
    expect((await decisions.request('KB1', 'web'))?.status).toBe('superseded');
    expect((await decisions.request('KB1', 'app'))?.status).toBe('waiting');
    const { vmId: _vmId, vmName: _vmName, ...ofCategory } = edit;
    const later = { ...ofCategory, editId: 'e2', vmId: null, vmName: null, note: null, at: minutesFrom(now, 4) };
    expect(await impacts.edit(later)).toEqual({ recalled: false });
    expect(await impacts.edits({ patchId: 'KB1', category: 'web' })).toEqual([edit, later]);
    expect((await impacts.untold()).map((one) => one.editId)).toEqual(['e1', 'e2']);
    await impacts.told(['e1'], now);
    expect((await impacts.untold()).map((one) => one.editId)).toEqual(['e2']);
  });

  test('sessions that ended tell what was measured, the newest first and those of the test in any case', async () => {
    const { fleet, runs, sessions, operations, impacts } = inventory;
    const { guest: _g, assessment: _a, firstSeenAt: _f, goneAt: _gone, joinedAt: _j, ...listed } = someVm();
    await fleet.saveListed([listed], ['s'], now);
    for (const number of [1, 2, 3]) {
      const place = { environment: 'staging' as const, category: 'web', ring: 'staging', occurrence: `soon@${number}` };
      const runKey = `maintenance/staging/web/staging/soon@${number}`;
      const times = { planAt: now, opensAt: now, closesAt: minutesFrom(now, 600) };
      const enrolment = {
        patchId: 'KB1',
        category: 'web',
        digest: null,
        decisionId: null,
        vmIds: ['vm-1'],
        notifyWorkflowId: 'w',
      };
      await runs.enrol({ ...place, ...times }, enrolment, minutesFrom(now, -1));
      const sessionId = `${runKey}#vm-1`;
      const startedAt = minutesFrom(now, number * 10);
      await sessions.admit({ sessionId, runKey, vmId: 'vm-1', vmName: 'web-prd-01', startedAt }, () => ({
        admitted: true,
      }));
      await operations.intend(sessionId, 'install', 'vm-1', startedAt);
      await operations.finished(sessionId, 'install', 'succeeded', { rebootStatus: 'Completed' }, null);
      if (number === 2) await operations.intend(sessionId, 'deallocate', 'vm-1', minutesFrom(startedAt, 4));
      const outcome = number === 2 ? 'rolledBack' : 'installed';
      await sessions.settle(sessionId, outcome, 'done', [], minutesFrom(startedAt, 5));
    }
    const found = await impacts.endedSessions({ runKey: 'maintenance/staging/web/staging/soon@1', limit: 2 });
    expect(found.map(({ runKey, outcome, unwoundFrom }) => [runKey.slice(-1), outcome, unwoundFrom])).toEqual([
      ['1', 'installed', null],
      ['3', 'installed', null],
      ['2', 'rolledBack', minutesFrom(now, 24)],
    ]);
    expect(found[0]).toMatchObject({
      category: 'web',
      osName: 'Windows Server 2022 Datacenter',
      startedAt: minutesFrom(now, 10),
      endedAt: minutesFrom(now, 15),
      installed: { rebootStatus: 'Completed' },
    });
  });
});
