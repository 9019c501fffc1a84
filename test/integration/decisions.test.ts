// What must not count as a decision, through the API and straight at the engine; and what a good one leads to (I1, I5, I6).

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { strFromU8, unzipSync } from 'fflate';
import { simpleParser, type ParsedMail } from 'mailparser';
import { findTemporal } from '../../adapters/engine/temporalBinary.js';
import { verifyPack } from '../../adapters/evidence/verify.mjs';
import type {
  ChainView,
  ChangeView,
  KnownIssueView,
  NoticeDeliveryView,
  NoticeTestView,
  PatchDetail,
  PatchHistoryView,
  PreferencesView,
  UnknownNeedView,
} from '../../api/contract/index.js';
import type { ImpactView } from '../../api/contract/impact.js';
import type { DecisionRequest } from '../../ports/decisions.js';
import { decideSignal, rolloutStateQuery } from '../../workflows/messages.js';
import { openApi, type TestApi } from '../support/api.js';
import { installsOf } from '../support/journal.js';
import { openLine, type Line } from '../support/line.js';
import { decide, runToEnd, signed, startCycle, until, waitingFor } from '../support/story.js';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary.js';

let line: Line;
let api: TestApi;
let needed: string[];
let request: DecisionRequest;
const patchId = 'KB5070883';
const category = 'web';
const path = `/v1/patches/${patchId}/decisions`;

beforeAll(async () => {
  line = await openLine({ vms: 24, onPostgres: true });
  await deployMore();
  api = await openApi(line);
  needed = await startCycle(line);
  request = await waitingFor(line, patchId, category);
}, 180_000);

/** So that the rollout that is looked at has three rings with a machine each. */
async function deployMore(): Promise<void> {
  const guests = await line.control<{ name: string; product: string }[]>('guests');
  const like = guests.find((one) => one.name.startsWith('web-prd-') && one.product === 'Windows Server 2019')?.name;
  for (const name of ['web-prd-98', 'web-prd-99']) await line.control('deploy-vm', { like, name });
}

afterAll(async () => {
  await api.close();
  await line.close();
  await removeTemporaryFolders();
}, 30_000);

function body(change: Record<string, unknown> = {}): Record<string, unknown> {
  return { category, verdict: 'approve', justification: 'tested in staging, fine', digest: request.digest, ...change };
}

async function mailsIn(folder: string): Promise<ParsedMail[]> {
  const names = await readdir(folder);
  return Promise.all(names.map(async (name) => simpleParser(await readFile(join(folder, name)))));
}

async function isStillWaiting(): Promise<boolean> {
  const now = await line.store.inventory.decisions.request(patchId, category);
  return now?.status === 'waiting';
}

async function mails(): Promise<ParsedMail[]> {
  const names = await readdir(line.mailFolder);
  return Promise.all(names.map(async (name) => simpleParser(await readFile(join(line.mailFolder, name)))));
}

describe('through the API', () => {
  test.each([
    ['nobody', undefined, body, 401],
    ['somebody without the role', 'kim', body, 403],
    ['no justification', 'riley', () => body({ justification: '   ' }), 400],
    ['a digest that is none', 'riley', () => body({ digest: 'latest' }), 400],
    ['an unknown verdict', 'riley', () => body({ verdict: 'yes' }), 400],
    ['an unknown key', 'riley', () => body({ approve: true }), 400],
    ['broken JSON', 'riley', () => '{"category":', 400],
    ['a stale digest', 'riley', () => body({ digest: 'f'.repeat(64) }), 409],
    ['a category that does not wait', 'riley', () => body({ category: 'infra' }), 409],
  ])('%s is refused with a reason', async (_, as, make, status) => {
    const answer = await api.post(path, (make as () => unknown)(), as);
    expect(answer.status).toBe(status);
    expect(answer.type).toContain('application/problem+json');
    expect((answer.body as { detail: string }).detail.length).toBeGreaterThan(10);
    expect(await isStillWaiting()).toBe(true);
  });

  test('an unknown patch is 404', async () => {
    expect((await api.post('/v1/patches/KB1/decisions', body(), 'riley')).status).toBe(404);
  });

  test('a GET never decides anything', async () => {
    await api.get(path, 'riley');
    await api.get(`/v1/patches/${patchId}`, 'riley');
    expect(await isStillWaiting()).toBe(true);
  });
});

