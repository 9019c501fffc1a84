// Exceptions through the API: who may grant one, what is refused, how it ends; each is signed and in the audit log.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ExceptionView } from '../../../api/contract/exceptions.js';
import { exceptionsOf } from '../../../activities/exceptions.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { openDesk, type Desk } from '../../support/desk.js';
import { somePatch, someVm } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

onEveryDatabase('exceptions', (start) => {
  let database: TestDatabase;
  let desk: Desk;

  beforeAll(async () => {
    database = await start();
    desk = await openDesk(database);
    const at = new Date().toISOString();
    const vm = someVm({ vmId: 'vm-odd', name: 'web-prd-odd', category: 'web', environment: 'production' });
    await desk.inventory.fleet.saveListed(
      [vm, { ...vm, vmId: 'vm-stg', name: 'web-stg-01', environment: 'staging' }],
      [vm.subscriptionId],
      at,
    );
    await desk.inventory.patches.savePatches([somePatch({ patchId: 'KB1' })], at);
  }, 60_000);

  afterAll(async () => {
    await desk.close();
    await database.close();
  });

  const until = new Date(Date.now() + 3 * 24 * 3_600_000).toISOString();
  const body = {
    vm: 'web-prd-odd',
    patchId: 'KB1',
    until,
    reason: 'the only one with this release of the application',
  };
  const standing = (requestedBy: string[]) =>
    exceptionsOf(desk.ports, { patchId: 'KB1', category: 'web', requestedBy }, ['vm-odd', 'vm-stg']);

  test.each([
    ['somebody who does not decide', 'sam', body, 409, 'does not decide for web'],
    ['a scheduler', 'kim', body, 403, 'scheduler'],
    ['blanks for a reason', 'riley', { ...body, reason: '            ' }, 409, 'at least 10 characters'],
    ['a megabyte', 'riley', { ...body, reason: 'x'.repeat(1_000_000) }, 413, ''],
    ['the past', 'riley', { ...body, until: '2020-01-01T00:00:00Z' }, 409, 'in the future'],
    ['a machine that nobody knows', 'riley', { ...body, vm: 'none' }, 404, 'none'],
    ['a staging machine', 'riley', { ...body, vm: 'web-stg-01' }, 409, 'staging machine needs none'],
    ['a patch that nobody knows', 'riley', { ...body, patchId: 'KB9' }, 404, 'KB9'],
  ])('%s: refused, and said why', async (_, who, asked, status, words) => {
    const answer = await desk.api.post('/v1/exceptions', asked, who);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toContain(words);
    expect((await standing([])).size).toBe(0);
  });

  test('stands once granted, not for changes of whoever granted it, and no more when revoked', async () => {
    const answer = await desk.api.post('/v1/exceptions', body, 'riley');
    expect([answer.status, answer.body]).toEqual([
      200,
      expect.objectContaining({ by: 'riley', status: 'standing', vmName: 'web-prd-odd' }),
    ]);
    const { exceptionId } = answer.body as ExceptionView;
    expect([...(await standing(['kim'])).keys()]).toEqual(['vm-odd']);
    expect((await standing(['riley'])).size).toBe(0);

    // Whoever writes into the database signs nothing.
    await database.pool.query("update test_exception set until = until + interval '30 days'");
    expect((await standing(['kim'])).size).toBe(0);
    await database.pool.query("update test_exception set until = until - interval '30 days'");
    expect((await standing(['kim'])).size).toBe(1);

    const listed = await desk.api.get('/v1/exceptions?standing=true&vm=web-prd-odd', 'kim');
    expect(listed.body).toEqual([expect.objectContaining({ exceptionId })]);
    const ended = await desk.api.post(
      `/v1/exceptions/${exceptionId}/revocation`,
      { reason: 'it has a twin now' },
      'riley',
    );
    expect(ended.body).toMatchObject({ status: 'revoked', revokedBy: 'riley' });
    expect((await desk.api.post(`/v1/exceptions/${exceptionId}/revocation`, { reason: 'again' }, 'riley')).status).toBe(
      404,
    );
    expect((await standing(['kim'])).size).toBe(0);
    const told = (await desk.inventory.events.events({ vmId: 'vm-odd' })).filter((event) =>
      event.what.includes('exception'),
    );
    expect(told.map((event) => event.who)).toEqual(['riley', 'riley']);
  });
});
