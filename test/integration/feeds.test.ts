// A cycle on a document that is not what it should be: a clear end, nothing taken, nothing lost.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openApi, type TestApi } from '../support/api.js';
import { openLine, type Line } from '../support/line.js';
import { until } from '../support/story.js';
import { removeTemporaryFolders } from '../support/temporary.js';

let line: Line;
let api: TestApi;

beforeAll(async () => {
  line = await openLine({ vms: 6 });
  api = await openApi(line);
}, 120_000);

afterAll(async () => {
  await api.close();
  await line.close();
  await removeTemporaryFolders();
}, 30_000);

async function endOf(month: string): Promise<{ status: string; problem: string | null }> {
  const started = (await api.post('/v1/cycles', { month }, 'kim')).body as { cycleId: string };
  return until(`the end of the cycle of ${month}`, async () => {
    const { body } = await api.get(`/v1/cycles/${started.cycleId}`, 'kim');
    const view = body as { status: string; problem: string | null };
    return view.status === 'RUNNING' ? null : view;
  });
}

test.each([
  [
    'a document for another month',
    '<cvrf:cvrfdoc xmlns:cvrf="x"><cvrf:DocumentTracking><cvrf:Identification><cvrf:ID>2024-Jan</cvrf:ID></cvrf:Identification></cvrf:DocumentTracking></cvrf:cvrfdoc>',
    'calls itself',
  ],
  ['a page that is no document', '<html><body>Sign in</body></html>', 'document'],
  ['an entity bomb', '<!DOCTYPE x [<!ENTITY a "aaaa">]><cvrf:cvrfdoc xmlns:cvrf="x"/>', 'document type'],
])(
  '%s ends the cycle with the reason, and takes nothing',
  async (_, text, reason) => {
    await line.control('feed', { id: '2025-Dec', text });
    const { status, problem } = await endOf('2025-Dec');
    expect(status).toBe('FAILED');
    expect(problem).toContain(reason);
    expect(await line.store.inventory.patches.patches()).toEqual([]);
  },
  60_000,
);

test('a month that the vendor does not have is told as that', async () => {
  const { status, problem } = await endOf('1999-Jan');
  expect(status).toBe('FAILED');
  expect(problem).toContain('has no document');
}, 60_000);

test('the next good document is taken as if nothing had been', async () => {
  expect((await endOf('2026-Jun')).status).toBe('COMPLETED');
  const known = await line.store.inventory.patches.patches();
  expect(known.map((record) => record.patch.patchId)).toContain('KB5094128');
}, 60_000);
