// What the activities do, on real rows, when a successor, a revision or a known issue comes while a patch is under way (I1, I9, I11).

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createDeployActivities } from '../../../activities/deploy.js';
import { createMaintainActivities } from '../../../activities/maintain.js';
import { createNewsActivities } from '../../../activities/news.js';
import type { Ports } from '../../../activities/ports.js';
import { createRequestActivities } from '../../../activities/request.js';
import { createReviewActivities } from '../../../activities/review.js';
import { loadPolicy } from '../../../adapters/policy/loadPolicy.js';
import { createWindows } from '../../../adapters/policy/windows.js';
import { openInventory } from '../../../adapters/postgres/openInventory.js';
import { digests } from '../../../adapters/signatures/ed25519.js';
import { acting } from '../../../composition/acting.js';
import type { Patch } from '../../../domain/patch.js';
import type { Policy } from '../../../domain/policy.js';
import type { SupersedencePolicy } from '../../../domain/succession.js';
import type { Inventory } from '../../../ports/inventory.js';
import type { Notice } from '../../../ports/notices.js';
import { forgetAll, openEmbeddedDatabase, type TestDatabase } from '../../support/databases.js';
import { minutesFrom, someIssue, someJudged, somePatch, someRequest, someVm } from '../../support/facts.js';
import { people } from '../../support/line.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

const file = fileURLToPath(new URL('../../../policy/demonstration.yaml', import.meta.url));
const start = '2026-11-24T12:00:00.000Z';
const older = somePatch();
const newer = somePatch({ patchId: 'KB5068787', kb: '5068787', fixedBuilds: { '11923': '10.0.20348.4405' } });
const beside = somePatch({ patchId: 'KB5066743', kb: '5066743', kind: 'update', fixedBuilds: {} });
const machines = ['a', 'b', 'c', 'd'];
const digest = 'd'.repeat(64);
const rings = [
  { name: 'canary', vmIds: ['a', 'b'], failureBudget: 0 },
  { name: 'early', vmIds: ['c', 'd'], failureBudget: 0 },
];

let inventory: Inventory;
let policy: Policy;
let now: string;
let told: Notice[];
let ports: Ports;
let database: TestDatabase;

beforeAll(async () => {
  database = await openEmbeddedDatabase();
  inventory = await openInventory(database.pool, acting);
}, 60_000);

afterAll(() => database.close());

/** An older patch that was tested, shown and approved for the web servers, in two rings; nothing of it has begun. */
beforeEach(async () => {
  await forgetAll(database.pool);
  policy = await loadPolicy(file);
  [now, told] = [start, []];
  ports = {
    inventory,
    policy: { current: async () => policy, people: async () => people },
    windows: createWindows(),
    engine: { startRun: async () => {}, isRunning: async () => true },
    notices: { tell: async (notice: Notice) => void told.push(notice) },
    digests,
    clock: { now: () => now },
  } as unknown as Ports;
  await knowMachines();
  await inventory.patches.savePatches([older, beside], now);
  await approve();
});

async function knowMachines(): Promise<void> {
  const listed = machines.map((vmId) => {
    const { guest: _guest, assessment: _assessment, firstSeenAt: _first, goneAt: _gone, ...vm } = someVm();
    return { ...vm, vmId, name: `web-prd-${vmId}`, azureId: `/${vmId}` };
  });
  await inventory.fleet.saveListed(listed, ['s'], now);
  const missing = { missingKbs: ['5066743'], rebootPending: false, assessedAt: now };
  for (const vmId of machines) {
    await inventory.fleet.saveAssessment(vmId, missing);
    await inventory.guests.saveInventory(vmId, { software: [], updates: [], administrators: [], linux: null }, now);
  }
}

async function ask(requestId: string, patch = older): Promise<void> {
  const { subject } = someRequest();
  const { patchId } = patch;
  const shown = { ...subject, patchId, vmIds: machines, rings, testRunKey: 'maintenance/staging/web/staging/next@0' };
  await inventory.decisions.openRequest(
    someRequest({ requestId, patchId, digest, subject: shown, requestedAt: now, expiresAt: minutesFrom(now, 600) }),
  );
}

async function accept(patchId: string, decisionId: string): Promise<void> {
  const word = { verdict: 'approve' as const, justification: 'tested in staging', deferUntil: null, by: 'riley' };
  const decision = { ...word, decisionId, patchId, category: 'web', digest, at: now, signature: 's' };
  await inventory.decisions.recordDecision(decision, () => someJudged(), now);
}

