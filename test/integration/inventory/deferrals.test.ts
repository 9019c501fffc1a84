// Deferrals that wait for something, over a real database: what may be waited for, what rows say of it, and who is told (I5, I9, I10).

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createDeferralActivities, deferralLines } from '../../../activities/deferral.js';
import type { DecisionProofView, KnownIssueView } from '../../../api/contract/index.js';
import type { BundleView, WaitingBundle } from '../../../api/contract/decisionBundles.js';
import { strFromU8, unzipSync } from 'fflate';
import { verifyPack } from '../../../adapters/evidence/verify.mjs';
import { canonical } from '../../../domain/canonical.js';
import { decisionText } from '../../../domain/decision.js';
import type { DeferEvent } from '../../../domain/deferral.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { openDesk, type Desk } from '../../support/desk.js';
import { minutesFrom, somePatch, someRequest } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

const at = new Date().toISOString();
const iso = (days: number) => minutesFrom(at, days * 24 * 60);
const justification = 'the vendor looks into it';
const freezes = `freezes:
  - { id: year-end, reason: 'the books are closed', categories: [], environments: [production], from: '${iso(-1)}', until: '${iso(20)}' }
  - { id: last-year, reason: 'the books were closed', categories: [], environments: [production], from: '${iso(-9)}', until: '${iso(-8)}' }
`;