describe('straight at the engine', () => {
  test('an unsigned decision is refused, recorded, and the approvers are alarmed', async () => {
    const forged = signed(line, request, 'approve', { signature: 'c2lnbmF0dXJl' });
    await line.engine.client.workflow.getHandle(`rollout/${patchId}/${category}`).signal(decideSignal, forged);
    const recorded = await until(
      'the refusal',
      async () =>
        (await line.store.inventory.decisions.decisions({ patchId, category })).find(
          (one) => one.decisionId === forged.decisionId,
        ) ?? null,
    );
    expect(recorded).toMatchObject({ accepted: false, decisionId: forged.decisionId });
    expect(recorded.reasons.join()).toContain('not signed');
    const alarm = await until('the alarm', async () => {
      return (await mails()).find((mail) => mail.subject?.startsWith('ALARM')) ?? null;
    });
    expect(alarm.subject).toContain(patchId);
    expect(await isStillWaiting()).toBe(true);
  }, 60_000);

  test.each([
    ['the requester', { by: 'kim' }],
    ['somebody that policy does not know', { by: 'mallory' }],
  ])('%s does not count, signed or not', async (_, change) => {
    const reply = await decide(line, signed(line, request, 'approve', change));
    expect(reply.accepted).toBe(false);
    expect(await isStillWaiting()).toBe(true);
  });

  test('a decision for another rollout opens nothing here', async () => {
    const other = signed(line, { ...request, category: 'app' }, 'approve');
    await line.engine.client.workflow.getHandle(`rollout/${patchId}/${category}`).signal(decideSignal, other);
    await until('the note of it', async () => {
      const events = await line.store.inventory.events.events({ newest: true, limit: 100 });
      return events.find((event) => event.what.includes('another rollout')) ?? null;
    });
    expect(await isStillWaiting()).toBe(true);
  });

  test('forged with the engine’s own command line it is refused and noted, whatever it holds', async () => {
    const program = await findTemporal(() => {});
    const { address, namespace } = line.engine;
    const where = ['--address', address, '--namespace', namespace, '--workflow-id', `rollout/${patchId}/${category}`];
    const send = (name: string, ...input: string[]) =>
      promisify(execFile)(program, ['workflow', 'signal', ...where, '--name', name, ...input]);
    const forged = signed(line, request, 'approve', { signature: 'Zm9yZ2Vk', by: 'riley' });
    await send('decide', '--input', JSON.stringify(forged));
    await send('decide', '--input', JSON.stringify([forged]));
    const tooLong = join(await temporaryFolder(), 'long.json');
    await writeFile(tooLong, JSON.stringify({ ...forged, justification: 'x'.repeat(1_500_000) }));
    await send('decide', '--input-file', tooLong);
    await send('haltChoice', '--input', JSON.stringify({ choice: 'end', by: 'riley', reason: 'forged' }));
    const withdrawal = { withdrawalId: 'forged', decisionId: forged.decisionId, decisionDigest: 'd', reason: 'forged' };
    await send('withdraw', '--input', JSON.stringify({ ...forged, ...withdrawal }));
    await send('tierOpen');
    await send('dueMoved', '--input', '{"tier":"P0","dueAt":"soon"}');
    await until('the refusal', async () => {
      const held = await line.store.inventory.decisions.decisions({ patchId, category, accepted: false });
      return held.find((one) => one.decisionId === forged.decisionId) ?? null;
    });
    const noted = await until('the notes of the others', async () => {
      const events = await line.store.inventory.events.events({ patchId, newest: true, limit: 100 });
      const mine = events.filter((event) => event.what === 'refused: the message is not a decision');
      return mine.length === 2 ? mine : null;
    });
    const [taken] = await until('the refusal of the withdrawal', async () => {
      const held = await line.store.inventory.withdrawals.withdrawals({ patchId, accepted: false });
      return held.length > 0 ? held : null;
    });
    expect(taken?.reasons.join()).toContain('not signed');
    expect(noted.some((event) => event.why.includes('"tooLong":150'))).toBe(true);
    expect(noted.every((event) => event.why.length <= 500)).toBe(true);
    expect(await isStillWaiting()).toBe(true);
    const { stage } = await line.engine.client.workflow
      .getHandle(`rollout/${patchId}/${category}`)
      .query(rolloutStateQuery);
    expect(stage).toBe('awaitingDecision');
  }, 60_000);

  test('what was signed an hour ago, or is signed in the future, does not count', async () => {
    for (const minutes of [-60, 30]) {
      const at = new Date(Date.now() + minutes * 60_000).toISOString();
      const reply = await decide(line, signed(line, request, 'approve', { at }));
      expect(reply).toEqual({ accepted: false, reasons: [expect.stringContaining('it was signed')] });
    }
    expect(await isStillWaiting()).toBe(true);
  });

  test('garbage is noted and does not stop the rollout', async () => {
    await line.engine.client.workflow.getHandle(`rollout/${patchId}/${category}`).signal('decide', { approve: true });
    await until('the note of it', async () => {
      const events = await line.store.inventory.events.events({ newest: true, limit: 100 });
      return events.find((event) => event.why === '{"approve":true}') ?? null;
    });
    expect(await isStillWaiting()).toBe(true);
  });
});

