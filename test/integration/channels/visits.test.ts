// Visits to the vendors' channels on a running line: what is new is taken, what is wrong is shown, what is known stays (I5), and new patches
// start a cycle unasked.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import type { ChannelDetailView, ChannelView } from '../../../api/contract/channels.js';
import { openApi, type TestApi } from '../../support/api.js';
import { openLine, quick, type Line } from '../../support/line.js';
import { until } from '../../support/story.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

type Detail = z.infer<typeof ChannelDetailView>;
interface Visit {
  read: number;
  added: number;
  revised: number;
  risks: number;
  troubled: number;
  problem: string | null;
  health: string;
}

let line: Line;
let api: TestApi;

beforeAll(async () => {
  line = await openLine({
    vms: 6,
    // Two hours of waiting for half a month would be long for a test: it is taken at the second look.
    policy: (text) => quick(text).replace('startCycle: false', 'startCycle: true\n  shrunkHours: 0'),
  });
  api = await openApi(line);
}, 120_000);

afterEach(async () => {
  await line.control('feed', { id: '2026-Jun', text: null });
  await line.control('feed', { id: '/cisa/known_exploited_vulnerabilities.json', text: null });
});

afterAll(async () => {
  await api.close();
  await line.close();
  await removeTemporaryFolders();
}, 30_000);

async function visit(channel: string): Promise<Visit> {
  const asked = (await api.post(`/v1/channels/${channel}/visits`, {}, 'kim')).body as { cycleId: string };
  return until(`the visit to ${channel}`, async () => {
    const { body } = await api.get(`/v1/channels/${channel}/visits/${asked.cycleId}`, 'kim');
    const view = body as { status: string; result: Visit | null };
    return view.status === 'COMPLETED' ? view.result : null;
  });
}

const detail = async (channel: string) => (await api.get(`/v1/channels/${channel}`, 'kim')).body as Detail;
const written = async () => (await line.store.inventory.events.head())?.seq ?? 0;

describe('the months of the MSRC', () => {
  test('are taken, each as a document, and start a cycle that nobody asked for', async () => {
    const taken = await visit('msrc');
    expect(taken).toMatchObject({ read: 2, added: 11, troubled: 0, problem: null, health: 'healthy' });
    const { documents } = await detail('msrc');
    expect(documents.find((one) => one.id === '2025-Oct')).toMatchObject({ patches: 8, pending: false, problem: null });
    const cycle = await until('a cycle', () =>
      line.engine.client.workflow
        .getHandle('cycle/unasked')
        .describe()
        .catch(() => null),
    );
    expect(cycle.type).toBe('patchCycle');
    await until('what the fleet needs', async () => {
      const records = await line.store.inventory.patches.patches();
      return records.some((record) => record.needed > 0) ? records : null;
    });
  }, 90_000);

  test('write nothing when they are read again', async () => {
    await line.engine.client.workflow.getHandle('cycle/unasked').result();
    const before = (await line.store.inventory.events.events({ after: 0, limit: 100_000 })).filter((one) =>
      / became known| revised/.test(one.what),
    );
    expect(await visit('msrc')).toMatchObject({ read: 0, added: 0, revised: 0, health: 'healthy' });
    const after = (await line.store.inventory.events.events({ after: 0, limit: 100_000 })).filter((one) =>
      / became known| revised/.test(one.what),
    );
    expect(after).toEqual(before);
  }, 60_000);

  test('that come as a page for people are shown as troubled, and nothing of them is lost', async () => {
    await line.control('feed', { id: '2026-Jun', text: '<html><body>Sign in</body></html>' });
    await line.store.inventory.channels.troubled('msrc', '2026-Jun', 'once more', { again: true, shrunkSince: null });
    const taken = await visit('msrc');
    expect(taken).toMatchObject({ troubled: 1, problem: expect.stringMatching(/2026-Jun/), health: 'healthy' });
    const troubled = (await api.get('/v1/channels/msrc?troubled=true', 'kim')).body as Detail;
    expect(troubled.documents).toMatchObject([{ id: '2026-Jun', problem: expect.stringMatching(/document/) }]);
    expect(await line.store.inventory.patches.patch('KB5094128')).not.toBeNull();
  }, 60_000);
});

describe('facts of risk', () => {
  test('are taken once', async () => {
    expect(await visit('kev')).toMatchObject({ read: 1, risks: 3 });
    expect(await visit('kev')).toMatchObject({ read: 0, risks: 0 });
  }, 60_000);

  test('are kept of the CVEs that patches name, and asked for CVE by CVE where the vendor judges so', async () => {
    expect(await visit('epss')).toMatchObject({ read: 1, risks: 3 });
    expect((await visit('vulnrichment')).read).toBeGreaterThan(0);
    const [wsus] = await line.store.inventory.risks.risks(['CVE-2025-59287']);
    expect(wsus).toMatchObject({ kev: { addedOn: '2025-10-24' }, epss: { score: 0.99938 } });
    const [framework] = await line.store.inventory.risks.risks(['CVE-2025-55248']);
    expect(framework).toMatchObject({
      ssvc: { exploitation: 'none', automatable: false, technicalImpact: 'partial' },
      cvss: { score: 4.8 },
    });
  }, 60_000);

  test('that shrank are not taken at once, and at last they are', async () => {
    const text = JSON.stringify({ catalogVersion: 'x', count: 0, vulnerabilities: [] });
    await line.control('feed', { id: '/cisa/known_exploited_vulnerabilities.json', text });
    expect(await visit('kev')).toMatchObject({
      read: 0,
      troubled: 1,
      problem: expect.stringMatching(/0 where 3 were/),
    });
    expect(await visit('kev')).toMatchObject({ read: 1, troubled: 0 });
    // An entry that is missing is not one that was taken back.
    const [risk] = await line.store.inventory.risks.risks(['CVE-2025-59287']);
    expect(risk?.kev).not.toBeNull();
  }, 60_000);
});

test('a vendor that cannot be read is a failing channel, not a failed workflow, and the next visit mends it', async () => {
  const index = '/msrc/cvrf/v3.0/updates';
  await line.control('feed', { id: index, status: 500 });
  const failed = await visit('msrc');
  expect(failed).toMatchObject({ read: 0, health: expect.stringMatching(/failing: .*answered 500/) });
  const shown = (await api.get('/v1/channels', 'kim')).body as z.infer<typeof ChannelView>[];
  expect(shown.find((one) => one.name === 'msrc')).toMatchObject({ health: 'failing' });
  await line.control('feed', { id: index, text: null });
  expect(await visit('msrc')).toMatchObject({ health: 'healthy' });
  expect(await written()).toBeGreaterThan(0);
}, 60_000);

test.each([
  ['an unknown channel', 'get', '/v1/channels/nowhere', 'kim', 404],
  ['a visit to an unknown channel', 'post', '/v1/channels/nowhere/visits', 'kim', 404],
  ['a visit by somebody who may not', 'post', '/v1/channels/kev/visits', 'riley', 403],
] as const)('%s is refused', async (_, method, path, who, status) => {
  const answer = method === 'get' ? await api.get(path, who) : await api.post(path, {}, who);
  expect(answer.status).toBe(status);
});
