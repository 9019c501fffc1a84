// Checklists through API, activities and database: opened when the machines are done, told, ticked by who is responsible, and then they count.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createChecklistActivities } from '../../../activities/checklists.js';
import { editorsOf } from '../../../activities/editors.js';
import { createIsolationActivities } from '../../../activities/isolation.js';
import { createStageTestActivities } from '../../../activities/stageTest.js';
import { createTestVerdictActivities } from '../../../activities/testVerdicts.js';
import { isolationIdOf } from '../../../domain/isolation.js';
import { runKeyOf, type ManifestState } from '../../../domain/run.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { openDesk, type Desk } from '../../support/desk.js';
import { minutesFrom, now, somePatch } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

const tests = `tests:
  verdictWithinMinutes: 10
  remindAfterMinutes: 2
  checklistWithinMinutes: 60
  checklists:
    web:
      - { name: order, text: order a book in the staging shop, role: sre }
      - { name: layout, text: "look at the home page, <b>all</b> of it", person: riley }`;

onEveryDatabase('checklists', (start) => {
  let database: TestDatabase;
  let desk: Desk;
  let count = 0;

  beforeAll(async () => {
    database = await start();
    desk = await openDesk(database, (policy) => policy.replace(/^tests: .*$/m, tests));
    await desk.inventory.patches.savePatches(
      ['KB1', 'KB2'].map((patchId) => somePatch({ patchId })),
      now,
    );
  }, 60_000);

  afterAll(async () => {
    await desk.close();
    await database.close();
  });

  /** A settled staging run of two patches on one machine. */
  async function settled(category: string, state: ManifestState = 'installed'): Promise<string> {
    count += 1;
    const { runs } = desk.inventory;
    const identity = { environment: 'staging' as const, category, ring: 'staging', occurrence: `next@${count}` };
    const runKey = runKeyOf(identity);
    const at = new Date().toISOString();
    const times = { planAt: new Date(Date.now() + 60_000).toISOString(), opensAt: at, closesAt: at };
    for (const patchId of ['KB1', 'KB2'])
      await runs.enrol(
        { ...identity, ...times },
        { patchId, category, digest: null, decisionId: null, vmIds: ['a'], notifyWorkflowId: `patch/${patchId}` },
        at,
      );
    const row = { vmId: 'a', vmName: 'web-stg-01', kb: '1', packages: [], wave: 1, position: 0 };
    await runs.plan(runKey, () => ({
      waves: 1,
      rows: ['KB1', 'KB2'].map((patchId) => ({ ...row, patchId })),
      left: [],
    }));
    await runs.setManifestState(
      runKey,
      'a',
      ['KB1', 'KB2'].map((patchId) => ({ patchId, state, reason: 'the guest showed it' })),
    );
    await runs.settleRun(runKey, 'completed', 'done', at);
    return runKey;
  }

  async function read(runKey: string, patchId = 'KB1', category = 'web') {
    const trials = [{ category, runKey, deadline: null }];
    const [found] = await createStageTestActivities(desk.ports).readTests({ patchId, trials });
    if (found === undefined) throw new Error('it was not read');
    return found;
  }

  const tick = (item: string, outcome: string, who: string, note = 'I looked at it, and it was so') =>
    desk.api.post('/v1/patches/KB1/checks', { category: 'web', item, outcome, note }, who);
  const resultOf = async (runKey: string, patchId = 'KB1') =>
    (await desk.inventory.tests.testResults({ runKey, patchId }))[0];

  /** The limit has come, and nobody ticked. */
  const runOut = (runKey: string) =>
    database.pool.query(`update test_check set until = now() - interval '1 second' where run_key = $1`, [runKey]);

  test('a category without one passes at once', async () => {
    const runKey = await settled('app');
    expect(await read(runKey, 'KB1', 'app')).toEqual({ category: 'app', verdict: 'passed', reasons: [] });
  });

  test('machines that failed are nobody to look at', async () => {
    const runKey = await settled('web', 'rolledBack');
    expect(await read(runKey)).toMatchObject({ verdict: 'failed' });
    expect(await desk.inventory.checklists.checks({ runKey })).toEqual([]);
  });

  test('is opened once for all patches of the run, and told to who is responsible; until it is ticked nothing passed', async () => {
    const runKey = await settled('web');
    desk.told.length = 0;
    const first = await read(runKey);
    expect(first).toMatchObject({ verdict: 'inconclusive', checks: { runKey, remindEverySeconds: 120 } });
    expect(first.reasons).toHaveLength(2);
    await read(runKey, 'KB2');
    expect(await desk.inventory.checklists.checks({ runKey })).toHaveLength(2);
    const occasions = new Map(desk.told.map((notice) => [notice.occasion, notice]));
    expect([...occasions.keys()].toSorted()).toEqual(['riley', 'sre'].map((who) => `checklist/${runKey}/${who}/0`));
    expect(occasions.get(`checklist/${runKey}/riley/0`)).toMatchObject({
      to: ['riley@patchline.example'],
      lines: expect.arrayContaining([
        'KB1, KB2 were installed on web-stg-01.',
        'layout: look at the home page, <b>all</b> of it',
      ]),
    });
    await createChecklistActivities(desk.ports).remindOfChecks({ runKey, count: 1 });
    expect(desk.told.at(-1)?.subject).toContain('Reminder 1');
    expect(await resultOf(runKey)).toMatchObject({ verdict: 'inconclusive' });
    // No word on the whole while its parts are looked at.
    const verdict = { category: 'web', verdict: 'passed', reason: 'I have no time for lists' };
    const judged = await desk.api.post(`/v1/tests/${encodeURIComponent(runKey)}/KB1/verdicts`, verdict, 'riley');
    expect(judged.body).toMatchObject({ status: 409, detail: expect.stringContaining('its checklist is open until') });
    const asked = { patchId: 'KB1', trials: [{ category: 'web', runKey, deadline: null }], tests: [first] };
    expect(await createTestVerdictActivities(desk.ports).askVerdicts(asked)).toEqual([]);
  });

  test.each([
    ['by another person', 'layout', 'passed', 'sam', undefined, 409, 'it is for riley'],
    ['without the role', 'order', 'passed', 'kim', undefined, 409, 'which kim lacks'],
    ['in blanks', 'order', 'passed', 'sam', '          ', 409, 'a note of at least 10 characters'],
    ['of no item', 'orders', 'passed', 'sam', undefined, 404, 'has layout, order'],
    ['with another word', 'order', 'maybe', 'sam', undefined, 400, 'must be passed or failed'],
  ])('a tick %s is refused', async (_, item, outcome, who, note, status, words) => {
    const answer = await tick(item, outcome, who, note);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toContain(words);
  });

  test('ticked whole, the set passes; the stories are hinted at, and whoever ticked does not approve', async () => {
    const [{ runKey } = { runKey: '' }] = await desk.inventory.checklists.checks({ patchId: 'KB1', category: 'web' });
    desk.sent.length = 0;
    expect((await tick('order', 'passed', 'sam')).status).toBe(200);
    expect(await read(runKey)).toMatchObject({ verdict: 'inconclusive', checks: { runKey } });
    expect((await tick('layout', 'passed', 'riley')).status).toBe(200);
    expect(desk.sent).toEqual(expect.arrayContaining([{ workflowId: 'patch/KB2', name: 'news' }]));
    for (const patchId of ['KB1', 'KB2']) {
      expect(await read(runKey, patchId)).toEqual({ category: 'web', verdict: 'passed', reasons: [] });
      expect(await resultOf(runKey, patchId)).toMatchObject({ verdict: 'passed', vmIds: ['a'] });
      const why = 'ticked its checklist';
      const barred = ['riley', 'sam'].map((name) => expect.objectContaining({ name, why }));
      expect(await editorsOf(desk.ports, patchId, 'web')).toEqual(expect.arrayContaining(barred));
    }
    expect((await tick('layout', 'failed', 'riley')).body).toMatchObject({
      detail: expect.stringContaining('riley ticked it'),
    });
    const told = (await desk.inventory.events.events({ after: 0 })).filter((event) => event.runKey === runKey);
    expect(told.map(({ who, what }) => `${who}: ${what}`)).toEqual(
      expect.arrayContaining([
        'sam: order of the checklist for web is ticked: passed',
        'system: KB1 for web: test passed',
      ]),
    );
    const shown = await desk.api.get(`/v1/tests/${encodeURIComponent(runKey)}/KB1`, 'sam');
    expect(shown.body).toMatchObject({
      checks: [
        { name: 'order', by: 'sam' },
        { name: 'layout', by: 'riley' },
      ],
    });
    const open = await desk.api.get('/v1/checks?patchId=KB1&waiting=true', 'sam');
    expect(open.body).toEqual([]);
  });

  test('one item that fails fails the set, whatever the others say, and nobody judges it passed', async () => {
    const runKey = await settled('web');
    await read(runKey);
    await tick('order', 'failed', 'sam', 'the basket is empty every time');
    expect(await read(runKey)).toEqual({
      category: 'web',
      verdict: 'failed',
      reasons: ['sam found that order fails: the basket is empty every time'],
    });
    expect(await resultOf(runKey)).toMatchObject({ verdict: 'failed' });
    const verdict = { category: 'web', verdict: 'passed', reason: 'the basket was never good' };
    const judged = await desk.api.post(`/v1/tests/${encodeURIComponent(runKey)}/KB1/verdicts`, verdict, 'riley');
    expect(judged.status).toBe(409);
  });

  test('what isolation clears passes through the checklist of its trial too', async () => {
    const [failed, trial] = [await settled('web', 'failed'), await settled('web')];
    const isolationId = isolationIdOf(failed);
    const { isolations } = desk.inventory;
    const begun = { category: 'web', patchIds: ['KB1'], groups: [], trialsMax: 3, until: minutesFrom(now, 60) };
    await isolations.begin({ ...begun, isolationId, runKey: failed, startedAt: now });
    const cleared = {
      patchId: 'KB1',
      verdict: 'passed' as const,
      reasons: [],
      testedSet: ['KB1', 'KB2'],
      vmIds: ['a'],
    };
    await isolations.end(isolationId, {
      status: 'named',
      detail: 'KB3 fails alone',
      verdicts: [{ ...cleared, runKey: trial }],
      at: now,
    });
    const isolated = () => createIsolationActivities(desk.ports).readIsolation({ patchId: 'KB1', isolationId });
    expect(await isolated()).toMatchObject({ verdict: 'inconclusive', checks: { runKey: trial } });
    await tick('order', 'passed', 'sam');
    await tick('layout', 'passed', 'riley');
    expect(await isolated()).toEqual({ category: 'web', verdict: 'passed', reasons: [] });
  });

  test('unticked at its limit it has not passed; those who decide are asked, and their word stands', async () => {
    const runKey = await settled('web');
    await read(runKey);
    await tick('order', 'passed', 'sam');
    await runOut(runKey);
    const test = await read(runKey);
    expect(test).toMatchObject({
      verdict: 'inconclusive',
      reasons: [expect.stringContaining('nobody checked layout by')],
    });
    expect(test.checks).toBeUndefined();
    expect((await tick('layout', 'passed', 'riley')).body).toMatchObject({
      detail: expect.stringContaining('nobody is waited for since'),
    });
    const asked = await createTestVerdictActivities(desk.ports).askVerdicts({
      patchId: 'KB1',
      trials: [{ category: 'web', runKey, deadline: null }],
      tests: [test],
    });
    expect(asked).toMatchObject([{ category: 'web', runKey }]);
    const verdict = { category: 'web', verdict: 'failed', reason: 'nobody found the time to look' };
    const judged = await desk.api.post(`/v1/tests/${encodeURIComponent(runKey)}/KB1/verdicts`, verdict, 'riley');
    expect(judged.status).toBe(200);
    expect(await read(runKey)).toMatchObject({ verdict: 'failed' });
    expect(await resultOf(runKey)).toMatchObject({ verdict: 'failed' });
  });
});