describe('an impact', () => {
  const impacts = `/v1/patches/${patchId}/impact`;

  test('is what was measured, by category and for each machine', async () => {
    const { body: views } = await api.get(`${impacts}?category=web&vm=web-prd-99`, 'kim');
    const [view] = views as ImpactView[];
    const needing = request.subject.vmIds.length;
    expect(view?.forecast.reduce((sum, group) => sum + group.machines, 0)).toBe(needing);
    expect(view?.measured?.minutes).toBeGreaterThan(0);
    expect(view?.forecast[0]?.downtime).toMatchObject({ kind: 'known', from: expect.any(String) });
    expect(view?.capacity.lowest?.up).toBeLessThan(view?.capacity.lowest?.of ?? 0);
    expect(view?.machine).toMatchObject({ name: 'web-prd-99', ring: expect.any(String), said: null });
    expect(request.subject.impact.forecast?.[0]?.downtime).toEqual(view?.forecast[0]?.downtime);
    expect((await api.get(`${impacts}?category=web&vm=sql-prd-01`, 'kim')).status).toBe(404);
  });

  test.each<[string, string, Record<string, unknown>, number]>([
    ['by somebody who only looks', 'kim', { downtimeMinutes: 30 }, 403],
    ['that says nothing', 'sam', {}, 400],
    ['of no time at all', 'sam', { downtimeMinutes: 0 }, 400],
    ['of a year', 'sam', { downtimeMinutes: 525_600 }, 400],
    ['of blanks', 'sam', { note: '  \n ' }, 400],
    ['of 1 MB', 'sam', { note: 'x'.repeat(1_000_000) }, 413],
    ['without a reason', 'sam', { downtimeMinutes: 30, reason: ' ' }, 400],
    ['of no category', 'sam', { downtimeMinutes: 30, category: 'nosuch' }, 404],
    ['of a machine of another category', 'sam', { downtimeMinutes: 30, vm: 'sql-prd-01' }, 404],
  ])('is not edited %s, and what waits goes on waiting', async (_, as, change, status) => {
    const answer = await api.post(impacts, { category, reason: 'drains slowly', ...change }, as);
    expect(answer.status).toBe(status);
    expect(await isStillWaiting()).toBe(true);
  });

  test('that is edited is asked again with what was said; the old digest decides nothing, and the editor never does', async () => {
    const note = 'drain it first: <script>alert(1)</script>';
    const edit = { category, vm: 'web-prd-99', downtimeMinutes: 45, note, reason: 'the farm drains slowly' };
    expect((await api.post(impacts, edit, 'sam')).body).toMatchObject({ recalled: true });
    const old = request;
    // Refused by the rollout, or by its inventory where the rollout has not looked yet.
    expect((await api.post(path, body(), 'riley')).body).not.toMatchObject({ accepted: true });
    request = await until('it is asked again', async () => {
      const now = await line.store.inventory.decisions.request(patchId, category);
      return now?.status === 'waiting' && now.digest !== old.digest ? waitingFor(line, patchId, category) : null;
    });
    expect(request.requestedBy).toContain('sam');
    expect(request.subject.impact.edits).toMatchObject([{ by: 'sam', vm: 'web-prd-99', downtimeMinutes: 45, note }]);
    expect(request.subject.impact.forecast).toEqual(old.subject.impact.forecast);
    const { body: views } = await api.get(`${impacts}?category=web&vm=web-prd-99`, 'kim');
    expect((views as ImpactView[])[0]?.machine).toMatchObject({
      said: { by: 'sam', downtimeMinutes: 45 },
      downtime: old.subject.impact.forecast?.[0]?.downtime,
    });
    const told = await until('those who decide are told what changed', async () => {
      const all = await mailsIn(line.mailFolder);
      return all.find((mail) => mail.text?.includes('what people said of the impact') === true) ?? null;
    });
    expect(told.text).toContain(note);
  });
});

