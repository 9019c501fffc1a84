// An emergency through the whole line: production stands under a freeze and outside of its window, and exactly one patch goes, by what others signed (I2, I6).

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DecisionProofView, EmergencyView } from '../../api/contract/index.js';
import type { DecisionRequest } from '../../ports/decisions.js';
import { openApi, type TestApi } from '../support/api.js';
import { installsOf } from '../support/journal.js';
import { openLine, testedTogether, type Line } from '../support/line.js';
import { decide, signed, startCycle, until, waitingFor } from '../support/story.js';
import { removeTemporaryFolders } from '../support/temporary.js';

const reason = 'it is exploited in the wild';
const hour = 3_600_000;
const iso = (hours: number) => new Date(Date.now() + hours * hour).toISOString();
/** Three days off, whenever this runs: no window opens meanwhile. */
const day = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'][
  (new Date().getUTCDay() + 3) % 7
];

let line: Line;
let api: TestApi;
let urgent: string;
let other: string;
let id: string;

/** Web servers alone, frozen, with a window in days and a board of two. */
function frozen(text: string): string {
  const [head = '', rest = ''] = testedTogether(text).split('categories:\n');
  const [categories = '', tail = ''] = rest.split('\nwindows:\n');
  const web = categories.split(/\n(?= {2}- name: )/).find((one) => one.includes('name: web')) ?? '';
  return `${head}categories:\n${web.replace('production: soon', 'production: weekly')}\nwindows:
  - { id: weekly, kind: weekly, weekdays: [${day}], start: '02:00', zone: UTC, durationMinutes: 120, planningLeadSeconds: 2 }
${tail}`
    .replace(
      'freezes: []\n',
      `freezes: [{ id: year-end, reason: accounts, from: '${iso(-1)}', until: '${iso(100)}', categories: [web], environments: [production] }]\n`,
    )
    .replace('leadSeconds: 5', 'leadSeconds: 1')
    .replace(
      '\napprovals:\n',
      `\napprovals:
  rules:
    - { id: board, steps: [{ name: board, who: { roles: [changeManager] }, quorum: 2 }] }
    - { id: night, emergency: true, steps: [{ name: duty, who: { roles: [changeManager] } }] }
`,
    );
}

const approve = (request: DecisionRequest, by: string) => decide(line, signed(line, request, 'approve', { by }));
const shown = async () => (await api.get(`/v1/emergencies/${id}`, 'kim')).body as EmergencyView;
const rowsOf = async (patchId: string) =>
  (await line.store.inventory.runs.manifest({ patchId })).filter((row) =>
    row.runKey.startsWith('maintenance/production/'),
  );

beforeAll(async () => {
  line = await openLine({ policy: frozen });
  api = await openApi(line);
  const needed = await startCycle(line);
  const requests = await until('requests for two patches of one machine', async () => {
    const waiting = await line.store.inventory.decisions.requests({ status: 'waiting' });
    return needed.every((patchId) => waiting.some((one) => one.patchId === patchId)) ? waiting : null;
  });
  const pair = requests.flatMap((one) => {
    const [vmId] = one.subject.vmIds;
    const beside = requests.find((two) => two !== one && vmId !== undefined && two.subject.vmIds.includes(vmId));
    return beside === undefined ? [] : [[one, beside] as const];
  })[0];
  if (pair === undefined) throw new Error('no machine needs two patches');
  [urgent, other] = [pair[0].patchId, pair[1].patchId];
  // The other one is approved by the whole board, and waits for its window and for the end of the freeze.
  const request = await waitingFor(line, other, 'web');
  expect(await approve(request, 'riley')).toMatchObject({ accepted: true, complete: false });
  expect(await approve(request, 'both')).toMatchObject({ accepted: true });
  const asked = { patchId: urgent, category: 'web', reason, windowOverride: true, freezeOverrides: ['year-end'] };
  const made = await api.post('/v1/emergencies', { ...asked, quorumOverride: 'night' }, 'sam');
  id = (made.body as EmergencyView).emergencyId;
}, 400_000);

afterAll(async () => {
  await api.close();
  await line.close();
  await removeTemporaryFolders();
}, 30_000);

test('signed by another, what waits is asked again, and one person decides on what they see', async () => {
  for (const [kind, names] of [
    ['window', null],
    ['freeze', 'year-end'],
    ['quorum', 'night'],
  ] as const)
    expect((await api.post(`/v1/emergencies/${id}/overrides`, { kind, names, reason }, 'both')).status).toBe(200);
  const request = await until('the request with its shorter quorum', async () => {
    const waiting = await waitingFor(line, urgent, 'web');
    return waiting.subject.shortened === undefined ? null : waiting;
  });
  expect(await approve(request, 'sam')).toMatchObject({ accepted: false });
  const answer = await approve(request, 'riley');
  expect([answer.accepted, answer.complete ?? true]).toEqual([true, true]);
  const [proof] = (await api.get(`/v1/patches/${urgent}/decisions?category=web`, 'kim')).body as DecisionProofView[];
  expect(proof).toMatchObject({ status: 'decided', digestHolds: true, steps: [{ name: 'duty', quorum: 1 }] });
  expect(proof?.shortened).toContain(`emergency ${id}`);
}, 300_000);

test('the patch is installed in a run outside of its window, in the freeze, and no other patch beside it', async () => {
  const row = await until('the first installation', async () => {
    const installed = (await rowsOf(urgent)).find((one) => one.state === 'installed');
    return installed ?? null;
  });
  expect(row.runKey).toContain('/canary/emergency@');
  const installs = installsOf(line.simulator.journalFile, row.vmName);
  expect(installs.map((one) => one.kbs)).toEqual([[urgent]]);
  // The other is approved, enrolled, and installed nowhere in production.
  expect((await rowsOf(other)).filter((one) => one.state === 'installed' || one.runKey.includes('emergency@'))).toEqual(
    [],
  );
  const enrolled = (await line.store.inventory.runs.runs({ status: 'open' })).filter(
    (run) => run.environment === 'production',
  );
  const held = await Promise.all(
    enrolled.map(async (run) => [run.occurrence, await line.store.inventory.runs.enrolments(run.runKey)] as const),
  );
  expect(held.find(([, enrolments]) => enrolments.some((one) => one.patchId === other))?.[0]).toContain('weekly@');
}, 300_000);

test('its review opens by itself when its run has settled, with a deadline, for somebody without a hand in it', async () => {
  const emergency = await until('its review', async () => {
    const view = await shown();
    return view.reviewDueAt === null ? null : view;
  });
  expect(emergency.runs.every((run) => run.includes('emergency@'))).toBe(true);
  expect(Date.parse(emergency.reviewDueAt ?? '') - Date.parse(emergency.reviewOpenedAt ?? '')).toBe(24 * hour);
  await api.post(`/v1/emergencies/${id}/end`, { reason: 'all of it is done' }, 'sam');
  for (const as of ['riley', 'both'])
    expect((await api.post(`/v1/emergencies/${id}/review`, { outcome: 'rightly asked for' }, as)).status).toBe(409);
}, 300_000);
