// What is kept of culprit isolations: begun once, each trial judged once, ended once, every change told (I8).

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openInventory } from '../../../adapters/postgres/openInventory.js';
import { acting } from '../../../composition/acting.js';
import { isolationIdOf } from '../../../domain/isolation.js';
import type { Inventory } from '../../../ports/inventory.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { minutesFrom, now } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

const runKey = 'maintenance/staging/file/staging/next@1';
const isolationId = isolationIdOf(runKey);
const begun = {
  isolationId,
  runKey,
  category: 'file',
  patchIds: ['KB1', 'KB2', 'KB3'],
  groups: [{ machines: [{ vmId: 'v1', vmName: 'file-stg-01' }], patchIds: ['KB1', 'KB2', 'KB3'], suspects: [] }],
  trialsMax: 24,
  until: minutesFrom(now, 60),
  startedAt: now,
};
const trial = (number: number, patchIds: string[]) => ({
  number,
  group: 0,
  patchIds,
  startedAt: minutesFrom(now, number),
});

onEveryDatabase('culprit isolations', (start) => {
  let database: TestDatabase;
  let inventory: Inventory;

  beforeAll(async () => {
    database = await start();
    inventory = await openInventory(database.pool, acting);
  }, 60_000);

  afterAll(() => database.close());

  /** Told once, however often it is done. */
  async function told(change: () => Promise<unknown>): Promise<string[]> {
    const before = (await inventory.events.head())?.seq ?? 0;
    await acting.as('kim', change);
    await acting.as('kim', change);
    return (await inventory.events.events({ after: before })).map((event) => `${event.who}: ${event.what}`);
  }

  test('two who begin the same one get the same one', async () => {
    const { isolations } = inventory;
    expect(await told(() => isolations.begin(begun))).toEqual([
      'kim: isolation of the culprit for file begins: KB1, KB2, KB3',
    ]);
    const second = await isolations.begin({ ...begun, trialsMax: 1, startedAt: minutesFrom(now, 5) });
    expect(second).toMatchObject({ trialsMax: 24, startedAt: now, status: 'running', trials: [] });
  });

  test('the first verdict of a trial and the first end stay', async () => {
    const { isolations } = inventory;
    expect(await told(() => isolations.openTrials(isolationId, [trial(1, ['KB1'])]))).toEqual([
      'kim: isolation for file, trial 1: KB1',
    ]);
    await isolations.enrolTrials(isolationId, 1, 'run-1');
    const close = (verdict: 'passed' | 'failed') =>
      isolations.closeTrial(isolationId, { number: 1, group: 0 }, { verdict, reasons: ['sick'], at: now });
    expect(await told(() => close('failed'))).toEqual(['kim: isolation for file, trial 1 failed: KB1']);
    expect(await told(() => close('passed'))).toEqual([]);
    expect((await isolations.isolation(isolationId))?.trials).toMatchObject([
      { number: 1, patchIds: ['KB1'], runKey: 'run-1', verdict: 'failed', reasons: ['sick'] },
    ]);
    const end = (status: 'named' | 'inconclusive') =>
      isolations.end(isolationId, { status, detail: 'KB1 named', verdicts: [], at: now });
    expect(await told(() => end('named'))).toEqual(['kim: isolation for file ended: named']);
    expect((await end('inconclusive')).status).toBe('named');
  });

  test('is found by its run, by each of its patches, and by how it stands', async () => {
    const { isolations } = inventory;
    const found = async (filter: Parameters<typeof isolations.isolations>[0]) =>
      (await isolations.isolations(filter)).map((one) => one.isolationId);
    expect(await found({ runKey, limit: 10 })).toEqual([isolationId]);
    expect(await found({ patchId: 'KB2', status: 'named', limit: 10 })).toEqual([isolationId]);
    expect(await found({ patchId: 'KB', limit: 10 })).toEqual([]);
    expect(await found({ status: 'running', limit: 10 })).toEqual([]);
    expect(await isolations.isolation('isolation/none')).toBeNull();
  });
});