test('a deferral asks again with a new request, and the old approval cannot be used for it', async () => {
  const deferred = signed(line, request, 'defer', { deferUntil: new Date(Date.now() + 2000).toISOString() });
  expect(await decide(line, deferred)).toMatchObject({ accepted: true });
  const again = await until('the second request', async () => {
    const now = await line.store.inventory.decisions.request(patchId, category);
    return now !== null && now.requestId !== request.requestId && now.status === 'waiting' ? now : null;
  });
  const replayed = await decide(line, { ...deferred });
  expect(replayed).toEqual({
    accepted: false,
    reasons: expect.arrayContaining([expect.stringContaining('already used')]),
  });
  request = again;
  expect(await isStillWaiting()).toBe(true);
}, 60_000);

test('a known issue that is entered while the first ring is patched holds the others until it is closed', async () => {
  expect((await api.post(path, body(), 'riley')).body).toMatchObject({ accepted: true });
  const mine = async () =>
    (await line.store.inventory.runs.manifest({ patchId })).filter((row) =>
      row.runKey.startsWith('maintenance/production/web/'),
    );
  await until('the first machine is being patched', async () =>
    (await mine()).some((row) => row.state === 'installing') ? true : null,
  );
  const entered = { text: 'the spooler forgets its queues', url: 'https://example.com/spooler' };
  const issues = `/v1/patches/${patchId}/known-issues`;
  expect((await api.post(issues, entered, 'riley')).status).toBe(403);
  const issue = (await api.post(issues, entered, 'sam')).body as KnownIssueView;
  expect(issue).toMatchObject({ source: 'manual', effect: 'hold', holds: true, openedBy: 'sam' });
  const rollout = line.engine.client.workflow.getHandle(`rollout/${patchId}/${category}`);
  const stage = async () => (await rollout.query(rolloutStateQuery)).stage;
  await until('the second ring is held', async () => ((await stage()) === 'held' ? true : null));
  // Admitted before, the first machine was finished; nothing else was enrolled.
  expect((await mine()).map((row) => [row.runKey.split('/')[3], row.state])).toEqual([['canary', 'installed']]);
  expect(installsOf(line.simulator.journalFile, 'web-prd-99')).toHaveLength(0);
  const told = await until('those concerned are told', async () => {
    const mails = await mailsIn(line.mailFolder);
    return mails.find((mail) => mail.subject === `${patchId} has a known issue`) ?? null;
  });
  expect(told.text).toContain('the spooler forgets its queues');
  expect((await api.get(`/v1/patches/${patchId}`, 'kim')).body).toMatchObject({
    stageDetail: expect.stringContaining('held'),
    knownIssues: [{ issueId: issue.issueId, holds: true }],
  });
  const close = `/v1/known-issues/${issue.issueId}/close`;
  expect((await api.post(close, { outcome: 'mended by a setting' }, 'sam')).status).toBe(200);
  expect((await api.post(close, { outcome: 'again' }, 'sam')).status).toBe(409);
  await until('it goes on', async () => ((await stage()) === 'deploying' ? true : null));
}, 120_000);

test('an approval by the right person leads to installed machines; a rejected category gets nothing', async () => {
  const records = await runToEnd(line, needed, (one) => (one.category === 'app' ? 'reject' : 'approve'));
  expect(records.map((record) => record.stage)).not.toContain('awaitingDecision');
  const vms = await line.store.inventory.fleet.vms({ environment: 'production', existing: true });
  for (const vm of vms.filter((one) => one.category === 'app'))
    expect(installsOf(line.simulator.journalFile, vm.name)).toHaveLength(0);
  const web = vms.filter((one) => request.subject.vmIds.includes(one.vmId));
  expect(web.length).toBeGreaterThan(0);
  for (const vm of web) {
    const rows = await line.store.inventory.runs.manifest({ vmId: vm.vmId, patchId });
    expect(rows.map((row) => row.state)).toContain('installed');
  }
}, 240_000);

