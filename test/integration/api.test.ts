// The API besides decisions: who may do what, what is asked wrongly, and the contract that it publishes.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type { EventView, IncidentView, PolicyPlan, PolicyText } from '../../api/contract/index.js';
import { openApi, type TestApi } from '../support/api.js';
import { openLine, type Line } from '../support/line.js';
import { knowFleet, machine, planFor } from '../support/session.js';
import { removeTemporaryFolders } from '../support/temporary.js';

let line: Line;
let api: TestApi;

beforeAll(async () => {
  line = await openLine({ vms: 12, worker: false });
  api = await openApi(line);
  await knowFleet(line);
}, 120_000);

afterAll(async () => {
  await api.close();
  await line.close();
  await removeTemporaryFolders();
}, 30_000);

test('publishes OpenAPI 3.1 with every route', async () => {
  const { status, body } = await api.get('/openapi.json');
  const document = body as {
    openapi: string;
    paths: Record<string, unknown>;
    components: { schemas: Record<string, unknown> };
  };
  expect(status).toBe(200);
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      '/v1/patches/{patchId}/decisions',
      '/v1/maintenance/control',
      '/v1/installations',
      '/v1/cycles',
    ]),
  );
  expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(['PatchDetail', 'InstallationView']));
});

describe('who may do what', () => {
  test.each([
    ['/v1/cycles', { month: '2025-Oct' }, 'riley'],
    ['/v1/maintenance/control', { runKey: 'x', control: 'paused', reason: 'a drill' }, 'riley'],
    ['/v1/stop-all', { reason: 'a drill' }, 'kim'],
  ])('POST %s needs its role', async (path, body, as) => {
    expect((await api.post(path, body, as)).status).toBe(403);
    expect((await api.post(path, body)).status).toBe(401);
  });

  test('reading needs a sign-in, health and the page do not', async () => {
    for (const path of ['/v1/status', '/v1/patches', '/v1/vms', '/v1/events', '/v1/installations']) {
      expect((await api.get(path)).status).toBe(401);
      expect((await api.get(path, 'kim')).status).toBe(200);
    }
    expect((await api.get('/health')).status).toBe(200);
  });
});

describe('a calendar', () => {
  type Subscription = { subscriptionId: string; path: string };

  test('is read by its address alone, until that is revoked', async () => {
    const made = (await api.post('/v1/calendar/subscriptions', { category: 'web' }, 'riley')).body as Subscription;
    const read = await api.get(made.path);
    expect(read).toMatchObject({ status: 200, type: expect.stringContaining('text/calendar') });
    expect(read.body).toContain('BEGIN:VCALENDAR');
    // It opens its own calendar alone, and nobody else may end it.
    expect((await api.get(made.path.replace('web.ics', 'sql.ics'))).status).toBe(404);
    const revoke = `/v1/calendar/subscriptions/${made.subscriptionId}/revoke`;
    expect((await api.post(revoke, {}, 'kim')).status).toBe(404);
    expect((await api.post(revoke, {}, 'riley')).status).toBe(200);
    expect((await api.get(made.path)).status).toBe(404);
    expect((await api.get('/v1/calendar/subscriptions', 'riley')).body).toMatchObject([
      { subscriptionId: made.subscriptionId, category: 'web', revokedAt: expect.any(String) },
    ]);
    expect((await api.get('/v1/calendar/subscriptions', 'kim')).body).toEqual([]);
  });

  test('shows freezes and windows to people who are signed in', async () => {
    expect((await api.get('/v1/calendar?category=web')).status).toBe(401);
    expect((await api.get('/v1/calendar?category=web', 'kim')).body).toEqual([]);
  });
});

describe('what is asked wrongly is answered with what to do', () => {
  test.each([
    ['GET', '/v1/vms/nobody', undefined, 404, 'vm list'],
    ['GET', '/v1/patches/KB1', undefined, 404, 'patch list'],
    ['GET', '/v1/maintenance/run?key=nothing', undefined, 404, 'maintenance list'],
    ['GET', '/v1/nothing', undefined, 404, 'openapi.json'],
    ['GET', '/v1/isolations?status=odd', undefined, 400, 'status'],
    ['GET', '/v1/events?limit=100000', undefined, 400, 'limit'],
    ['POST', '/v1/cycles', { month: '../../etc' }, 400, 'month'],
    ['POST', '/v1/cycles', { month: 6 }, 400, 'month'],
    ['GET', '/v1/calendar?category=nothing', undefined, 404, 'web'],
    ['GET', '/calendar/web.ics?token=guessed', undefined, 404, 'subscribe again'],
  ])('%s %s', async (method, path, body, status, hint) => {
    const answer = method === 'GET' ? await api.get(path, 'kim') : await api.post(path, body, 'kim');
    expect(answer.status).toBe(status);
    expect(answer.type).toContain('application/problem+json');
    expect(JSON.stringify(answer.body)).toContain(hint);
  });
});

