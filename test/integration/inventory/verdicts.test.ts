// Verdicts of persons and retries through the API: who may, what is refused, whom it hints at, and that whoever judged does not approve.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { editorsOf } from '../../../activities/editors.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { openDesk, type Desk } from '../../support/desk.js';
import { somePatch } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

onEveryDatabase('verdicts', (start) => {
  let database: TestDatabase;
  let desk: Desk;
  const runKey = 'maintenance/staging/web/staging/next@1';
  const path = `/v1/tests/${encodeURIComponent(runKey)}/KB1/verdicts`;
  const body = { category: 'web', verdict: 'passed', reason: 'the second machine was away, the first is well' };

  beforeAll(async () => {
    database = await start();
    desk = await openDesk(database);
    const at = new Date().toISOString();
    const { inventory } = desk;
    await inventory.patches.savePatches([somePatch({ patchId: 'KB1' })], at);
    const run = { environment: 'staging' as const, category: 'web', ring: 'staging', occurrence: 'next@1' };
    const times = {
      planAt: new Date(Date.now() + 60_000).toISOString(),
      opensAt: at,
      closesAt: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const enrolment = {
      patchId: 'KB1',
      category: 'web',
      digest: null,
      decisionId: null,
      vmIds: ['a', 'b'],
      notifyWorkflowId: 'patch/KB1',
    };
    await inventory.runs.enrol({ ...run, ...times }, enrolment, at);
    const row = { patchId: 'KB1', kb: '1', packages: [], wave: 1, position: 1 };
    await inventory.runs.plan(runKey, () => ({
      waves: 1,
      rows: ['a', 'b'].map((vmId) => ({ ...row, vmId, vmName: vmId })),
      left: [],
    }));
    await inventory.runs.setManifestState(runKey, 'a', [{ patchId: 'KB1', state: 'installed', reason: 'it is there' }]);
    await inventory.runs.setManifestState(runKey, 'b', [{ patchId: 'KB1', state: 'skipped', reason: 'switched off' }]);
    await inventory.tests.saveTestResult({
      runKey,
      patchId: 'KB1',
      category: 'web',
      testedSet: ['KB1'],
      verdict: 'inconclusive',
      reasons: ['b: skipped: switched off'],
      vmIds: ['a', 'b'],
      downtimeMinutes: 1,
      reboots: 1,
      at,
    });
  }, 60_000);

  afterAll(async () => {
    await desk.close();
    await database.close();
  });

  test.each([
    ['a scheduler', 'kim', body, 403, ''],
    ['blanks', 'riley', { ...body, reason: '              ' }, 409, 'a reason of at least 10 characters'],
    ['another category', 'riley', { ...body, category: 'app' }, 409, 'it was a test for web'],
    ['another word', 'riley', { ...body, verdict: 'maybe' }, 400, 'must be passed or failed'],
  ])('%s: refused', async (_, who, asked, status, words) => {
    const answer = await desk.api.post(path, asked, who);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toContain(words);
  });

  test('one stands, covers the machine that carries it, hints at the story, and bars its author from approving', async () => {
    expect((await desk.api.post(path, body, 'riley')).status).toBe(200);
    const [held] = await desk.inventory.tests.testResults({ patchId: 'KB1' });
    expect(held).toMatchObject({ verdict: 'passed', vmIds: ['a'] });
    expect(desk.sent).toContainEqual({ workflowId: 'patch/KB1', name: 'news' });
    expect(await editorsOf(desk.ports, 'KB1', 'web')).toContainEqual({ name: 'riley', why: 'judged its test' });
    expect((await desk.api.post(path, { ...body, verdict: 'failed' }, 'both')).status).toBe(409);
  });

  test('what passed is not tested again; what nobody tested neither', async () => {
    const again = (category: string) =>
      desk.api.post('/v1/patches/KB1/tests', { category, reason: 'to be sure' }, 'sam');
    expect((await again('web')).body).toMatchObject({ detail: expect.stringContaining('nothing is open') });
    expect((await again('app')).body).toMatchObject({ detail: expect.stringContaining('was never tested') });
  });
});