onEveryDatabase('a deferral', (start) => {
  let database: TestDatabase;
  let desk: Desk;
  let patchId: string;
  let asked = 0;

  beforeAll(async () => {
    database = await start();
    desk = await openDesk(database, (text) =>
      text.replace(/^freezes: \[\]\n/m, freezes).replace('approvals:\n', 'approvals:\n  deferralDays: 30\n'),
    );
  }, 60_000);

  afterAll(async () => {
    await desk.close();
    await database.close();
  });

  beforeEach(async () => {
    asked += 1;
    patchId = `KB${asked}`;
    await ask(1);
  });

  async function ask(round: number): Promise<void> {
    await desk.inventory.patches.savePatches([somePatch({ patchId, kb: patchId.slice(2) })], at);
    const subject = { ...someRequest().subject, patchId, testedSet: [patchId, `round ${round}`] };
    const digest = desk.ports.digests.sha256(canonical(subject));
    const times = { requestedAt: new Date().toISOString(), expiresAt: iso(1) };
    const requestId = `${patchId}/web/${round}`;
    await desk.inventory.decisions.openRequest(someRequest({ requestId, patchId, digest, subject, ...times }));
  }

  const newest = async () => {
    const request = await desk.inventory.decisions.request(patchId, 'web');
    if (request === null) throw new Error('nothing was asked');
    return request;
  };

  async function defer(wait: Record<string, unknown>, verdict = 'defer') {
    const { digest } = await newest();
    const body = { category: 'web', verdict, justification, digest, ...wait };
    const answer = await desk.api.post(`/v1/patches/${patchId}/decisions`, body, 'riley');
    return { status: answer.status, body: answer.body as Record<string, unknown> };
  }

  async function issue(): Promise<string> {
    const entered = { text: 'the spooler forgets its queues', url: null };
    const answer = await desk.api.post(`/v1/patches/${patchId}/known-issues`, entered, 'sam');
    return (answer.body as KnownIssueView).issueId;
  }

  async function incident(): Promise<string> {
    const opened = { provider: 'Microsoft', number: `case ${patchId}`, title: 'it crashes', patchId };
    const answer = await desk.api.post('/v1/incidents', opened, 'sam');
    return (answer.body as { incidentId: string }).incidentId;
  }

  const closeIssue = (id: string) => desk.api.post(`/v1/known-issues/${id}/close`, { outcome: 'mended' }, 'sam');
  const closeIncident = (id: string) => desk.api.post(`/v1/incidents/${id}/closing`, { outcome: 'mended' }, 'sam');
  const look = async (event: DeferEvent) =>
    createDeferralActivities(desk.ports).lookAtDeferral({
      patchId,
      category: 'web',
      event,
      requestId: (await newest()).requestId,
    });
  const signals = () =>
    desk.sent.filter((one) => one.name === 'news' && one.workflowId === `rollout/${patchId}/web`).length;

  test.each<[string, Record<string, unknown>, number, string]>([
    ['nothing', {}, 400, 'a deferral needs a date in the future'],
    ['an unknown issue', { deferEvent: { kind: 'knownIssue', id: 'nosuch' } }, 400, 'There is no known issue nosuch'],
    ['an unknown incident', { deferEvent: { kind: 'incident', id: 'nosuch' } }, 400, '`incident list` shows them'],
    ['an unknown freeze', { deferEvent: { kind: 'freeze', id: 'nosuch' } }, 400, '`policy show` shows them'],
    ['a freeze that is over', { deferEvent: { kind: 'freeze', id: 'last-year' } }, 409, 'it ended at'],
    ['another kind of thing', { deferEvent: { kind: 'moon', id: 'full' } }, 400, ''],
    ['an event without an id', { deferEvent: { kind: 'knownIssue' } }, 400, ''],
    ['a limit that is past', { deferEvent: { kind: 'revision' }, deferUntil: iso(-1) }, 400, 'in the future'],
    ['a limit years ahead', { deferEvent: { kind: 'revision' }, deferUntil: iso(800) }, 400, 'within 366 days'],
  ])('for %s is refused, and the request waits', async (_, wait, status, words) => {
    const answer = await defer(wait);
    expect(answer.status).toBe(status);
    expect(answer.body['detail']).toContain(words);
    expect((await newest()).status).toBe('waiting');
  });

  test('an approval waits for nothing', async () => {
    expect(await defer({ deferEvent: { kind: 'revision' } }, 'approve')).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('only a deferral') },
    });
    expect((await newest()).status).toBe('waiting');
  });

  test('until a known issue is closed: signed with its limit, shown, over when the row says so, and told to the rollout', async () => {
    const id = await issue();
    const event: DeferEvent = { kind: 'knownIssue', id };
    const { body } = await defer({ deferEvent: event });
    expect(body).toMatchObject({ accepted: true, deferred: expect.stringContaining(`known issue ${id} is closed`) });
    const [kept] = await desk.inventory.decisions.decisions({ patchId, accepted: true });
    if (kept === undefined) throw new Error('nothing was recorded');
    expect(kept.deferEvent).toEqual(event);
    // Thirty days by this policy.
    expect(Math.round((Date.parse(kept.deferUntil ?? '') - Date.parse(kept.at)) / 60_000)).toBe(30 * 24 * 60);
    expect(desk.ports.digests.verify(decisionText(kept), kept.signature)).toBe(true);
    const path = `/v1/patches/${patchId}/decisions?category=web`;
    const votes = async () => ((await desk.api.get(path, 'kim')).body as DecisionProofView[])[0]?.votes;
    expect(await votes()).toMatchObject([{ deferEvent: event, deferred: body['deferred'], signatureHolds: true }]);

    expect(await look(event)).toEqual({ over: false, lookAt: expect.any(String) });
    expect(signals()).toBe(0);
    expect((await closeIssue(id)).status).toBe(200);
    expect(signals()).toBe(1);
    expect(await look(event)).toEqual({ over: true, detail: expect.stringContaining('by sam') });
    await look(event);
    const events = await desk.inventory.events.events({ patchId, newest: true, limit: 50 });
    expect(events.filter((one) => one.what === `the deferral of ${patchId} for web is over`)).toHaveLength(1);
    expect(await deferralLines(desk.ports, patchId, 'web')).toEqual([
      expect.stringMatching(/by riley until .* by sam/),
    ]);

    await ask(2);
    expect((await defer({ deferEvent: event })).body['detail']).toContain('nothing to wait for');
    await database.pool.query(`update decision set defer_event = '{"kind":"revision"}' where patch_id = $1`, [patchId]);
    expect((await desk.api.get(path, 'kim')).body).toMatchObject([{}, { votes: [{ signatureHolds: false }] }]);
  });

  test('until an incident is closed, and only those that still wait for it are told', async () => {
    const id = await incident();
    const event: DeferEvent = { kind: 'incident', id };
    await defer({ deferEvent: event, deferUntil: iso(3) });
    const waiting = () => desk.inventory.deferrals.waitingFor(event);
    expect(await waiting()).toEqual([{ patchId, category: 'web' }]);
    expect(await desk.inventory.deferrals.waitingFor({ kind: 'knownIssue', id })).toEqual([]);
    await ask(2);
    expect(await waiting()).toEqual([]);
    await defer({ deferEvent: event });
    expect((await closeIncident(id)).status).toBe(200);
    expect(signals()).toBe(1);
    expect(await look(event)).toMatchObject({ over: true });
  });

  test('until a freeze is over', async () => {
    const event: DeferEvent = { kind: 'freeze', id: 'year-end' };
    expect((await defer({ deferEvent: event })).body).toMatchObject({ accepted: true });
    expect(await look(event)).toMatchObject({ over: false });
    expect(await look({ kind: 'freeze', id: 'taken out of policy' })).toMatchObject({ over: true });
  });

  test('until its content is revised', async () => {
    const event: DeferEvent = { kind: 'revision' };
    expect((await defer({ deferEvent: event })).body).toMatchObject({ accepted: true });
    expect(await look(event)).toMatchObject({ over: false });
    const revised = somePatch({ patchId, kb: patchId.slice(2) });
    const { fixedBuilds } = revised;
    const builds = Object.fromEntries(Object.keys(fixedBuilds).map((product) => [product, '10.0.26100.9999']));
    await desk.inventory.patches.savePatches([{ ...revised, fixedBuilds: builds }], new Date().toISOString());
    expect(await look(event)).toMatchObject({ over: true, detail: expect.stringContaining('the vendor changed') });
  });

  test('is the same in one decision over many, and in the evidence that verifies offline', async () => {
    const id = await issue();
    const mine = ((await desk.api.get('/v1/decisions/waiting?category=web', 'riley')).body as WaitingBundle).requests;
    const requests = mine.map(({ requestId, patchId: one, digest }) => ({ requestId, patchId: one, digest }));
    const bundleDigest = ((await desk.api.get('/v1/decisions/waiting?category=web', 'riley')).body as WaitingBundle)
      .bundleDigest;
    const order = {
      verdict: 'defer',
      justification,
      deferEvent: { kind: 'revision' },
      bundleDigest,
      requests,
      except: [{ patchId, verdict: 'defer', justification, deferEvent: { kind: 'knownIssue', id } }],
    };
    const refused = { ...order, except: [{ ...order.except[0], deferEvent: { kind: 'incident', id } }] };
    expect((await desk.api.post('/v1/categories/web/decisions', refused, 'riley')).status).toBe(400);
    const answer = await desk.api.post('/v1/categories/web/decisions', order, 'riley');
    const entry = (answer.body as BundleView).entries.find((one) => one.patchId === patchId);
    expect(entry).toMatchObject({ standing: 'counts', deferEvent: { kind: 'knownIssue', id } });
    expect(entry?.deferred).toContain(`known issue ${id} is closed`);
    const pack = await fetch(`${desk.api.url}/v1/patches/${patchId}/evidence`, {
      headers: { authorization: 'Bearer token-of-riley' },
    });
    const unpacked = Object.entries(unzipSync(new Uint8Array(await pack.arrayBuffer())));
    const files = Object.fromEntries(unpacked.map(([name, held]) => [name, strFromU8(held)]));
    expect(files['decisions.json']).toContain('knownIssue');
    expect(verifyPack(files).problems).toEqual([]);
  });
});
