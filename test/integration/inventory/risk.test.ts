// Facts of risk move deadlines, each told with its source and its clock (I5).

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openInventory } from '../../../adapters/postgres/openInventory.js';
import { createUrgencyActivities } from '../../../activities/urgency.js';
import type { TodayView } from '../../../api/contract/today.js';
import type {
  DueGroupView,
  DueView,
  ForensicStepView,
  PatchSummary,
  PriorityView,
  Status,
  VmSummary,
} from '../../../api/contract/index.js';
import { acting } from '../../../composition/acting.js';
import type { Inventory } from '../../../ports/inventory.js';
import { openApi, type TestApi } from '../../support/api.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { minutesFrom, now } from '../../support/facts.js';
import { openLine, type Line } from '../../support/line.js';
import { knowFleet } from '../../support/session.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders, 30_000);

const kev = { cve: 'CVE-2025-59287', name: 'WSUS', addedOn: '2025-10-24', dueOn: '2025-11-14', ransomware: false };
const document = { channel: 'kev' as const, document: '2025.10.24', kev: [kev], epss: [], ssvc: [], cvss: [] };

onEveryDatabase('facts of risk', (start) => {
  let database: TestDatabase;
  let inventory: Inventory;

  beforeAll(async () => {
    database = await start();
    inventory = await openInventory(database.pool, acting);
  }, 60_000);

  afterAll(() => database.close());

  test('are written once, kept beside those of other channels, and told', async () => {
    expect(await inventory.risks.save(document, now)).toEqual({ changed: 1 });
    expect(await inventory.risks.save(document, minutesFrom(now, 1))).toEqual({ changed: 0 });
    const epss = { cve: kev.cve, score: 0.7, percentile: null, scoredAt: null };
    await inventory.risks.save({ ...document, channel: 'epss', kev: [], epss: [epss] }, minutesFrom(now, 2));
    expect(await inventory.risks.risks([kev.cve, 'CVE-1999-0001'])).toEqual([
      { cve: kev.cve, vendorExploited: false, kev, epss, ssvc: null, cvss: null },
    ]);
    const told = (await inventory.events.events({})).map((event) => event.what);
    expect(told).toEqual(['kev 2025.10.24: facts of 1 CVEs changed', 'epss 2025.10.24: facts of 1 CVEs changed']);
  });

  test('are the highest score that any source gives, whoever came last', async () => {
    const cve = 'CVE-2026-0001';
    const scored = (channel: string, score: number) =>
      inventory.risks.save(
        {
          channel,
          document: 'x',
          kev: [],
          epss: [],
          ssvc: [],
          cvss: [{ cve, score, vector: 'CVSS:3.1/AV:N', version: '3.1' }],
        },
        now,
      );
    const held = async () => (await inventory.risks.risks([cve]))[0]?.cvss?.score;
    expect(await scored('msrc', 7.8)).toEqual({ changed: 1 });
    expect(await scored('redhat', 5.5)).toEqual({ changed: 0 });
    expect(await held()).toBe(7.8);
    expect(await scored('vulnrichment', 9.8)).toEqual({ changed: 1 });
    expect(await scored('msrc', 7.8)).toEqual({ changed: 0 });
    expect(await held()).toBe(9.8);
    // A source that corrects itself takes back its own word alone.
    expect(await scored('vulnrichment', 4)).toEqual({ changed: 1 });
    expect(await held()).toBe(7.8);
  });
});

