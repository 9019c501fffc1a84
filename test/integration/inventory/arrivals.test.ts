// A machine that comes after a decision was signed, over a real database: planned by the rule that was signed, refused without it, and told everywhere (I1, I7).

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createCycleActivities } from '../../../activities/cycle.js';
import { createDeployActivities } from '../../../activities/deploy.js';
import { createMaintainActivities } from '../../../activities/maintain.js';
import type { Ports } from '../../../activities/ports.js';
import { createRequestActivities } from '../../../activities/request.js';
import { createSessionActivities } from '../../../activities/session.js';
import { createVerifyActivities } from '../../../activities/verify.js';
import type { DecisionProofView, PatchDetail, RunDetail } from '../../../api/contract/index.js';
import type { BundleView, WaitingBundle } from '../../../api/contract/decisionBundles.js';
import type { GridView } from '../../../api/contract/grid.js';
import type { ArrivalRule } from '../../../domain/arrivalPolicy.js';
import { arrivalRuleOf, lastRing } from '../../../domain/arrivalRule.js';
import type { ManifestState } from '../../../domain/run.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { openDesk, type Desk } from '../../support/desk.js';
import { removeTemporaryFolders } from '../../support/temporary.js';
import { beside, cumulative, listMachines, passTogether, reachTested } from '../../support/tested.js';

afterAll(removeTemporaryFolders);

const run = promisify(execFile);
const set = [cumulative.patchId, beside.patchId];
const signed = Array.from({ length: 10 }, (_, place) => `vm-${place}`);
const fresh: ArrivalRule = { id: 'fresh', categories: ['web'], machinesMax: 1, percentMax: 50 };
const inPolicy = '  arrivals: [{ id: fresh, categories: [web], machinesMax: 1, percentMax: 50 }]\n';

