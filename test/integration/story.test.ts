// A whole month, read back from the inventory alone after everything that the engine knew is gone.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { strFromU8, unzipSync } from 'fflate';
import { verifyPack } from '../../adapters/evidence/verify.mjs';
import type { NeverAppliedView, PatchHistoryView, VerificationView, VmHistoryView } from '../../api/contract/index.js';
import type { PatchRecord } from '../../ports/inventory.js';
import { openApi, type TestApi } from '../support/api.js';
import { openLine, type Line } from '../support/line.js';
import { runToEnd, startCycle } from '../support/story.js';
import { removeTemporaryFolders } from '../support/temporary.js';

const rogue = '5070883';
let line: Line;
let api: TestApi;
let ended: PatchRecord[];

beforeAll(async () => {
  line = await openLine({ vms: 24 });
  await line.control('bad-patch', { kb: rogue, software: 'Contoso Print Agent' });
  let rejected = false;
  ended = await runToEnd(line, await startCycle(line), (request) => {
    if (rejected || request.category !== 'web') return 'approve';
    rejected = true;
    return 'reject';
  });
  await line.forgetEngine();
  api = await openApi(line);
}, 300_000);

afterAll(async () => {
  await api.close();
  await line.close();
  await removeTemporaryFolders();
}, 30_000);

const read = async <T>(path: string): Promise<T> => {
  const answer = await api.get(path, 'kim');
  expect(answer.status).toBe(200);
  return answer.body as T;
};

test('the life of each patch: tests, decisions with who and why, outcomes', async () => {
  const histories = await Promise.all(
    ended.map(({ patch }) => read<PatchHistoryView>(`/v1/patches/${patch.patchId}/history`)),
  );
  expect(histories.length).toBeGreaterThan(1);
  for (const { categories, timeline } of histories) {
    expect(categories.length).toBeGreaterThan(0);
    for (const { test: tested, decidedBy, justification } of categories) {
      expect(tested).not.toBeNull();
      if (decidedBy !== null) expect([decidedBy, justification]).toEqual(['riley', 'tested in staging, acceptable']);
    }
    expect(timeline.length).toBeGreaterThan(5);
  }
  const all = histories.flatMap((one) => one.categories);
  expect(new Set(all.map((one) => one.authorization))).toContain('rejected');
  expect(all.some((one) => (one.outcomes['installed'] ?? 0) > 0)).toBe(true);
});

test('the patch that made machines sick: why, how it was unwound, and that it never reached production', async () => {
  const history = await read<PatchHistoryView>(`/v1/patches/KB${rogue}/history`);
  expect(history.rollbacks.length).toBeGreaterThan(0);
  expect(history.rollbacks.every((one) => one.cause === 'roguePatch' && one.how.includes('restore point'))).toBe(true);
  const failed = await read<NeverAppliedView[]>('/v1/reports/failed-tests');
  expect(failed.filter((one) => one.patchId === `KB${rogue}`).map((one) => one.category)).toContain('file');
});

test('one server: what was applied, when it was tested, and who decided', async () => {
  const { vmName } = (await line.store.inventory.runs.manifest({ states: ['installed'] })).find((row) =>
    row.runKey.startsWith('maintenance/production/'),
  ) ?? { vmName: 'none' };
  const { applied } = await read<VmHistoryView>(`/v1/vms/${vmName}/history`);
  const ours = applied.filter((row) => row.source === 'patchline' && row.state === 'installed');
  expect(ours.length).toBeGreaterThan(0);
  expect(ours.every((row) => row.testedAt !== null && row.decidedBy === 'riley' && row.testedAt < row.at)).toBe(true);
});

test('the chain holds, and the evidence of every change verifies by a program of its own', async () => {
  const verified = await api.post('/v1/audit/verification', { checkpoints: [] }, 'kim');
  expect(verified.body as VerificationView).toMatchObject({ intact: true, findings: [] });
  for (const { patch } of ended) {
    const answer = await fetch(`${api.url}/v1/patches/${patch.patchId}/evidence`, {
      headers: { authorization: 'Bearer token-of-kim' },
    });
    const files = unzipSync(new Uint8Array(await answer.arrayBuffer()));
    const texts = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, strFromU8(bytes)]));
    expect(verifyPack(texts).problems).toEqual([]);
  }
});