async function approve(): Promise<void> {
  const run = { environment: 'staging' as const, category: 'web', ring: 'staging', occurrence: 'next@0' };
  const times = { planAt: minutesFrom(now, 1), opensAt: minutesFrom(now, 2), closesAt: minutesFrom(now, 60) };
  const runKey = 'maintenance/staging/web/staging/next@0';
  await inventory.runs.enrol({ ...run, ...times }, enrolment(older, machines, null), now);
  const set = [older, beside].map(({ patchId, kb }) => ({ patchId, kb: kb ?? '', packages: [] }));
  const rows = set.map((one) => ({ ...one, vmId: 'stg', vmName: 'stg', wave: 1, position: 0 }));
  await inventory.runs.plan(runKey, () => ({ waves: 1, rows, left: [] }));
  const installed = set.map(({ patchId }) => ({ patchId, state: 'installed' as const, reason: null }));
  await inventory.runs.setManifestState(runKey, 'stg', installed);
  await inventory.runs.settleRun(runKey, 'completed', 'done', now);
  for (const patch of [older, beside]) {
    await ask(`${patch.patchId}/web/1`, patch);
    await accept(patch.patchId, `d-${patch.patchId}`);
    await inventory.patches.setStage(patch.patchId, 'rollingOut', 'web');
  }
}

function enrolment({ patchId }: Patch, vmIds: string[], of: string | null = digest) {
  return { patchId, category: 'web', digest: of, decisionId: null, vmIds, notifyWorkflowId: `rollout/${patchId}/web` };
}

const enrolRing = (ring: string) =>
  createDeployActivities(ports).enrolRing({
    patchId: older.patchId,
    category: 'web',
    ring,
    digest,
    vmIds: null,
    notifyWorkflowId: 'rollout/KB5070884/web',
  });

async function enrolled(ring: string): Promise<string> {
  const answer = await enrolRing(ring);
  if ('refused' in answer) throw new Error(answer.reasons.join('; '));
  return answer.runKey;
}

/** Both patches enrolled in a ring, planned, with its window open. */
async function planned(ring: string): Promise<string> {
  const runKey = await enrolled(ring);
  const run = await inventory.runs.run(runKey);
  const vmIds = rings.find((one) => one.name === ring)?.vmIds ?? [];
  if (run === null) throw new Error('no run');
  await inventory.runs.enrol(run, enrolment(beside, vmIds), now);
  now = run.opensAt;
  await createMaintainActivities(ports).planRun(runKey);
  return runKey;
}

const states = async (runKey: string) =>
  (await inventory.runs.manifest({ runKey })).map((row) => `${row.vmId} ${row.patchId} ${row.state}`).sort();

async function arrives(): Promise<{ workflowIds: string[]; revised: boolean }> {
  await inventory.patches.savePatches([newer], now);
  return createNewsActivities(ports).reviewPatches();
}

async function install(runKey: string, vmId: string): Promise<void> {
  const done = [older, beside].map(({ patchId }) => ({ patchId, state: 'installed' as const, reason: null }));
  await inventory.runs.setManifestState(runKey, vmId, done);
}

function by(change: Partial<SupersedencePolicy>): void {
  policy = { ...policy, supersedence: { ...policy.supersedence, ...change } };
}