onEveryDatabase('machines that come later', (start) => {
  let database: TestDatabase;
  let desk: Desk;
  let round = 0;

  beforeAll(async () => {
    database = await start();
    desk = await openDesk(database, (text) => text.replace('\napprovals:\n', `\napprovals:\n${inPolicy}`));
    const at = new Date().toISOString();
    await listMachines(desk.inventory, signed, at);
    await passTogether(desk.inventory, at);
    await createCycleActivities(desk.ports).computeDemand();
    await reachTested(desk.inventory, at);
  }, 60_000);

  afterAll(async () => {
    await desk.close();
    await database.close();
  }, 30_000);

  /** As if policy said this of machines that come later. */
  const withRules = (arrivals: ArrivalRule[]): Ports => ({
    ...desk.ports,
    policy: {
      ...desk.ports.policy,
      current: async () => {
        const policy = await desk.ports.policy.current();
        return { ...policy, approvals: { ...policy.approvals, arrivals } };
      },
    },
  });

  /** Asked for and approved by one signed decision over both. */
  async function decide(ports: Ports): Promise<string> {
    round += 1;
    for (const patchId of set) {
      const asked = { patchId, category: 'web', requestedBy: ['kim'], occasion: `r/${round}` };
      expect((await createRequestActivities(ports).requestDecision(asked)).reason).toBe('');
    }
    const { body } = await desk.api.get('/v1/decisions/waiting?category=web', 'riley');
    const { bundleDigest, requests } = body as WaitingBundle;
    const words = requests.map((one) => one.arrivals);
    const order = { verdict: 'approve', justification: 'tested in staging', deferUntil: null, bundleDigest };
    const answer = await desk.api.post('/v1/categories/web/decisions', order, 'riley');
    expect((answer.body as BundleView).entries.map((one) => one.standing)).toEqual(['counts', 'counts']);
    expect(new Set(words).size).toBe(1);
    return words[0] ?? '';
  }

  async function arrive(...names: string[]): Promise<void> {
    const known = (await desk.inventory.fleet.vms({ environment: 'production', existing: true })).map((vm) => vm.vmId);
    await listMachines(desk.inventory, [...known, ...names], new Date().toISOString());
  }

  async function ringToJoin(): Promise<string> {
    const request = await desk.inventory.decisions.request(cumulative.patchId, 'web');
    return lastRing(request?.subject.rings ?? []) ?? '';
  }

  async function digestOf(patchId: string): Promise<string> {
    return (await desk.inventory.decisions.request(patchId, 'web'))?.digest ?? '';
  }

  /** The ring is enrolled in its window, and planned. */
  async function plan(ports: Ports, ring: string, vmIds: string[] | null = null): Promise<string> {
    let runKey = '';
    const at = new Date().toISOString();
    // Both in one run: its window follows from the second in which they are enrolled.
    const then = { ...ports, clock: { now: () => at } };
    for (const patchId of set) {
      const asked = { patchId, category: 'web', ring, vmIds, notifyWorkflowId: `rollout/${patchId}/web` };
      const enrolled = await createDeployActivities(then).enrolRing({ ...asked, digest: await digestOf(patchId) });
      if ('refused' in enrolled) throw new Error(enrolled.reasons.join());
      runKey = enrolled.runKey;
    }
    await createMaintainActivities(ports).planRun(runKey);
    return runKey;
  }

  const rowsOf = async (runKey: string) =>
    (await desk.inventory.runs.manifest({ runKey })).map((row) => `${row.vmId} ${row.patchId} ${row.state}`).toSorted();
  const bothFor = (vmId: string) => set.map((patchId) => `${vmId} ${patchId} planned`).toSorted();

  async function end(runKey: string, state: (vmId: string) => ManifestState): Promise<void> {
    for (const { vmId, patchId } of await desk.inventory.runs.manifest({ runKey }))
      await desk.inventory.runs.setManifestState(runKey, vmId, [
        { patchId, state: state(vmId), reason: 'so it ended' },
      ]);
    await desk.inventory.runs.settleRun(runKey, 'completed', 'done', new Date().toISOString());
  }

  const ringNow = async (ports: Ports, ring: string) =>
    createDeployActivities(ports).readRing({
      patchId: cumulative.patchId,
      category: 'web',
      ring,
      digest: await digestOf(cumulative.patchId),
    });

  async function shown(): Promise<DecisionProofView> {
    const { body } = await desk.api.get(`/v1/patches/${cumulative.patchId}/decisions?category=web`, 'kim');
    const [newest] = body as DecisionProofView[];
    if (newest === undefined) throw new Error('nothing was asked');
    return newest;
  }

  /** `patchline`, as its user sees it. */
  async function patchline(...words: string[]): Promise<string> {
    const env = { ...process.env, PATCHLINE_URL: desk.api.url, PATCHLINE_TOKEN: 'token-of-kim' };
    return (await run(process.execPath, ['--import', 'tsx', 'cli/main.ts', ...words], { env })).stdout;
  }

  test('the words of the rule are shown before anybody signs, and are part of what is signed', async () => {
    const words = await decide(desk.ports);
    expect(words).toBe(
      'Machines that join web before ring broad is planned, and miss no more than KB5066743 + KB5070884 from the same state as was tested, may join it in that ring: one machine at most (rule fresh)',
    );
    const proof = await shown();
    expect([proof.digestHolds, proof.arrivals]).toEqual([true, { words, machines: [] }]);
    expect(proof.signed).toContain(words);
    const detail = (await desk.api.get(`/v1/patches/${cumulative.patchId}`, 'kim')).body as PatchDetail;
    expect(detail.requests.at(-1)?.arrivals).toBe(words);
    expect(desk.told.some(({ lines }) => lines.includes(`${words}.`))).toBe(true);
  });

  test('one that comes before its ring is planned joins it there alone, and what does not fit stays away', async () => {
    await arrive('new-1', 'new-2');
    const canary = await plan(desk.ports, 'canary');
    expect((await rowsOf(canary)).some((row) => row.startsWith('new-'))).toBe(false);
    await end(canary, () => 'installed');

    const broad = await plan(desk.ports, 'broad');
    const rows = await rowsOf(broad);
    expect(rows.filter((row) => row.startsWith('new-'))).toEqual(bothFor('new-1'));
    const { arrivals } = (await desk.api.get(`/v1/maintenance/run?key=${broad}`, 'kim')).body as RunDetail;
    expect(arrivals.map(({ vmName, patchId, joins }) => `${vmName} ${patchId} ${joins}`).toSorted()).toEqual(
      set.flatMap((patchId) => [`web-new-1 ${patchId} true`, `web-new-2 ${patchId} false`]).toSorted(),
    );
    expect(arrivals.find((one) => !one.joins)?.reasons).toEqual(['no more than 1 may join, and those have']);
    expect(((await desk.api.get(`/v1/maintenance/grid?key=${broad}`, 'kim')).body as GridView).arrivals).toEqual(
      arrivals,
    );
    expect((await shown()).arrivals.machines).toEqual(arrivals.filter((one) => one.patchId === cumulative.patchId));
    const told = (await desk.inventory.events.events({ runKey: broad })).map((event) => event.what);
    expect(told).toContain(`web-new-1 joins the decision on ${cumulative.patchId} for web`);
    expect(told).toContain(`web-new-2 does not join the decision on ${cumulative.patchId} for web`);
    // Planned again by a retry, it is as it was.
    await createMaintainActivities(desk.ports).planRun(broad);
    expect(await rowsOf(broad)).toEqual(rows);

    const said = await patchline('decision', 'show', cumulative.patchId, '--category', 'web');
    expect(said).toContain('may join it in that ring: one machine at most (rule fresh)');
    expect(said).toMatch(/web-new-1.*yes.*rule fresh was signed/);
    expect(said).toMatch(/web-new-2.*no.*no more than 1 may join/);
    expect(await patchline('maintenance', 'show', broad)).toMatch(/web-new-2.*no.*no more than 1 may join/);
  }, 120_000);

  test('is accounted for with its ring, is tried again like the others, and nobody joins after the ring was planned', async () => {
    const [broad] = (await desk.inventory.runs.runs({ status: 'planned' })).map((one) => one.runKey);
    expect(await ringNow(desk.ports, 'broad')).toMatchObject({ kind: 'unsettled' });
    await end(broad ?? '', (vmId) => (vmId === 'new-1' ? 'skipped' : 'installed'));
    expect(await ringNow(desk.ports, 'broad')).toMatchObject({ kind: 'incomplete', remaining: ['new-1'] });

    await arrive('new-3');
    const again = await plan(desk.ports, 'broad', ['new-1']);
    expect(again).not.toBe(broad);
    expect(await rowsOf(again)).toEqual(bothFor('new-1'));
    const late = (await desk.inventory.arrivals.arrivals({ runKey: again })).filter((one) => one.vmId === 'new-3');
    expect(late.map((one) => [one.joins, one.reasons])).toEqual(
      set.map(() => [false, expect.arrayContaining(['ring broad was planned before it came'])]),
    );
    await end(again, () => 'failed');
    expect(await ringNow(desk.ports, 'broad')).toMatchObject({ kind: 'healthy', installed: 6 });
    // One that was harmed counts, whatever policy says of it by now.
    const digest = await digestOf(cumulative.patchId);
    expect((await desk.inventory.arrivals.arrivals({ digest })).filter((one) => one.joins)).toHaveLength(2);
  });

  test('policy that lost its rule lets nobody join, neither at planning nor at the machine, and nobody is waited for', async () => {
    await decide(desk.ports);
    await arrive('new-4');
    const lost = withRules([]);
    const refused = await plan(lost, await ringToJoin());
    expect((await rowsOf(refused)).some((row) => row.startsWith('new-'))).toBe(false);
    const [word] = await desk.inventory.arrivals.arrivals({ runKey: refused, vmId: 'new-4' });
    expect(word?.reasons).toEqual(['policy lets nobody join any more']);
    await end(refused, () => 'skipped');

    await decide(desk.ports);
    await arrive('new-5');
    const ring = await ringToJoin();
    const runKey = await plan(desk.ports, ring);
    expect(await rowsOf(runKey)).toEqual(expect.arrayContaining(bothFor('new-5')));
    const session = { sessionId: `${runKey}#new-5`, runKey, vmId: 'new-5', vmName: 'web-new-5' };
    const atMachine = await createSessionActivities({
      ...lost,
      azure: { vmNow: async () => ({ power: 'running', agentReady: true, busy: false }) } as unknown as Ports['azure'],
    }).admitSession(session);
    expect(atMachine).toMatchObject({
      kind: 'refused',
      reasons: expect.arrayContaining(['policy lets no machine join a decision for web any more']),
    });
    const others = (await desk.inventory.runs.manifest({ runKey })).filter((row) => row.vmId !== 'new-5');
    for (const { vmId, patchId } of others)
      await desk.inventory.runs.setManifestState(runKey, vmId, [{ patchId, state: 'installed', reason: null }]);
    await desk.inventory.runs.settleRun(runKey, 'completed', 'done', new Date().toISOString());
    expect(await ringNow(desk.ports, ring)).toMatchObject({ kind: 'incomplete', remaining: ['new-5'] });
    expect(await ringNow(lost, ring)).toMatchObject({ kind: 'healthy' });
  });

  test('what was signed without a rule lets nobody join, though policy has one by now', async () => {
    expect(arrivalRuleOf((await desk.ports.policy.current()).approvals.arrivals, 'web')).toEqual(fresh);
    expect(await decide(withRules([]))).toBe('');
    await arrive('new-6');
    const last = await plan(desk.ports, await ringToJoin());
    expect((await rowsOf(last)).some((row) => row.startsWith('new-6'))).toBe(false);
    const proof = await shown();
    expect(proof.arrivals).toMatchObject({
      words: null,
      machines: expect.arrayContaining([
        expect.objectContaining({ vmName: 'web-new-6', joins: false, reasons: ['what was signed lets nobody join'] }),
      ]),
    });
    expect(await patchline('decision', 'show', cumulative.patchId, '--category', 'web')).toContain(
      'Nobody joins: what is signed lets no machine that comes later join',
    );
  }, 60_000);

  test('whoever joined is looked for on the fleet like those that were signed', async () => {
    const before = await createVerifyActivities(desk.ports).verifyFleet({ patchId: cumulative.patchId });
    await database.pool.query(`update arrival set joins = true where vm_id = 'new-6'`);
    const after = await createVerifyActivities(desk.ports).verifyFleet({ patchId: cumulative.patchId });
    expect(after.authorised).toBe(before.authorised + 1);
  });
});
