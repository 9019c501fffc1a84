// The test repository: tests by patch, category, machine and verdict, in pages; evidence is kept once and never replaced.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openInventory } from '../../../adapters/postgres/openInventory.js';
import { acting } from '../../../composition/acting.js';
import type { Inventory } from '../../../ports/inventory.js';
import type { TestResult } from '../../../ports/stageTests.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { minutesFrom, now } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

function someTest(number: number, change: Partial<TestResult> = {}): TestResult {
  return {
    runKey: `maintenance/staging/web/staging/soon@${number}`,
    patchId: 'KB1',
    category: 'web',
    testedSet: ['KB1'],
    verdict: 'passed',
    reasons: [],
    vmIds: ['vm-stg-1'],
    downtimeMinutes: 4,
    reboots: 1,
    at: minutesFrom(now, number),
    reached: [
      { vmId: 'vm-stg-1', vmName: 'web-stg-01', system: 'Windows Server 2022', build: '10.0.1.2', level: ['KB1'] },
    ],
    supersedes: ['4'],
    ...change,
  };
}

onEveryDatabase('the test repository', (start) => {
  let database: TestDatabase;
  let inventory: Inventory;

  beforeAll(async () => {
    database = await start();
    inventory = await openInventory(database.pool, acting);
  }, 60_000);

  afterAll(() => database.close());

  test('finds every test ever by patch, category, machine, verdict and time, in pages', async () => {
    const { tests, stageTests } = inventory;
    const all = [
      someTest(1),
      someTest(2, { verdict: 'failed', reasons: ['web-stg-01: rolled back: service W3SVC is down'] }),
      someTest(3, { patchId: 'KB2', category: 'app', vmIds: ['vm-stg-2', 'vm-stg-3'] }),
      // At the same instant: the key decides.
      someTest(3, { patchId: 'KB3', category: 'app', vmIds: ['vm-stg-3'] }),
    ];
    for (const one of all) await tests.saveTestResult(one);
    const keys = async (filter: Partial<Parameters<typeof stageTests.tests>[0]>) =>
      (await stageTests.tests({ limit: 10, ...filter })).map((one) => `${one.patchId}@${one.runKey.split('@')[1]}`);
    expect(await keys({})).toEqual(['KB3@3', 'KB2@3', 'KB1@2', 'KB1@1']);
    expect(await keys({ patchId: 'KB1' })).toEqual(['KB1@2', 'KB1@1']);
    expect(await keys({ category: 'app', vmId: 'vm-stg-2' })).toEqual(['KB2@3']);
    expect(await keys({ verdict: 'failed' })).toEqual(['KB1@2']);
    expect(await keys({ since: minutesFrom(now, 2) })).toEqual(['KB3@3', 'KB2@3', 'KB1@2']);
    const walked: string[] = [];
    for (let after: TestResult | undefined; ; ) {
      const page: TestResult[] = await stageTests.tests({ limit: 1, ...(after === undefined ? {} : { after }) });
      after = page[0];
      if (after === undefined) break;
      walked.push(`${after.patchId}@${after.runKey.split('@')[1]}`);
    }
    expect(walked).toEqual(await keys({}));
    expect((await tests.testResults({ patchId: 'KB1', verdict: 'passed' }))[0]).toEqual(someTest(1));
  });

  test('keeps evidence once, and counts what is kept', async () => {
    const { stageTests } = inventory;
    const runKey = someTest(1).runKey;
    const text = { vmId: 'vm-stg-1', item: 'probe after', text: 'port\t443\tup', characters: 11, cut: false };
    await stageTests.keep(runKey, [{ ...text, sha256: 'a'.repeat(64) }], now);
    await stageTests.keep(runKey, [{ ...text, text: 'another', sha256: 'b'.repeat(64) }], minutesFrom(now, 1));
    expect(await stageTests.evidence(runKey)).toEqual([
      { runKey, vmId: 'vm-stg-1', item: 'probe after', sha256: 'a'.repeat(64), characters: 11, cut: false, at: now },
    ]);
    expect(await stageTests.text(runKey, 'vm-stg-1', 'probe after')).toBe('port\t443\tup');
    expect([await stageTests.kept(runKey), await stageTests.kept('none')]).toEqual([11, 0]);
    expect(await stageTests.text(runKey, 'vm-stg-2', 'probe after')).toBeNull();
  });

  test('one word of a person stands on each test, with who and why; the test then says it', async () => {
    const { tests, stageTests, events } = inventory;
    const open = someTest(7, { patchId: 'KB7', verdict: 'inconclusive', reasons: ['b: skipped'], vmIds: ['a', 'b'] });
    await tests.saveTestResult(open);
    const { runKey, patchId, category } = open;
    const judged = { runKey, patchId, category, verdict: 'passed' as const, by: 'sam', reason: 'b was away', at: now };
    const settled = {
      patchId,
      verdict: 'passed' as const,
      reasons: ['sam judged it'],
      vmIds: ['a'],
      testedSet: ['KB7'],
    };
    expect(await stageTests.judge(judged, settled)).toBe(true);
    expect(
      await stageTests.judge({ ...judged, by: 'riley', verdict: 'failed' }, { ...settled, verdict: 'failed' }),
    ).toBe(false);
    expect(await stageTests.verdicts({ patchId, category })).toEqual([judged]);
    // Read again by its story, the machines' word does not come back.
    await tests.saveTestResult(open);
    expect((await tests.testResults({ patchId }))[0]).toMatchObject({ verdict: 'passed', vmIds: ['a'] });
    const told = (await events.events({ patchId })).filter((event) => event.what.includes('is judged'));
    expect(told.map(({ who, why }) => [who, why])).toEqual([['sam', 'b was away']]);
  });

  test('who wants what failed tested again is kept, the newest counts', async () => {
    const { stageTests, events } = inventory;
    expect(await stageTests.askedAgainAt('KB8', 'web')).toBeNull();
    const retry = { patchId: 'KB8', category: 'web', by: 'sam', reason: 'its disk was full' };
    for (const at of [minutesFrom(now, 1), minutesFrom(now, 2), minutesFrom(now, 2)])
      await stageTests.askAgain({ ...retry, at });
    expect(await stageTests.askedAgainAt('KB8', 'web')).toBe(minutesFrom(now, 2));
    expect(await stageTests.askedAgainAt('KB8', 'app')).toBeNull();
    const told = (await events.events({ patchId: 'KB8' })).map(({ who, what }) => [who, what]);
    expect(told).toEqual([1, 2].map(() => ['sam', 'KB8 is to be tested again for web']));
  });
});
