// What the console reads again and again, over a real database: what waits for people, a run as a grid, a stream that loses nothing.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { GridView } from '../../../api/contract/grid.js';
import type { RunView } from '../../../api/contract/index.js';
import type { TodayView } from '../../../api/contract/today.js';
import { openEmbeddedDatabase, type TestDatabase } from '../../support/databases.js';
import { openDesk, type Desk } from '../../support/desk.js';
import { minutesFrom, somePatch, someRequest } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

let database: TestDatabase;
let desk: Desk;

beforeAll(async () => {
  database = await openEmbeddedDatabase();
  desk = await openDesk(database);
}, 120_000);

afterAll(async () => {
  await desk?.close();
  await database?.close();
  await removeTemporaryFolders();
});

const today = async (as: string) => (await desk.api.get('/v1/today', as)).body as TodayView;

async function ask(patchId: string, change: Parameters<typeof someRequest>[0] = {}): Promise<void> {
  const at = new Date().toISOString();
  const { subject } = someRequest();
  await desk.inventory.patches.savePatches([somePatch({ patchId, kb: patchId.slice(2) })], at);
  await desk.inventory.decisions.openRequest(
    someRequest({
      requestId: `${patchId}/web/1`,
      patchId,
      subject: { ...subject, patchId },
      digest: desk.ports.digests.sha256(patchId),
      requestedAt: at,
      expiresAt: minutesFrom(at, 60),
      ...change,
    }),
  );
}

describe('today', () => {
  test('shows one line for all that waits of a category, and whose it is', async () => {
    await ask('KB101');
    await ask('KB102');
    const mine = (await today('riley')).needs.filter((need) => need.kind === 'decision');
    expect(mine).toHaveLength(1);
    expect(mine[0]).toMatchObject({ title: expect.stringContaining('2 patches'), path: '/decide/web', mine: true });
    const others = (await today('kim')).needs.filter((need) => need.kind === 'decision');
    expect(others[0]?.mine).toBe(false);
  });

  test('says what it could not read, and hides nothing else', async () => {
    const { unread, needs } = await today('riley');
    // The desk has no engine: only that knows which rollouts stand halted.
    expect(unread).toEqual(['halted rollouts']);
    expect(needs.length).toBeGreaterThan(0);
  });

  test('never counts a machine that was not assessed as complete', async () => {
    const { fleet } = await today('sam');
    expect(fleet.machines - fleet.unknown).toBeGreaterThanOrEqual(fleet.lacking);
  });
});

test('the standing stop is told by itself, and its end', async () => {
  const { stops } = desk.inventory;
  await stops.stopAll('riley', 'a drill', new Date().toISOString());
  expect((await desk.api.get('/v1/stop-all', 'kim')).body).toMatchObject({
    stopped: { by: 'riley', reason: 'a drill' },
  });
  await stops.liftStop('riley', 'over', new Date().toISOString());
  expect((await desk.api.get('/v1/stop-all', 'kim')).body).toEqual({ stopped: null });
});