describe('a successor arrives', () => {
  test('before anything was enrolled: no ring begins, and those who decide are told once', async () => {
    expect(await arrives()).toMatchObject({
      workflowIds: expect.arrayContaining(['patch/KB5070884', 'rollout/KB5070884/web']),
    });
    expect(await enrolRing('canary')).toMatchObject({
      refused: 'superseded',
      reasons: [expect.stringContaining('superseded by KB5068787')],
    });
    const mine = () => told.filter((notice) => notice.kind === 'patchSuperseded');
    expect(mine()).toMatchObject([{ patchId: 'KB5070884', to: ['riley@patchline.example', 'both@patchline.example'] }]);
    await createNewsActivities(ports).reviewPatches();
    expect(mine()).toHaveLength(1);
  });

  test('unseen by any cycle: the guard finds it all the same', async () => {
    await inventory.patches.savePatches([newer], now);
    expect(await enrolRing('canary')).toMatchObject({ refused: 'superseded' });
  });

  test('while a request waits: it is superseded with the reason, and asked again only where policy lets it go on', async () => {
    await ask('KB5070884/web/2');
    await arrives();
    expect((await inventory.decisions.request('KB5070884', 'web'))?.status).toBe('superseded');
    const again = { patchId: 'KB5070884', category: 'web', requestedBy: ['kim'], occasion: 'r/3' };
    expect(await createRequestActivities(ports).requestDecision(again)).toMatchObject({
      asked: null,
      recalled: 'superseded',
    });
    by({ awaiting: 'continue' });
    await ask('KB5070884/web/4');
    const review = { patchId: 'KB5070884', category: 'web', phase: 'awaiting' as const };
    expect(await createReviewActivities(ports).reviewRollout(review)).toMatchObject({
      kind: 'askAgain',
      detail: expect.stringContaining('KB5068787 supersedes it'),
    });
  });

  test('before planning: its enrolment is deleted, and whoever waits for the run is told that it is not in it', async () => {
    const runKey = await enrolled('canary');
    const isIn = () => createDeployActivities(ports).stillEnrolled({ runKey, patchId: 'KB5070884' });
    expect(await isIn()).toBe(true);
    await arrives();
    expect(await inventory.runs.enrolments(runKey)).toEqual([]);
    expect(await isIn()).toBe(false);
  });

  test('at planning time, unseen by any cycle: the plan leaves it out and says why', async () => {
    const runKey = await enrolled('canary');
    await inventory.patches.savePatches([newer], now);
    const run = await inventory.runs.run(runKey);
    now = run?.opensAt ?? now;
    await createMaintainActivities(ports).planRun(runKey);
    const rows = await inventory.runs.manifest({ runKey });
    expect(rows.map((row) => [row.state, row.reason?.includes('superseded by KB5068787')])).toEqual([
      ['skipped', true],
      ['skipped', true],
    ]);
  });

  test('after planning, unseen by any cycle: the gate of the wave takes it out and lets the others through', async () => {
    const runKey = await planned('canary');
    await inventory.patches.savePatches([newer], now);
    expect(await createMaintainActivities(ports).checkWave({ runKey, wave: 1 })).toEqual({ kind: 'open' });
    expect(await states(runKey)).toEqual([
      'a KB5066743 planned',
      'a KB5070884 revoked',
      'b KB5066743 planned',
      'b KB5070884 revoked',
    ]);
  });

  test('where no part of a tested set may be installed, the whole set goes', async () => {
    policy = { ...policy, categories: policy.categories.map((rule) => ({ ...rule, subsetAllowed: false })) };
    const runKey = await planned('canary');
    await arrives();
    expect((await states(runKey)).every((state) => state.endsWith('revoked'))).toBe(true);
  });

  test.each<[string, Partial<SupersedencePolicy>, string, string | null, string | null]>([
    ['the ring is finished, the next does not begin', {}, 'b KB5070884 planned', null, 'superseded'],
    ['stop: what has not begun is revoked', { deploying: 'stop' }, 'b KB5070884 revoked', 'superseded', 'superseded'],
    ['continue: nothing stops it', { deploying: 'continue' }, 'b KB5070884 planned', null, null],
  ])('in a ring that has begun: %s', async (_, change, state, sameRing, nextRing) => {
    by(change);
    const runKey = await planned('canary');
    await install(runKey, 'a');
    await arrives();
    expect(await states(runKey)).toContain(state);
    const refused = async (ring: string) => {
      const answer = await enrolRing(ring);
      return 'refused' in answer ? answer.refused : null;
    };
    expect([await refused('canary'), await refused('early')]).toEqual([sameRing, nextRing]);
  });

  test('and somebody who decides keeps the older one: it goes on, until a later successor comes', async () => {
    await arrives();
    const word = { successor: 'KB5068787', by: 'riley', reason: 'the newer one failed its test', at: now };
    await inventory.successions.keep('KB5070884', word);
    expect(await enrolRing('canary')).not.toHaveProperty('refused');
    const third = somePatch({ patchId: 'KB5071547', kb: '5071547', fixedBuilds: { '11923': '10.0.20348.4500' } });
    await inventory.patches.savePatches([third], now);
    expect(await enrolRing('early')).toMatchObject({ refused: 'superseded' });
  });
});