describe('what is left for the auditor', () => {
  let files: Record<string, string>;

  beforeAll(async () => {
    const answer = await fetch(`${api.url}/v1/patches/${patchId}/evidence`, {
      headers: { authorization: 'Bearer token-of-riley' },
    });
    const unpacked = unzipSync(new Uint8Array(await answer.arrayBuffer()));
    files = Object.fromEntries(Object.entries(unpacked).map(([name, held]) => [name, strFromU8(held)]));
  });

  test('a chain that is whole, with nothing left unsaid', async () => {
    const { body: checkpoint } = await api.post('/v1/audit/checkpoints', {}, 'riley');
    const { body } = await api.post('/v1/audit/verification', { checkpoints: [checkpoint] }, 'riley');
    expect(body).toMatchObject({ intact: true, checkpoints: 1, findings: [] });
    const forged = { ...(checkpoint as object), hash: 'f'.repeat(64) };
    expect((await api.post('/v1/audit/verification', { checkpoints: [forged] }, 'riley')).status).toBe(400);
    const whats = (await line.store.inventory.events.events({ patchId })).map((event) => event.what);
    expect(whats).toEqual(expect.arrayContaining([`defer ${patchId} for web`, `approve ${patchId} for web`]));
  });

  test('a change record of each approval, closed with what came of it; of a rejected category there is none', async () => {
    const changes = (await api.get(`/v1/changes?patch=${patchId}`, 'kim')).body as ChangeView[];
    const web = changes.find((one) => one.category === 'web');
    expect(web).toMatchObject({ state: 'implemented', counts: { installed: request.subject.vmIds.length } });
    expect(web?.approvedBy).toMatchObject([{ by: 'riley' }]);
    expect(web?.windows.length).toBeGreaterThan(0);
    expect(changes.map((one) => one.category)).not.toContain('app');
    expect(changes.every((one) => one.closedAt !== null)).toBe(true);
    const { body } = await api.get(`/v1/changes/one?id=${encodeURIComponent(web?.changeId ?? '')}`, 'kim');
    expect(body).toMatchObject({ changeId: web?.changeId, deliveries: [] });
    expect((await api.get('/v1/changes/one?id=change/none', 'kim')).status).toBe(404);
    expect((await api.get(`/v1/patches/${patchId}`, 'kim')).body).toMatchObject({ changes });
  });

  test('a pack that verifies by its own program, without Patchline', async () => {
    const folder = await temporaryFolder();
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'verify.mjs')]);
    expect(stdout).toMatch(/^As written: \d+ events, \d+ decisions; key [0-9a-f]{64}\.\n$/);
  });

  test('the decisions, their subjects, the plan and the outcome are in it', () => {
    const decisions = JSON.parse(files['decisions.json'] ?? '') as { accepted: boolean; verdict: string }[];
    expect(decisions.filter((one) => one.accepted).map((one) => one.verdict)).toContain('approve');
    expect(decisions.some((one) => !one.accepted)).toBe(true);
    const installed = JSON.parse(files['installations.json'] ?? '') as { state: string; vmId: string }[];
    expect(installed.filter((one) => one.state === 'installed').length).toBeGreaterThan(0);
  });

  test('a pack of which anything was changed is told from the true one', () => {
    expect(verifyPack(files)).toMatchObject({ problems: [] });
    for (const [name, text] of Object.entries(files)) {
      const middle = Math.floor(text.length / 2);
      const changed = `${text.slice(0, middle)}${text[middle] === 'x' ? 'y' : 'x'}${text.slice(middle + 1)}`;
      expect([name, verifyPack({ ...files, [name]: changed }).problems]).not.toEqual([name, []]);
    }
    const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect(verifyPack(files, other).problems.length).toBeGreaterThan(0);
  });

  test('the life of the patch, from the inventory alone', async () => {
    const { body } = await api.get(`/v1/patches/${patchId}/history`, 'riley');
    const view = body as PatchHistoryView;
    expect(view.categories.find((one) => one.category === 'web')).toMatchObject({
      authorization: 'authorised',
      decidedBy: 'riley',
      test: { verdict: 'passed' },
      outcomes: { installed: request.subject.vmIds.length },
    });
    expect(view.categories.find((one) => one.category === 'app')?.authorization).toBe('rejected');
    expect(view.timeline.map((event) => event.what)).toContain(`approve ${patchId} for web`);
  });
});