test('a standing stop is set and lifted with a reason, and told in the status', async () => {
  expect((await api.post('/v1/stop-all', { reason: 'storage trouble' }, 'riley')).body).toEqual({ stopped: true });
  expect((await api.get('/v1/status', 'kim')).body).toMatchObject({
    stopped: { by: 'riley', reason: 'storage trouble' },
  });
  expect((await api.post('/v1/stop-all/lift', { reason: 'mended' }, 'riley')).body).toEqual({ stopped: false });
  expect((await api.get('/v1/status', 'kim')).body).toMatchObject({ stopped: null });
});

test('a run shows its machines', async () => {
  const run = await planFor(line, await machine(line, 'web-stg-01'), ['5070883']);
  const { body } = await api.get(`/v1/maintenance/run?key=${encodeURIComponent(run.runKey)}`, 'kim');
  expect(body).toMatchObject({
    status: 'planned',
    counts: { planned: 1 },
    machines: [{ vmName: 'web-stg-01', patchId: 'KB5070883', state: 'planned' }],
  });
});

describe('incidents', () => {
  const open = { vm: 'web-prd-01', number: '2511240040001', title: 'does not boot after KB5070884' };

  test('are opened, noted and closed, and told in the log', async () => {
    const made = (
      await api.post('/v1/incidents', { ...open, note: 'called in', links: ['https://example.com/1'] }, 'both')
    ).body as IncidentView;
    expect(made).toMatchObject({ provider: 'Microsoft', openedBy: 'both', closedAt: null, notes: [{ by: 'both' }] });
    await api.post(`/v1/incidents/${made.incidentId}/notes`, { text: 'a driver is to blame' }, 'both');
    const closing = `/v1/incidents/${made.incidentId}/closing`;
    const { body } = await api.post(closing, { outcome: 'driver replaced', fix: 'workaround' }, 'both');
    expect(body).toMatchObject({ closedBy: 'both', fix: 'workaround', outcome: 'driver replaced' });
    expect((await api.post(closing, { outcome: 'again' }, 'both')).status).toBe(409);
    expect((await api.get('/v1/incidents?open=true', 'kim')).body).toEqual([]);
    const events = (await api.get(`/v1/events?vmId=${made.vmId ?? ''}`, 'kim')).body as EventView[];
    expect(events.map((event) => event.what).filter((what) => what.startsWith('incident'))).toEqual([
      'incident 2511240040001 with Microsoft opened',
      'incident 2511240040001 noted',
      'incident 2511240040001 with Microsoft closed: workaround',
    ]);
  });

  test.each([
    ['the same number again', open, 409],
    ['about nothing', { number: '2', title: 'x' }, 400],
    ['about an unknown patch', { patchId: 'KB0000001', number: '2', title: 'x' }, 404],
    ['about an unknown machine', { vm: 'nowhere', number: '2', title: 'x' }, 404],
    ['with a link that is a script', { ...open, number: '3', links: ['javascript:alert(1)'] }, 400],
    ['opened in the future', { ...open, number: '4', openedAt: '2999-01-01T00:00:00Z' }, 400],
  ])('%s is refused', async (_, body, status) => {
    expect((await api.post('/v1/incidents', body, 'both')).status).toBe(status);
  });
});