describe('the stream', () => {
  /** Reads events until `enough` says so, or ten seconds have passed. */
  async function listen(
    path: string,
    enough: (seen: { event: string; id: string | null; data: unknown }[]) => boolean,
    lastEventId?: string,
  ): Promise<{ event: string; id: string | null; data: unknown }[]> {
    const stopped = new AbortController();
    const timer = setTimeout(() => stopped.abort(), 10_000);
    const seen: { event: string; id: string | null; data: unknown }[] = [];
    try {
      const answer = await fetch(`${desk.api.url}${path}`, {
        signal: stopped.signal,
        headers: {
          authorization: 'Bearer token-of-riley',
          accept: 'text/event-stream',
          ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
        },
      });
      expect(answer.headers.get('content-type')).toContain('text/event-stream');
      let text = '';
      for await (const chunk of answer.body ?? []) {
        text += new TextDecoder().decode(chunk as Uint8Array);
        const parts = text.split('\n\n');
        text = parts.pop() ?? '';
        for (const part of parts) {
          const field = (name: string) => part.match(new RegExp(`^${name}: ?(.*)$`, 'm'))?.[1] ?? null;
          const event = field('event');
          if (event !== null)
            seen.push({ event, id: field('id'), data: JSON.parse(field('data') ?? 'null') as unknown });
        }
        if (enough(seen)) break;
      }
    } catch (failure) {
      if (!stopped.signal.aborted) throw failure;
    } finally {
      clearTimeout(timer);
      stopped.abort();
    }
    return seen;
  }

  const changesIn = (seen: { event: string; id: string | null }[]) => seen.filter((one) => one.event === 'change');
  const head = async () => (await desk.inventory.events.head())?.seq ?? 0;

  test('tells nobody who is not signed in', async () => {
    expect((await desk.api.get('/v1/stream')).status).toBe(401);
  });

  test('tells a change as it happens, with its number as id', async () => {
    const before = await head();
    const listening = listen('/v1/stream', (seen) => changesIn(seen).length > 0);
    await new Promise((resolve) => setTimeout(resolve, 700));
    await desk.inventory.stops.stopAll('riley', 'a test', new Date().toISOString());
    const [first] = changesIn(await listening);
    await desk.inventory.stops.liftStop('riley', 'done', new Date().toISOString());
    expect(Number(first?.id)).toBe(before + 1);
  });

  test('goes on after a cut without losing one or telling one twice', async () => {
    const before = await head();
    for (const reason of ['one', 'two', 'three']) {
      await desk.inventory.stops.stopAll('riley', reason, new Date().toISOString());
      await desk.inventory.stops.liftStop('riley', reason, new Date().toISOString());
    }
    const wanted = Array.from({ length: (await head()) - before }, (_one, index) => String(before + 1 + index));
    expect(wanted.length).toBe(6);
    const byHeader = await listen('/v1/stream', (seen) => changesIn(seen).length >= 6, String(before));
    expect(changesIn(byHeader).map((one) => one.id)).toEqual(wanted);
    const half = await listen('/v1/stream', (seen) => changesIn(seen).length >= 3, wanted[2]);
    expect(changesIn(half).map((one) => one.id)).toEqual(wanted.slice(3));
    const byQuery = await listen(`/v1/stream?after=${before}`, (seen) => changesIn(seen).length >= 6);
    expect(changesIn(byQuery).map((one) => one.id)).toEqual(wanted);
  });

  test('has one who comes from another log read everything anew', async () => {
    const seen = await listen(
      '/v1/stream',
      (all) => all.some((one) => one.event === 'reset'),
      String((await head()) + 1000),
    );
    expect(seen.find((one) => one.event === 'reset')?.data).toEqual({ seq: await head() });
  });
});

describe('a run as a grid', () => {
  test('is a row a machine with the worst of what it was to get, in the order of the plan', async () => {
    const { runs } = desk.inventory;
    const times = {
      planAt: minutesFrom(new Date().toISOString(), -2),
      opensAt: minutesFrom(new Date().toISOString(), -1),
      closesAt: minutesFrom(new Date().toISOString(), 60),
    };
    const identity = { environment: 'production' as const, category: 'web', ring: 'canary', occurrence: 'soon@grid' };
    const enrolment = {
      patchId: 'KB101',
      category: 'web',
      digest: 'd',
      decisionId: 'decision',
      vmIds: ['vm-1', 'vm-2'],
      notifyWorkflowId: 'rollout/KB101/web',
    };
    const { run } = await runs.enrol({ ...identity, ...times }, enrolment, minutesFrom(times.planAt, -10));
    const row = (vmId: string, patchId: string, position: number) => ({
      vmId,
      vmName: vmId,
      patchId,
      kb: patchId.slice(2),
      packages: [],
      wave: 1,
      position,
    });
    await runs.plan(run.runKey, () => ({
      waves: 1,
      rows: [row('vm-1', 'KB101', 0), row('vm-1', 'KB102', 0), row('vm-2', 'KB101', 1)],
      left: [],
    }));
    await runs.setManifestState(run.runKey, 'vm-1', [
      { patchId: 'KB101', state: 'installed', reason: null },
      { patchId: 'KB102', state: 'failed', reason: 'no space' },
    ]);
    const path = `/v1/maintenance/grid?key=${encodeURIComponent(run.runKey)}`;
    const { cells, now } = (await desk.api.get(path, 'sam')).body as GridView;
    expect(cells).toEqual([
      { vmId: 'vm-1', vmName: 'vm-1', wave: 1, state: 'failed', reason: 'no space', isTroubled: true },
      { vmId: 'vm-2', vmName: 'vm-2', wave: 1, state: 'planned', reason: null, isTroubled: false },
    ]);
    // No engine answers here, and nobody waits for it.
    expect(now).toBeNull();
    const counts = { failed: 1, installed: 1, planned: 1 };
    expect((await today('sam')).running.map((one) => [one.runKey, one.counts])).toEqual([[run.runKey, counts]]);
    const listed = (await desk.api.get('/v1/maintenance', 'sam')).body as RunView[];
    expect(listed.find((one) => one.runKey === run.runKey)).toMatchObject({ counts, status: 'planned' });
  });
});