describe('a newer month arrives while an older patch awaits a decision (I11)', () => {
  const older = 'KB5070883';
  const newer = 'KB5094123';
  const unknown = async () =>
    ((await api.get('/v1/reports/unknown-needs', 'kim')).body as UnknownNeedView[]).map((one) => one.name);
  let waiting: DecisionRequest;

  test('what machines need and no channel announced is a list, told once', async () => {
    expect(await unknown()).toContain(newer);
    const told = (await mailsIn(line.mailFolder)).filter((mail) => mail.subject?.includes('no channel announced'));
    expect(told).toHaveLength(1);
    expect(told[0]?.text).toContain(newer);
  });

  test('the older request is superseded, its lifecycle ends naming the successor, and the successor is tested for itself', async () => {
    await startCycle(line);
    waiting = await waitingFor(line, older, 'app');
    await startCycle(line, '2026-Jun');
    const ended = await until('the end of the older one', async () => {
      const record = await line.store.inventory.patches.patch(older);
      return record?.stage === 'superseded' ? record : null;
    });
    expect(ended.stageDetail).toContain(`superseded by ${newer}`);
    expect((await line.store.inventory.decisions.request(older, 'app'))?.status).toBe('superseded');
    const late = await api.post(
      `/v1/patches/${older}/decisions`,
      { category: 'app', verdict: 'approve', justification: 'too late, it seems', digest: waiting.digest },
      'riley',
    );
    expect(late.status).toBe(409);
    const runs = await line.store.inventory.runs.manifest({ patchId: newer });
    expect(runs.every((row) => row.runKey.startsWith('maintenance/staging/'))).toBe(true);
    expect(await line.store.inventory.decisions.decisions({ patchId: newer })).toEqual([]);
    const mails = await mailsIn(line.mailFolder);
    expect(mails.map((mail) => mail.subject)).toContain(`${older} is superseded by ${newer}`);
    expect(await unknown()).not.toContain(newer);
  }, 120_000);

  test('the chain tells which is current, in flight, and deployed how far', async () => {
    const chains = (await api.get(`/v1/patches/${older}/chain`, 'kim')).body as ChainView[];
    const links = new Map(chains.flatMap((chain) => chain.links.map((link) => [link.patchId, link] as const)));
    expect(links.get(older)).toMatchObject({ current: false, inFlight: false, stage: 'superseded' });
    expect(links.get(older)?.installed).toBeGreaterThan(0);
    expect(links.get(newer)).toMatchObject({ current: true, installed: 0 });
    expect(links.get(newer)?.needed).toBeGreaterThan(0);
  });

  test('somebody who decides, and did not ask for it, may keep the older one', async () => {
    const keep = (as: string) =>
      api.post(`/v1/patches/${older}/keep`, { reason: 'the newer one breaks the orders' }, as);
    expect((await keep('kim')).status).toBe(403);
    expect(await keep('sam')).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('lacks the role') },
    });
    expect((await keep('riley')).body).toMatchObject({ successor: newer, keptAgainst: newer, keptBy: 'riley' });
    const refused = await api.post(`/v1/patches/${newer}/keep`, { reason: 'why not' }, 'riley');
    expect([refused.status, (refused.body as { detail: string }).detail]).toEqual([
      409,
      expect.stringContaining('nothing supersedes it'),
    ]);
    const needed = await startCycle(line, '2026-Jun');
    expect(needed).toContain(older);
    const { succession } = (await api.get(`/v1/patches/${older}`, 'kim')).body as PatchDetail;
    expect(succession).toMatchObject({ successor: newer, keptBy: 'riley' });
    const again = await waitingFor(line, older, 'app');
    expect([again.subject.successor, again.digest === waiting.digest]).toEqual([newer, false]);
  }, 120_000);
});

