// A quorum that an emergency makes shorter, over a real database: asked for, signed by another, shown in what is signed, and gone with it (I5, I6).

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createCycleActivities } from '../../../activities/cycle.js';
import { createRequestActivities } from '../../../activities/request.js';
import { createReviewActivities } from '../../../activities/review.js';
import type { DecisionProofView, EmergencyView } from '../../../api/contract/index.js';
import type { DecisionRequest } from '../../../ports/decisions.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { openDesk, type Desk } from '../../support/desk.js';
import { removeTemporaryFolders } from '../../support/temporary.js';
import { cumulative, listMachines, passTogether } from '../../support/tested.js';

afterAll(removeTemporaryFolders);

const { patchId } = cumulative;
const place = { patchId, category: 'web' };
const rules = `  rules:
    - { id: board, steps: [{ name: board, who: { roles: [changeManager] }, quorum: 2 }] }
    - { id: night, emergency: true, categories: [web], steps: [{ name: duty, who: { roles: [changeManager] } }] }
`;

onEveryDatabase('a shortened quorum', (start) => {
  let database: TestDatabase;
  let desk: Desk;
  let round = 0;

  beforeAll(async () => {
    database = await start();
    desk = await openDesk(database, (text) => text.replace('\napprovals:\n', `\napprovals:\n${rules}`));
    const at = new Date().toISOString();
    await listMachines(desk.inventory, ['vm-1', 'vm-2'], at);
    await passTogether(desk.inventory, at);
    await createCycleActivities(desk.ports).computeDemand();
  }, 60_000);

  afterAll(async () => {
    await desk.close();
    await database.close();
  }, 30_000);

  async function ask(): Promise<DecisionRequest> {
    round += 1;
    const asked = { ...place, requestedBy: ['kim'], occasion: `r/${round}` };
    expect((await createRequestActivities(desk.ports).requestDecision(asked)).reason).toBe('');
    const request = await desk.inventory.decisions.request(patchId, 'web');
    if (request === null) throw new Error('nothing was asked');
    return request;
  }
  const review = () => createReviewActivities(desk.ports).reviewRollout({ ...place, phase: 'awaiting' });
  const approve = ({ digest }: DecisionRequest, as: string) =>
    desk.api.post(
      `/v1/patches/${patchId}/decisions`,
      { category: 'web', digest, verdict: 'approve', justification: 'tested in staging', deferUntil: null },
      as,
    );
  const proof = async () => {
    const { body } = await desk.api.get(`/v1/patches/${patchId}/decisions?category=web`, 'kim');
    const [newest] = body as DecisionProofView[];
    if (newest === undefined) throw new Error('nothing was asked');
    return newest;
  };
  const emergency = async (as = 'sam') => {
    const body = { ...place, reason: 'exploited in the wild', quorumOverride: 'night' };
    const answer = await desk.api.post('/v1/emergencies', body, as);
    expect(answer.status).toBe(200);
    return (answer.body as EmergencyView).emergencyId;
  };
  const word = (id: string, path: string, as: string) =>
    desk.api.post(
      `/v1/emergencies/${id}/${path}`,
      { kind: 'quorum', names: 'night', reason: 'it cannot wait for the board' },
      as,
    );
  const end = (id: string) => desk.api.post(`/v1/emergencies/${id}/end`, { reason: 'it is over now' }, 'sam');

  test('asked for and not signed, it leaves the board as it is', async () => {
    const request = await ask();
    expect(request.approval).toMatchObject({ ruleId: 'board' });
    expect(request.subject.shortened).toBeUndefined();
    const id = await emergency();
    expect((await review()).kind).toBe('goesOn');
    expect((await word(id, 'overrides', 'sam')).status).not.toBe(200);
    await approve(request, 'riley');
    expect(await proof()).toMatchObject({ status: 'waiting', shortened: null });
    await end(id);
  }, 30_000);

  test('signed by another, what waits is asked again, and one who did not ask decides by what they see', async () => {
    const id = await emergency('both');
    expect((await word(id, 'overrides', 'both')).status).toBe(409);
    expect((await word(id, 'overrides', 'riley')).status).toBe(200);
    expect(await review()).toMatchObject({ kind: 'askAgain', detail: expect.stringContaining('SHORTENED') });
    const request = await ask();
    const shown = {
      emergencyId: id,
      ruleId: 'night',
      requestedBy: 'both',
      signedBy: 'riley',
      steps: ['duty: 1 of role changeManager'],
    };
    expect(request.subject.shortened).toMatchObject(shown);
    expect(desk.told.at(-1)?.lines.join()).toContain(`SHORTENED by emergency ${id}, rule night, signed by riley`);
    expect((await approve(request, 'both')).body).toMatchObject({
      accepted: false,
      reasons: [expect.stringContaining('both asked for an emergency for it')],
    });
    expect((await proof()).status).toBe('waiting');
    expect((await approve(request, 'riley')).status).toBe(200);
    const decided = await proof();
    expect(decided).toMatchObject({ status: 'decided', digestHolds: true, steps: [{ name: 'duty', quorum: 1 }] });
    expect(decided.shortened).toContain('duty: 1 of role changeManager');
    expect(JSON.parse(decided.signed)).toMatchObject({ shortened: shown });
    await end(id);
  }, 30_000);

  test.each(['ended', 'taken back'])(
    '%s, it opens nothing more, also where it had been asked by',
    async (how) => {
      await ask();
      const id = await emergency();
      expect((await word(id, 'overrides', 'both')).status).toBe(200);
      const request = await ask();
      if (how === 'ended') await end(id);
      else expect((await word(id, 'overrides/revocation', 'sam')).status).toBe(200);
      // One is no longer enough, though the request still shows it.
      await approve(request, 'riley');
      expect((await proof()).status).toBe('waiting');
      expect((await review()).kind).toBe('askAgain');
      expect((await ask()).approval).toMatchObject({ ruleId: 'board' });
      await end(id);
    },
    30_000,
  );

  test('signed by whoever requested the change, it is no shorter', async () => {
    const id = await emergency();
    expect((await word(id, 'overrides', 'riley')).status).toBe(200);
    round += 1;
    const asked = { ...place, requestedBy: ['riley'], occasion: `r/${round}` };
    await createRequestActivities(desk.ports).requestDecision(asked);
    const request = await desk.inventory.decisions.request(patchId, 'web');
    expect(request?.approval).toMatchObject({ ruleId: 'board' });
    expect(request?.subject.shortened).toBeUndefined();
  }, 30_000);
});
