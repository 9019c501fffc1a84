// A whole month, read back from the inventory alone after everything that the engine knew is gone.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { strFromU8, unzipSync } from 'fflate';
import { verifyPack } from '../../adapters/evidence/verify.mjs';
import type {
  IsolationView,
  NeverAppliedView,
  PatchHistoryView,
  VerificationView,
  VmDetail,
  VmHistoryView,
} from '../../api/contract/index.js';
import type { Vm } from '../../domain/vm.js';
import type { DecisionVerdict } from '../../domain/decision.js';
import type { DecisionRequest } from '../../ports/decisions.js';
import type { PatchRecord } from '../../ports/patches.js';
import { openApi, type TestApi } from '../support/api.js';
import { openLine, testedTogether, type Line } from '../support/line.js';
import { machine } from '../support/session.js';
import { runToEnd, startCycle, until } from '../support/story.js';
import { removeTemporaryFolders } from '../support/temporary.js';

const rogue = '5070883';
let line: Line;
let api: TestApi;
let ended: PatchRecord[];
const late = 'app-prd-99';
let oldBuild: string;
let before: Vm;
let rejected: string | undefined;

beforeAll(async () => {
  line = await openLine({ vms: 24, policy: testedTogether, onPostgres: true });
  await line.control('bad-patch', { kb: rogue, software: 'Contoso Print Agent' });
  const guests = await line.control<{ name: string; build: string }[]>('guests');
  oldBuild = guests.find((guest) => guest.name === 'app-prd-01')?.build ?? '';
  ended = await runToEnd(line, await startCycle(line), choose);
  await deployLate();
  await line.forgetEngine();
  api = await openApi(line);
}, 400_000);

/** The first request of the web servers is rejected, whenever it is asked again. */
function choose({ patchId, category }: DecisionRequest): DecisionVerdict {
  if (category !== 'web') return 'approve';
  rejected ??= patchId;
  return patchId === rejected ? 'reject' : 'approve';
}

/** A machine that comes after the month was rolled out. */
async function deployLate(): Promise<void> {
  await line.control('deploy-vm', { like: 'app-prd-01', name: late, build: oldBuild });
  const patchIds = await startCycle(line);
  await until('a request for the late machine', async () => {
    const waiting = await line.store.inventory.decisions.requests({ status: 'waiting' });
    return waiting.some((request) => request.category === 'app') ? true : null;
  });
  await runToEnd(line, patchIds, choose);
  before = await machine(line, late);
  await startCycle(line);
}

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

test('the others of its set passed without it, on a machine that went back between trials, and reached production', async () => {
  const [isolation] = await read<IsolationView[]>(`/v1/isolations?patch=KB${rogue}`);
  expect(isolation).toMatchObject({
    status: 'named',
    patchIds: ['KB5066738', `KB${rogue}`],
    trials: [
      { patchIds: ['KB5066738'], verdict: 'passed' },
      { patchIds: [`KB${rogue}`], verdict: 'failed' },
      { patchIds: ['KB5066738'], verdict: 'passed' },
    ],
  });
  const { rollbacks } = await read<PatchHistoryView>('/v1/patches/KB5066738/history');
  expect(rollbacks.map((one) => one.cause)).toContain('isolation');
  const rows = await line.store.inventory.runs.manifest({ states: ['installed'] });
  const inProduction = rows.filter((row) => row.runKey.startsWith('maintenance/production/file/'));
  expect(new Set(inProduction.map((row) => row.patchId))).toEqual(new Set(['KB5066738']));
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

test('a machine that came late was patched last, alone, behind the same gates, and then joined', async () => {
  const { vmId } = before;
  const rows = await line.store.inventory.runs.manifest({ vmId, states: ['installed'] });
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.every((row) => row.runKey.startsWith('maintenance/production/app/catch-up/'))).toBe(true);
  expect(before.joinedAt).toBeNull();
  const { applied } = await read<VmHistoryView>(`/v1/vms/${late}/history`);
  expect(applied.filter((row) => row.state === 'installed').every((row) => row.decidedBy === 'riley')).toBe(true);
  expect(await read<VmDetail>(`/v1/vms/${late}`)).toMatchObject({ joinedAt: expect.any(String), needed: [] });
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
}, 30_000);

test('every list reads the same in pages as whole', async () => {
  for (const number of ['1', '2', '3', '4', '5']) {
    const openedAt = `2026-11-0${number === '5' ? '4' : number}T08:00:00.000Z`;
    const input = { provider: 'Microsoft', number, title: 'a case', patchId: `KB${rogue}`, openedAt };
    expect((await api.post('/v1/incidents', input, 'both')).status).toBe(200);
  }
  for (const list of ['/v1/patches', '/v1/installations', '/v1/incidents', '/v1/vms']) {
    const whole = await read<unknown[]>(`${list}?limit=1000`);
    expect(whole.length).toBeGreaterThan(4);
    expect(await inPages(list)).toEqual(whole);
  }
});

async function inPages(list: string): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (let after: string | null = null; ; ) {
    const place: string = after === null ? '' : `&after=${after}`;
    const answer: Response = await fetch(`${api.url}${list}?limit=2${place}`, {
      headers: { authorization: 'Bearer token-of-kim' },
    });
    rows.push(...((await answer.json()) as unknown[]));
    after = answer.headers.get('x-next');
    if (after === null) return rows;
  }
}