describe('the priority of a patch', () => {
  let line: Line;
  let api: TestApi;

  beforeAll(async () => {
    line = await openLine({ vms: 24, worker: false });
    api = await openApi(line);
    await knowFleet(line);
  }, 120_000);

  afterAll(async () => {
    await api.close();
    await line.close();
  }, 30_000);

  const priorities = async (query = '') =>
    (await api.get(`/v1/patches/KB5070884/priority${query}`, 'kim')).body as PriorityView[];

  test('moves when CISA adds the vulnerability, and says so', async () => {
    const [before] = await priorities();
    expect(before).toMatchObject({ exposed: true, external: [] });
    expect(before?.estimated).toContain('exposure');
    expect((await api.post('/v1/risk', document, 'kim')).body).toEqual({ changed: 1 });
    const name = before?.vmName ?? '';
    const [after] = await priorities(`?vm=${name}`);
    expect(after).toMatchObject({
      vmName: name,
      tier: 'P0',
      overdue: true,
      forensics: true,
      external: [{ cve: kev.cve, dueOn: kev.dueOn }],
    });
    expect(after?.reasons.map((reason) => reason.rule)).toEqual(
      expect.arrayContaining(['BOD 26-04', 'bod-urgent', 'exploited-or-critical']),
    );
  });

  test('is asked to be computed anew for the whole fleet, once, however many facts come', async () => {
    const { status } = await line.engine.client.workflow.getHandle('urgency/on-demand').describe();
    expect(status.name).toBe('RUNNING');
  });

  describe('stored', () => {
    const get = async <T>(path: string) => (await api.get(path, 'kim')).body as T;

    beforeAll(async () => {
      await createUrgencyActivities(line.ports).computeDue();
    });

    test('is what everybody is told, and what is computed for them alone', async () => {
      const [one] = await priorities();
      expect(one?.stored).toMatchObject({ tier: one?.tier, deadline: one?.deadline });
    });

    test('stands in groups, the most urgent first, each with its fact and its next window', async () => {
      const groups = await get<DueGroupView[]>('/v1/due?environment=production');
      const dates = groups.map((group) => group.deadline ?? '9');
      expect(dates).toEqual(dates.toSorted());
      expect(groups.find((group) => group.patchId === 'KB5070884')).toMatchObject({
        tier: 'P0',
        state: 'overdue',
        forensics: true,
        misses: null,
      });
      expect(await get<DueGroupView[]>('/v1/due?category=web&withinHours=0')).not.toEqual([]);
      expect(await get<DueGroupView[]>('/v1/due?category=mars')).toEqual([]);
    });

    test('is read machine by machine in pages, without loss', async () => {
      const all = await get<DueView[]>('/v1/due/machines?limit=1000');
      const pages: DueView[] = [];
      for (let after = ''; ; ) {
        const answer = await fetch(`${api.url}/v1/due/machines?limit=7${after}`, {
          headers: { authorization: 'Bearer token-of-kim' },
        });
        pages.push(...((await answer.json()) as DueView[]));
        const next = answer.headers.get('x-next');
        if (next === null) break;
        after = `&after=${next}`;
      }
      expect(pages).toEqual(all);
      const name = all[0]?.vmName ?? '';
      expect((await get<DueView[]>(`/v1/due/machines?vm=${name}`)).every((row) => row.vmName === name)).toBe(true);
      expect((await api.get('/v1/due/machines?after=x', 'kim')).status).toBe(400);
    });

    test('stands on every list', async () => {
      const patch = (await get<PatchSummary[]>('/v1/patches')).find((one) => one.patchId === 'KB5070884');
      expect(patch).toMatchObject({ tier: 'P0' });
      expect(patch?.overdue).toBeGreaterThan(0);
      const vms = await get<VmSummary[]>('/v1/vms?environment=production');
      const needing = vms.filter((vm) => vm.needed.length > 0);
      expect(needing.every((vm) => vm.deadline !== null && vm.tier !== null)).toBe(true);
      const { due } = await get<Status>('/v1/status');
      expect(due.overduePatches).toBeGreaterThan(0);
      const today = await get<TodayView>('/v1/today');
      expect(today.due).toEqual(due);
      const csv = await api.get('/v1/exports?list=/v1/due&format=csv', 'kim');
      expect(csv).toMatchObject({ status: 200 });
      expect(csv.body).toContain('KB5070884');
    });

    test('asks for evidence of production machines, which only whoever decides there may waive', async () => {
      const open = await get<ForensicStepView[]>('/v1/forensics?patch=KB5070884&state=open');
      const [step] = open;
      expect(step).toMatchObject({ because: `known exploited: ${kev.cve}`, evidence: null });
      const body = { vm: step?.vmName, patchId: 'KB5070884', reason: 'it is rebuilt today' };
      const waive = (as: string, change = {}) => api.post('/v1/forensics/waivers', { ...body, ...change }, as);
      expect((await waive('kim')).status).toBe(403);
      expect((await waive('riley', { reason: 'no' })).status).toBe(409);
      expect((await waive('riley', { patchId: 'KB1' })).status).toBe(409);
      expect((await waive('riley')).body).toMatchObject({ state: 'waived', doneBy: 'riley', result: body.reason });
      expect((await waive('riley')).status).toBe(409);
      expect((await api.get(`/v1/forensics/${'a'.repeat(64)}`, 'kim')).status).toBe(404);
    });
  });

  test.each([
    ['an unknown patch', '/v1/patches/KB1/priority', 404],
    ['an unknown machine', '/v1/patches/KB5070884/priority?vm=nowhere', 404],
  ])('%s is answered with what to do', async (_, path, status) => {
    expect((await api.get(path, 'kim')).status).toBe(status);
  });

  test.each([
    ['a CVE that is none', { kev: [{ ...kev, cve: 'CWE-79' }] }],
    ['a negative score', { epss: [{ cve: kev.cve, score: -1, percentile: null, scoredAt: null }] }],
    ['a day that is none', { kev: [{ ...kev, addedOn: 'yesterday' }] }],
    ['another channel', { channel: 'rumours' }],
  ])('%s is refused', async (_, change) => {
    expect((await api.post('/v1/risk', { ...document, ...change }, 'kim')).status).toBe(400);
    expect((await api.post('/v1/risk', document, 'riley')).status).toBe(403);
  });
});