describe('policy', () => {
  const current = async () => ((await api.get('/v1/policy', 'kim')).body as PolicyText).sources;
  const changed = async (from: string, to: string) =>
    (await current()).map(({ file, text }) => ({ file, text: text.replace(from, to) }));
  const plan = async (sources: unknown) => (await api.post('/v1/policy/plan', { sources }, 'kim')).body as PolicyPlan;

  test('is planned like a change: what differs, who moves, what catches nothing', async () => {
    expect(await plan(await current())).toMatchObject({ problems: [], changes: [], moved: [] });
    const moved = await plan(await changed('tags: { category: web }', 'tags: { category: shop }'));
    expect(moved.changes).toMatchObject([{ path: 'categories.web.match.tags.category', before: 'web', after: 'shop' }]);
    expect(moved.moved).toContainEqual(
      expect.objectContaining({ name: 'web-prd-01', before: 'production/web', after: 'production/no category' }),
    );
    expect(moved.empty).toContain('web');
  });

  test('that is not valid is told by file and line, and cannot be applied', async () => {
    const sources = await changed('tier: 0', 'tier: none');
    const [problem] = (await plan(sources)).problems;
    expect(problem).toMatchObject({ path: 'categories[0].tier', line: expect.any(Number) });
    const refused = await api.post('/v1/policy/versions', { sources, basedOn: 1, reason: 'why' }, 'both');
    expect(refused.status).toBe(400);
    expect((refused.body as { detail: string }).detail).toContain(`:${problem?.line ?? 0}: categories[0].tier`);
  });

  test('is applied by one person where nothing is guarded, and governs within a second', async () => {
    const sources = await changed('soakSeconds: 0', 'soakSeconds: 1');
    expect((await api.post('/v1/policy/versions', { sources, basedOn: 1, reason: 'why' }, 'kim')).status).toBe(403);
    const { body } = await api.post('/v1/policy/versions', { sources, basedOn: 1, reason: 'longer soak' }, 'both');
    expect(body).toMatchObject({ seq: 2, status: 'applied', guarded: [] });
    await pause(1100);
    expect((await line.ports.policy.current()).categories[0]?.soakSeconds).toBe(1);
    const late = await api.post('/v1/policy/versions', { sources, basedOn: 1, reason: 'again' }, 'both');
    expect(late.status).toBe(409);
  });

  test('needs a second person where one alone could open a gate', async () => {
    const sources = await changed('subsetAllowed: true', 'subsetAllowed: false');
    const { body } = await api.post('/v1/policy/versions', { sources, basedOn: 2, reason: 'whole sets only' }, 'both');
    expect(body).toMatchObject({ seq: 3, status: 'proposed', guarded: ['categories.infra.subsetAllowed'] });
    const settle = (as: string) => api.post('/v1/policy/versions/3/settlement', { accept: true, reason: 'agreed' }, as);
    expect((await settle('both')).status).toBe(403);
    expect((await settle('riley')).body).toMatchObject({ status: 'applied', secondBy: 'riley' });
    await pause(1100);
    expect((await line.ports.policy.current()).categories[0]?.subsetAllowed).toBe(false);
  });
});

describe('exports', () => {
  const path = (list: string, format: string) => `/v1/exports?${new URLSearchParams({ list, format }).toString()}`;

  test('are the list with its filters, as a file', async () => {
    const shown = (await api.get('/v1/vms?environment=staging', 'kim')).body as { name: string }[];
    const json = await api.get(path('/v1/vms?environment=staging', 'json'), 'kim');
    expect(json.body).toEqual(shown);
    const csv = await api.get(path('/v1/vms?environment=staging', 'csv'), 'kim');
    expect(csv.type).toContain('text/csv');
    expect(String(csv.body).trim().split('\n')).toHaveLength(shown.length + 1);
    expect((await api.get(path('/v1/inventory', 'xlsx'), 'kim')).type).toContain('spreadsheet');
  });

  test.each([
    ['/v1/vms', 'pdf', 400],
    ['/v1/status', 'csv', 400],
    ['/v1/nothing', 'csv', 404],
    ['/v1/exports', 'csv', 400],
    ['http://example.com/v1/vms', 'csv', 400],
    ['/v1/vms?environment=mars', 'csv', 400],
  ])('%s as %s is refused', async (list, format, status) => {
    expect((await api.get(path(list, format), 'kim')).status).toBe(status);
  });

  test('need the reader’s own rights', async () => {
    expect((await api.get(path('/v1/vms', 'csv'))).status).toBe(401);
  });
});

test('lists come in pages, by place, and an export has them all', async () => {
  const whole = (await api.get('/v1/vms', 'kim')).body as { name: string; vmId: string }[];
  const read: string[] = [];
  for (let after = ''; ; ) {
    const page = (await api.get(`/v1/vms?limit=5${after}`, 'kim')).body as typeof whole;
    read.push(...page.map((one) => one.name));
    const last = page.at(-1);
    if (last === undefined || page.length < 5) break;
    after = `&after=${last.vmId}`;
  }
  expect(read).toEqual(whole.map((one) => one.name));
  const events = (await api.get('/v1/events?limit=1000', 'kim')).body as unknown[];
  expect(events.length).toBeGreaterThan(10);
  const headers = { authorization: 'Bearer token-of-kim' };
  const first = await fetch(`${api.url}/v1/events?limit=10`, { headers });
  const next = first.headers.get('x-next') ?? '';
  const second = (await api.get(`/v1/events?limit=10&after=${next}`, 'kim')).body as unknown[];
  expect([...((await first.json()) as unknown[]), ...second]).toEqual(events.slice(0, 20));
});