describe('the vendor revises it', () => {
  const review = () =>
    createReviewActivities(ports).reviewRollout({ patchId: 'KB5070884', category: 'web', phase: 'awaiting' });

  test('in content: its approval counts no longer, and it is tested again before it is asked for', async () => {
    now = minutesFrom(now, 1);
    await inventory.patches.savePatches([{ ...older, fixedBuilds: { '11923': '10.0.20348.4299' } }], now);
    expect(await enrolRing('canary')).toMatchObject({ refused: 'revised' });
    expect(await review()).toMatchObject({ kind: 'revised' });
    expect(
      await createReviewActivities(ports).reviewLifecycle({ patchId: 'KB5070884', phase: 'inTest', revisedAt: null }),
    ).toEqual({ review: { kind: 'revised', detail: `the vendor changed its content at ${now}` }, revisedAt: now });
  });

  test('in terms: what was approved goes on', async () => {
    now = minutesFrom(now, 1);
    await inventory.patches.savePatches([{ ...older, restart: 'no' }], now);
    expect(await enrolRing('canary')).not.toHaveProperty('refused');
  });

  test('in terms: what waits is asked again, and nothing begins by the approval before it', async () => {
    await ask('KB5070884/web/2');
    now = minutesFrom(now, 1);
    await inventory.patches.savePatches([{ ...older, restart: 'no' }], now);
    expect(await review()).toEqual({ kind: 'askAgain', detail: 'restart: yes → no' });
    expect((await inventory.decisions.request('KB5070884', 'web'))?.status).toBe('superseded');
    await expect(enrolRing('canary')).rejects.toThrow('nothing approved');
  });

  test('in words: nothing happens', async () => {
    now = minutesFrom(now, 1);
    await inventory.patches.savePatches([{ ...older, title: 'another title' }], now);
    expect(await review()).toEqual({ kind: 'goesOn' });
    expect(await enrolRing('canary')).not.toHaveProperty('refused');
    expect(told.filter((notice) => notice.kind === 'patchRevised')).toEqual([]);
  });
});

describe('a known issue', () => {
  const issue = someIssue({ openedAt: minutesFrom(start, 1) });

  test('holds the next ring until it is accepted for the category', async () => {
    await inventory.knownIssues.open(issue);
    expect(await enrolRing('canary')).toMatchObject({ refused: 'held' });
    await inventory.knownIssues.accept({ issueId: 'i1', category: 'app', by: 'riley', reason: 'not there', at: now });
    expect(await enrolRing('canary')).toMatchObject({ refused: 'held' });
    await inventory.knownIssues.accept({ issueId: 'i1', category: 'web', by: 'riley', reason: 'not here', at: now });
    expect(await enrolRing('canary')).not.toHaveProperty('refused');
  });

  test('keeps the gate of a planned wave closed, with hope, until it is closed', async () => {
    const runKey = await planned('canary');
    await inventory.knownIssues.open(issue);
    const gate = () => createMaintainActivities(ports).checkWave({ runKey, wave: 1 });
    expect(await gate()).toMatchObject({
      kind: 'closed',
      hopeless: false,
      reasons: [expect.stringContaining('KB5070884: known issue: print servers lose their queues')],
    });
    expect((await states(runKey)).every((state) => state.endsWith('planned'))).toBe(true);
    await inventory.knownIssues.close('i1', { by: 'sam', at: now, outcome: 'mended' });
    expect(await gate()).toEqual({ kind: 'open' });
  });

  test('that was shown when it was asked for is accepted by the approval', async () => {
    await inventory.knownIssues.open(issue);
    const { subject } = someRequest();
    const shown = { ...subject, patchId: 'KB5070884', vmIds: machines, rings };
    const knownIssues = [{ issueId: 'i1', text: issue.text, url: null }];
    const request = { requestId: 'KB5070884/web/2', patchId: 'KB5070884', digest, requestedAt: now };
    await inventory.decisions.openRequest(someRequest({ ...request, subject: { ...shown, knownIssues } }));
    await accept('KB5070884', 'd-2');
    expect(await enrolRing('canary')).not.toHaveProperty('refused');
  });

  test('is told once to owners and those who decide, and so is its end', async () => {
    await inventory.knownIssues.open(issue);
    await createNewsActivities(ports).reviewPatches();
    await createNewsActivities(ports).reviewPatches();
    await inventory.knownIssues.close('i1', { by: 'sam', at: now, outcome: 'mended by a setting' });
    await createNewsActivities(ports).reviewPatches();
    const mine = told.filter((notice) => notice.kind === 'knownIssue');
    expect(mine.map((notice) => notice.subject)).toEqual([
      'KB5070884 has a known issue',
      'A known issue of KB5070884 was closed',
    ]);
    expect(mine[1]?.lines.join()).toContain('mended by a setting');
  });
});
