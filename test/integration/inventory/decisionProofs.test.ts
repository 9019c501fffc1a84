// Decisions read back years later: what was signed, every word on it; a change of what is stored is found out.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DecisionProofView } from '../../../api/contract/decisions.js';
import { canonical } from '../../../domain/canonical.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { openDesk, type Desk } from '../../support/desk.js';
import { minutesFrom, somePatch, someRequest } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

onEveryDatabase('the proof of a decision', (start) => {
  let database: TestDatabase;
  let desk: Desk;
  const at = new Date().toISOString();
  const { subject } = someRequest();

  beforeAll(async () => {
    database = await start();
    desk = await openDesk(database);
    await desk.inventory.patches.savePatches([somePatch({ patchId: 'KB1' })], at);
    const digest = desk.ports.digests.sha256(canonical(subject));
    const times = { requestedAt: at, expiresAt: minutesFrom(at, 60) };
    await desk.inventory.decisions.openRequest(someRequest({ digest, subject, ...times }));
    const body = { category: 'web', digest, deferUntil: null };
    const refused = { ...body, verdict: 'approve', justification: 'asked for by myself' };
    await desk.api.post('/v1/patches/KB1/decisions', refused, 'sam');
    await desk.api.post(
      '/v1/patches/KB1/decisions',
      { ...body, verdict: 'approve', justification: '<b>tested</b> in staging' },
      'riley',
    );
  }, 60_000);

  afterAll(async () => {
    await desk.close();
    await database.close();
  });

  async function proofs(query = ''): Promise<DecisionProofView[]> {
    const answer = await desk.api.get(`/v1/patches/KB1/decisions${query}`, 'kim');
    expect(answer.status).toBe(200);
    return answer.body as DecisionProofView[];
  }

  test('tells what was signed, and each word with whose it was and what it counted for', async () => {
    const [proof] = await proofs('?category=web');
    expect(proof).toMatchObject({ status: 'decided', digestHolds: true, requestedBy: ['kim'] });
    expect(JSON.parse(proof?.signed ?? '')).toEqual(subject);
    const words = proof?.votes.map(({ by, accepted, complete, signatureHolds }) => [
      by,
      accepted,
      complete,
      signatureHolds,
    ]);
    expect(words).toContainEqual(['riley', true, true, true]);
    expect(words?.filter(([by]) => by === 'sam').every(([, accepted]) => accepted === false)).toBe(true);
    const riley = proof?.votes.find(({ by }) => by === 'riley');
    expect(riley).toMatchObject({
      justification: '<b>tested</b> in staging',
      claims: { name: 'riley', roles: ['changeManager'] },
    });
    expect(riley?.policyVersion).toMatch(/^[0-9a-f]{64}$/);
  });

  test('knows nothing of other categories and requests, and nobody of an unknown patch', async () => {
    expect(await proofs('?category=app')).toEqual([]);
    expect(await proofs('?requestId=none')).toEqual([]);
    expect((await desk.api.get('/v1/patches/KB9/decisions', 'kim')).status).toBe(404);
  });

  test('finds out whoever changes what is stored', async () => {
    await database.pool.query("update decision set justification = 'tested twice' where by = 'riley'");
    expect((await proofs())[0]?.votes.find(({ by }) => by === 'riley')?.signatureHolds).toBe(false);
    await database.pool.query(`update decision_request set subject = jsonb_set(subject, '{vmIds}', '["vm-1","vm-2"]')`);
    expect((await proofs())[0]?.digestHolds).toBe(false);
  });
});
