// Baselines by people and the fleet against them, through the API and the real workflow (I6).

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { openInventory } from '../../../adapters/postgres/openInventory.js';
import type { AdviceView, BaselineView, ComplianceView, CycleView, PolicyText } from '../../../api/contract/index.js';
import { acting } from '../../../composition/acting.js';
import type { BaselineStore } from '../../../ports/baselines.js';
import { openApi, type TestApi } from '../../support/api.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { minutesFrom, now } from '../../support/facts.js';
import { openLine, type Line } from '../../support/line.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders, 30_000);

onEveryDatabase('baselines', (start) => {
  let database: TestDatabase;
  let baselines: BaselineStore;
  const content = { systems: {}, software: [], forbiddenSoftware: [], requiredPatches: [], forbiddenPatches: [] };

  beforeAll(async () => {
    database = await start();
    ({ baselines } = await openInventory(database.pool, acting));
  }, 60_000);

  afterAll(() => database.close());

  const draft = () =>
    baselines.draft({ name: 'web', category: 'web', content, author: 'riley', reason: 'golden', at: now });
  const advance = (version: number, to: 'tested' | 'approved', by: string) =>
    baselines.advance('web', version, to, { by, reason: 'looked', at: now });

  test('go from draft to tested to approved, by another than their author; a newer takes the place', async () => {
    expect(await draft()).toMatchObject({ version: 1, status: 'draft' });
    expect(await advance(1, 'approved', 'sam')).toBe('wrongStatus');
    expect(await advance(1, 'tested', 'riley')).toMatchObject({ status: 'tested' });
    expect(await advance(1, 'approved', 'riley')).toBe('samePerson');
    expect(await advance(1, 'approved', 'sam')).toMatchObject({ status: 'approved' });
    await draft();
    await advance(2, 'tested', 'riley');
    await advance(2, 'approved', 'sam');
    expect((await baselines.baselines({ name: 'web' })).map((one) => [one.version, one.status])).toEqual([
      [2, 'approved'],
      [1, 'retired'],
    ]);
    expect(await advance(9, 'tested', 'sam')).toBe('unknown');
  });

  test('an audit keeps the one before it; a late repetition does not go back', async () => {
    const item = (verdict: 'compliant' | 'missing') => [
      { kind: 'patch' as const, name: 'KB1', verdict, wanted: 'installed', found: null },
    ];
    const row = (verdict: 'compliant' | 'missing') => [
      { vmId: 'vm-1', baseline: 'web', version: 2, items: item(verdict) },
    ];
    await baselines.saveCompliance(row('compliant'), now);
    await baselines.saveCompliance(row('missing'), minutesFrom(now, 1));
    await baselines.saveCompliance(row('compliant'), now);
    expect(await baselines.compliance(['vm-1'])).toMatchObject([
      { at: minutesFrom(now, 1), before: now, items: item('missing'), itemsBefore: item('compliant') },
    ]);
  });
});

