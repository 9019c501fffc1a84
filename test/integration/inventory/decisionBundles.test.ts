// One decision over everything of a category that waits: signed once, refused as a whole when anything changed, sent again without counting twice.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { BundleView, WaitingBundle } from '../../../api/contract/decisionBundles.js';
import { decisionText } from '../../../domain/decision.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { openDesk, type Desk } from '../../support/desk.js';
import { minutesFrom, somePatch, someRequest } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

const justification = 'all of it was tested in staging';

onEveryDatabase('a decision over many', (start) => {
  let database: TestDatabase;
  let desk: Desk;
  let round = 0;

  beforeAll(async () => {
    database = await start();
    desk = await openDesk(database);
  }, 60_000);

  afterAll(async () => {
    await desk.close();
    await database.close();
  });

  /** Requests of these patches; what waited before is superseded. */
  async function ask(...patchIds: string[]): Promise<void> {
    round += 1;
    const at = new Date().toISOString();
    for (const request of await desk.inventory.decisions.requests({ status: 'waiting' }))
      await desk.inventory.decisions.closeRequest(request.requestId, 'superseded');
    for (const patchId of patchIds) await askOne(patchId, `${round}`, at);
  }

  async function askOne(patchId: string, occasion: string, at = new Date().toISOString()): Promise<void> {
    const { subject } = someRequest();
    await desk.inventory.patches.savePatches([somePatch({ patchId, kb: patchId.slice(2) })], at);
    await desk.inventory.decisions.openRequest(
      someRequest({
        requestId: `${patchId}/web/${occasion}`,
        patchId,
        subject: { ...subject, patchId, revision: '2025-Oct@1', vmIds: ['vm-1', patchId] },
        digest: desk.ports.digests.sha256(`${patchId}${occasion}`),
        requestedAt: at,
        expiresAt: minutesFrom(at, 60),
      }),
    );
  }

  const waiting = async () => (await desk.api.get('/v1/decisions/waiting?category=web', 'riley')).body as WaitingBundle;
  const shownOf = ({ requests, bundleDigest }: WaitingBundle) => ({
    bundleDigest,
    requests: requests.map(({ requestId, patchId, digest }) => ({ requestId, patchId, digest })),
  });
  const decide = (order: Record<string, unknown>, as = 'riley') =>
    desk.api.post('/v1/categories/web/decisions', { verdict: 'approve', justification, ...order }, as);
  const standings = (bundle: BundleView) =>
    Object.fromEntries(bundle.entries.map(({ patchId, verdict, standing }) => [patchId, `${verdict} ${standing}`]));

  test('shows what waits, summed, and signs all of it at once with exceptions', async () => {
    await ask('KB101', 'KB102', 'KB103', 'KB104');
    const shown = await waiting();
    expect(shown).toMatchObject({
      machines: 5,
      installations: 8,
      downtimeMinutes: { sum: 40, longest: 10 },
      reboots: 4,
    });
    const except = [
      { patchId: 'KB102', verdict: 'reject', justification: 'breaks the printers of finance' },
      {
        patchId: 'KB103',
        verdict: 'defer',
        justification: 'after the end of the year',
        deferUntil: minutesFrom(new Date().toISOString(), 600),
      },
      { patchId: 'KB104', verdict: 'leave' },
    ];
    const dry = (await decide({ ...shownOf(shown), except, dryRun: true })).body as BundleView;
    expect(dry).toMatchObject({ signature: null, entries: [{ standing: 'notSent' }, {}, {}] });
    expect(await desk.inventory.decisions.decisions({ patchIds: ['KB101', 'KB102', 'KB103'] })).toEqual([]);

    const { status, body } = await decide({ ...shownOf(shown), except, bundleId: 'bundle-number-one' });
    const bundle = body as BundleView;
    expect(status).toBe(200);
    expect(standings(bundle)).toEqual({
      KB101: 'approve counts',
      KB102: 'reject counts',
      KB103: 'defer counts',
    });
    expect(desk.ports.digests.verify(bundle.text, bundle.signature ?? '')).toBe(true);
    expect(desk.ports.digests.sha256(bundle.text)).toBe(bundle.digest);
    // Each rollout has its own signed decision, which says where it comes from.
    const [kept] = await desk.inventory.decisions.decisions({ patchId: 'KB102' });
    if (kept === undefined) throw new Error('no decision was recorded');
    expect(kept).toMatchObject({
      accepted: true,
      justification: 'breaks the printers of finance',
      bundle: { bundleId: 'bundle-number-one', digest: bundle.digest, size: 3 },
    });
    expect(desk.ports.digests.verify(decisionText(kept), kept.signature)).toBe(true);
    expect((await waiting()).requests.map((one) => one.patchId)).toEqual(['KB104']);
  });

  test('the same order again is the same decision; another one under its id is refused', async () => {
    await ask('KB111', 'KB112');
    const order = { ...shownOf(await waiting()), bundleId: 'bundle-number-two' };
    desk.away.add('KB112');
    const first = (await decide(order)).body as BundleView;
    expect(standings(first)).toEqual({ KB111: 'approve counts', KB112: 'approve notSent' });
    desk.away.clear();
    const sentBefore = desk.sent.length;
    const again = (await decide(order)).body as BundleView;
    expect(standings(again)).toEqual({ KB111: 'approve counts', KB112: 'approve counts' });
    expect(desk.sent.slice(sentBefore).map((one) => one.workflowId)).toEqual(['rollout/KB112/web']);
    expect(again.at).toBe(first.at);
    expect((await decide({ ...order, verdict: 'reject' })).status).toBe(409);
    expect((await decide(order, 'sam')).status).toBe(409);
    expect((await desk.api.post('/v1/decisions/bundles/bundle-number-two/sending', {}, 'sam')).status).toBe(409);
    const resumed = await desk.api.post('/v1/decisions/bundles/bundle-number-two/sending', {}, 'riley');
    expect(standings(resumed.body as BundleView)).toEqual(standings(again));
    expect((await desk.api.get('/v1/decisions/bundles/bundle-number-three', 'kim')).status).toBe(404);
    expect(await desk.inventory.decisions.decisions({ patchIds: ['KB111', 'KB112'] })).toHaveLength(2);
  });

  test('one request that changed refuses the whole and is named; what came since is not decided', async () => {
    await ask('KB121', 'KB122');
    const shown = await waiting();
    await askOne('KB122', 'anew');
    const refused = await decide(shownOf(shown));
    expect(refused.status).toBe(409);
    expect((refused.body as { detail: string }).detail).toContain('KB122 is asked anew');
    expect(await desk.inventory.decisions.decisions({ patchIds: ['KB121', 'KB122'] })).toEqual([]);

    const shownAnew = await waiting();
    expect(shownAnew.requests.find((one) => one.patchId === 'KB122')?.since).toContain('superseded');
    await askOne('KB123', 'late');
    // Without a list it is everything that waits, and that is another everything now.
    const { requests: _, ...everything } = shownOf(shownAnew);
    expect((await decide(everything)).status).toBe(409);
    expect(standings((await decide(shownOf(shownAnew))).body as BundleView)).toEqual({
      KB121: 'approve counts',
      KB122: 'approve counts',
    });
    expect((await waiting()).requests.map((one) => one.patchId)).toEqual(['KB123']);
  });

  test('each rollout judges for itself: rights and duties are those of single decisions', async () => {
    await ask('KB131');
    await desk.inventory.decisions.openRequest(
      someRequest({
        requestId: 'KB132/web/1',
        patchId: 'KB132',
        digest: 'e'.repeat(64),
        requestedBy: ['both'],
        expiresAt: minutesFrom(new Date().toISOString(), 60),
      }),
    );
    const bundle = (await decide(shownOf(await waiting()), 'both')).body as BundleView;
    expect(standings(bundle)).toEqual({ KB131: 'approve counts', KB132: 'approve refused' });
    expect(bundle.entries.find((one) => one.patchId === 'KB132')?.reasons.join()).toContain('requested this change');
  });

  test.each<[string, Record<string, unknown>, number, string]>([
    ['without a justification', { justification: '   ' }, 400, 'at least 10'],
    ['deferred without a date', { verdict: 'defer' }, 400, 'date in the future'],
    [
      'with an exception that does not wait',
      { except: [{ patchId: 'KB999', verdict: 'leave' }] },
      400,
      'KB999: it does not wait here',
    ],
    [
      'with an exception without words',
      { except: [{ patchId: 'KB141', verdict: 'reject', justification: '' }] },
      400,
      'KB141: a justification',
    ],
    [
      'with an exception twice',
      {
        except: [
          { patchId: 'KB141', verdict: 'leave' },
          { patchId: 'KB141', verdict: 'leave' },
        ],
      },
      400,
      'excepted twice',
    ],
    ['that leaves everything', { except: [{ patchId: 'KB141', verdict: 'leave' }] }, 400, 'nothing is left'],
    ['over another list than its digest', { bundleDigest: 'a'.repeat(64) }, 400, 'not the digest'],
  ])('%s it is refused before anything is signed', async (_, change, status, told) => {
    await ask('KB141');
    const answer = await decide({ ...shownOf(await waiting()), ...change });
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toContain(told);
    expect(await desk.inventory.decisions.decisions({ patchId: 'KB141' })).toEqual([]);
  });

  test('a delegate gives the word of another for all of it, while the delegation stands', async () => {
    await ask('KB161', 'KB162');
    const order = { ...shownOf(await waiting()), onBehalfOf: 'riley', bundleId: 'bundle-of-a-delegate' };
    const refused = (await decide({ ...order, bundleId: 'bundle-of-a-stranger' }, 'sam')).body as BundleView;
    expect(standings(refused)).toEqual({ KB161: 'approve refused', KB162: 'approve refused' });
    const until = minutesFrom(new Date().toISOString(), 600);
    const delegation = { delegate: 'sam', category: 'web', until, reason: 'away until tomorrow' };
    expect((await desk.api.post('/v1/delegations', delegation, 'riley')).status).toBe(200);

    const bundle = (await decide(order, 'sam')).body as BundleView;
    expect(standings(bundle)).toEqual({ KB161: 'approve counts', KB162: 'approve counts' });
    expect(bundle).toMatchObject({ by: 'sam', onBehalfOf: 'riley' });
    expect(bundle.text).toContain('"onBehalfOf":"riley"');
    expect(desk.ports.digests.verify(bundle.text, bundle.signature ?? '')).toBe(true);
    const words = await desk.inventory.decisions.decisions({ patchIds: ['KB161', 'KB162'], accepted: true });
    expect(words.map(({ by, onBehalfOf }) => `${by} for ${onBehalfOf ?? ''}`)).toEqual([
      'sam for riley',
      'sam for riley',
    ]);
    // The same order without the other's name is another order.
    expect((await decide({ ...order, onBehalfOf: null }, 'sam')).status).toBe(409);
    expect((await desk.api.get('/v1/decisions/bundles/bundle-of-a-delegate', 'kim')).body).toMatchObject({
      onBehalfOf: 'riley',
    });
  });

  test('needs the role, and a category that policy has', async () => {
    await ask('KB151');
    expect((await decide(shownOf(await waiting()), 'kim')).status).toBe(403);
    expect((await desk.api.get('/v1/decisions/waiting?category=nothing', 'kim')).status).toBe(404);
  });
});