describe('what people were told', () => {
  const list = async (query: string, as = 'riley') =>
    (await api.get(`/v1/notices?${query}`, as)).body as NoticeDeliveryView[];

  test('approvers and owners heard what concerns them, once, and the log says so', async () => {
    await until('what was asked, delivered', async () => {
      const asked = (await list('to=riley&kind=decisionNeeded')).filter((one) => one.patchId === patchId);
      return asked.length > 0 && asked.every((one) => one.state === 'delivered') ? asked : null;
    });
    const keys = (await list('limit=1000')).map((one) => `${one.occasion} ${one.way} ${one.recipient} ${one.round}`);
    expect(new Set(keys).size).toBe(keys.length);
    const team = 'web-team@contoso.example';
    const ended = await until('the end of the maintenance of the web servers', async () => {
      const told = await list(`to=${team}&kind=maintenanceEnded`);
      return told.length > 0 && told.every((one) => one.state === 'delivered') ? told : null;
    });
    expect((await list(`to=${team}&kind=maintenanceStarted`)).length).toBeGreaterThan(0);
    const mine = (await mails()).filter((mail) => [mail.to].flat().some((one) => one?.text === team));
    for (const { subject } of ended) expect(mine.filter((mail) => mail.subject === subject).length).toBeGreaterThan(0);
    const outcome = mine.find((mail) => mail.subject?.includes('has ended'));
    expect(outcome?.text).toMatch(/web-prd-\d+: KB\d+ installed/);
    expect(outcome?.text).not.toContain('sql-prd');
    expect(await list('problems=true')).toEqual([]);
  }, 60_000);

  test('the alarm is acknowledged by somebody who may, once, and nobody else is woken', async () => {
    const [alarm] = await list('pages=true&kind=alarm');
    expect(alarm).toMatchObject({ urgency: 'page', pageState: 'open' });
    const path = `/v1/notices/${alarm?.noticeId ?? ''}/acknowledgement`;
    expect((await api.post(path, {})).status).toBe(401);
    const first = await api.post(path, { note: 'it was a test of ours' }, 'sam');
    expect(first.body).toMatchObject({ first: true, notice: { pageState: 'acknowledged', acknowledgedBy: 'sam' } });
    expect((await api.post(path, {}, 'riley')).body).toMatchObject({ first: false, notice: { acknowledgedBy: 'sam' } });
    const page = line.engine.client.workflow.getHandle(`page/${alarm?.noticeId ?? ''}`);
    expect(await page.result()).toMatchObject({ acknowledgedBy: 'sam' });
    const events = await line.store.inventory.events.events({ newest: true, limit: 50 });
    expect(events.find((event) => event.what.startsWith('page acknowledged'))).toMatchObject({ who: 'sam' });
    const routine = (await list('kind=decisionNeeded'))[0]?.noticeId ?? '';
    expect((await api.post(`/v1/notices/${routine}/acknowledgement`, {}, 'sam')).status).toBe(409);
    expect((await api.post('/v1/notices/none/acknowledgement', {}, 'sam')).status).toBe(404);
  }, 60_000);

  test('a test really sends, and tells what was answered', async () => {
    expect((await api.post('/v1/notices/test', { to: 'riley' }, 'kim')).status).toBe(403);
    expect((await api.post('/v1/notices/test', { to: 'mallory' }, 'sam')).status).toBe(404);
    const { body } = await api.post('/v1/notices/test', { to: 'riley', way: 'mail' }, 'sam');
    expect((body as NoticeTestView).results).toEqual([
      { recipient: 'riley@patchline.example', way: 'mail', delivered: true, detail: expect.stringMatching(/^250/) },
    ]);
    expect((await mails()).some((mail) => mail.subject === 'A test notice of Patchline')).toBe(true);
  }, 60_000);

  test('each prefers for themselves, within what policy allows', async () => {
    const none = (kind: string) => ({ ways: { [kind]: [] } });
    expect((await api.post('/v1/notices/preferences', none('decisionNeeded'), 'riley')).status).toBe(400);
    expect((await api.post('/v1/notices/preferences', none('everything'), 'riley')).status).toBe(400);
    expect(
      (
        await api.post(
          '/v1/notices/preferences',
          { quietHours: { zone: 'Mars', from: '20:00', until: '07:00' } },
          'riley',
        )
      ).status,
    ).toBe(400);
    const { body } = await api.post('/v1/notices/preferences', none('patchAnnounced'), 'riley');
    expect(body).toMatchObject({ person: 'riley', ways: { patchAnnounced: [] } });
    await api.post('/v1/notices/preferences', { quietHours: 'none' }, 'riley');
    const held = (await api.get('/v1/notices/preferences', 'kim')).body as PreferencesView[];
    expect(held).toMatchObject([{ person: 'riley', ways: { patchAnnounced: [] }, quietHours: 'none' }]);
    await api.post('/v1/notices/preferences', { reset: true }, 'riley');
    expect((await api.get('/v1/notices/preferences', 'kim')).body).toEqual([]);
  });

  test('the list is a file too', async () => {
    const { body, status } = await api.get('/v1/exports?list=/v1/notices&format=csv', 'riley');
    expect(status).toBe(200);
    expect(String(body)).toContain('maintenanceEnded');
  });
});