describe('the fleet against a baseline', () => {
  let line: Line;
  let api: TestApi;

  beforeAll(async () => {
    line = await openLine({ vms: 24 });
    api = await openApi(line);
    await run('/v1/inventory/synchronisations');
  }, 180_000);

  afterAll(async () => {
    await api.close();
    await line.close();
  }, 30_000);

  async function run(path: string): Promise<unknown> {
    let view = (await api.post(path, {}, 'kim')).body as CycleView;
    while (view.status === 'RUNNING') {
      await pause(200);
      view = (await api.get(`${path}/${view.cycleId}`, 'kim')).body as CycleView;
    }
    return view.result;
  }

  const compliance = async (vm: string) =>
    ((await api.get(`/v1/compliance?vm=${vm}`, 'kim')).body as ComplianceView[])[0];

  test('captured from a golden machine, tested, approved by another, audited, drifted', async () => {
    const input = { name: 'web', category: 'web', from: ['web-stg-01'], reason: 'the golden one' };
    const drafted = (await api.post('/v1/baselines', input, 'riley')).body as BaselineView;
    expect(drafted).toMatchObject({ version: 1, status: 'draft', author: 'riley' });
    expect(drafted.content.software.map((one) => one.name)).toEqual(['Internet Information Services']);
    const step = (to: string, as: string) => api.post('/v1/baselines/web/1/status', { to, reason: 'looked at it' }, as);
    expect((await step('tested', 'riley')).status).toBe(200);
    expect((await step('approved', 'riley')).status).toBe(403);
    expect((await step('approved', 'both')).body).toMatchObject({ status: 'approved' });
    expect(await run('/v1/compliance/audits')).toMatchObject({ machines: expect.any(Number) });
    expect(await compliance('web-stg-01')).toMatchObject({ compliant: true, baseline: 'web', version: 1, drift: [] });
    await line.control('garbage', { vm: 'web-stg-01', answer: 'no' });
    await run('/v1/inventory/synchronisations');
    await run('/v1/compliance/audits');
    const later = await compliance('web-stg-01');
    expect(later?.compliant).toBe(false);
    expect(later?.drift).toContainEqual({
      item: expect.objectContaining({ name: 'Internet Information Services', verdict: 'unknown' }),
      was: 'compliant',
    });
  }, 60_000);

  test('a baseline of the policy file is a draft once it is applied, and not again', async () => {
    const { seq, sources } = (await api.get('/v1/policy', 'riley')).body as PolicyText;
    const [first] = sources;
    if (first === undefined) throw new Error('the policy has no text');
    const apply = (text: string, basedOn: number) =>
      api.post('/v1/policy/versions', { sources: [{ ...first, text }], basedOn, reason: 'as code' }, 'riley');
    const text = `${first.text}\nbaselines:\n  - { name: app, category: app, content: { software: [Contoso Orders] } }\n`;
    const applied = (await apply(text, seq)).body as { seq: number; status: string };
    expect(applied.status).toBe('applied');
    const drafts = async () => (await api.get('/v1/baselines?name=app', 'kim')).body as BaselineView[];
    expect(await drafts()).toMatchObject([{ version: 1, status: 'draft', author: 'riley', category: 'app' }]);
    const [more] = [text.replace('factsMaxAgeMinutes: 60', 'factsMaxAgeMinutes: 61')];
    expect((await apply(more, applied.seq)).status).toBe(200);
    expect(await drafts()).toHaveLength(1);
    const moved = text.replace('name: app, category: app, content', 'name: app, category: web, content');
    expect((await apply(moved, applied.seq + 1)).status).toBe(409);
  });

  test('advice says whether one fits', async () => {
    const advice = (await api.get('/v1/baselines/advice', 'kim')).body as AdviceView;
    expect(advice.advise).toBe('perCategory');
  });

  const empty = { content: {}, reason: 'why' };
  test.each([
    ['nothing to capture from', { name: 'x', reason: 'why' }, 400],
    ['both', { name: 'x', ...empty, from: ['web-stg-01'] }, 400],
    ['a machine that is not there', { name: 'x', from: ['nowhere'], reason: 'why' }, 404],
    ['a machine whose guest is not known', { name: 'x', from: ['web-stg-01'], reason: 'why' }, 409],
    ['a category that is not there', { name: 'x', category: 'mars', ...empty }, 404],
    ['another category than before', { name: 'web', category: 'app', ...empty }, 409],
    [
      'a contradiction',
      { name: 'x', reason: 'why', content: { requiredPatches: [{ patchId: 'KB1' }], forbiddenPatches: ['KB1'] } },
      400,
    ],
    ['an unknown key', { name: 'x', reason: 'why', content: { requiredPatchs: ['KB1'] } }, 400],
  ])('%s is refused', async (_, input, status) => {
    expect((await api.post('/v1/baselines', input, 'riley')).status).toBe(status);
  });
});
