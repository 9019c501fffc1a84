// Emergencies over a real database: asked for and signed through the API, used by enrolment, gate and admission, ended and reviewed (I2, I6, I8).

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDeployActivities, type Enrolled } from '../../../activities/deploy.js';
import { createEmergencyActivities } from '../../../activities/emergencies.js';
import { missingEvidence } from '../../../activities/forensics.js';
import { createMaintainActivities } from '../../../activities/maintain.js';
import { createSessionActivities } from '../../../activities/session.js';
import type { Ports } from '../../../activities/ports.js';
import { createStepActivities } from '../../../activities/steps.js';
import type { EmergencyView } from '../../../api/contract/index.js';
import { overrideText } from '../../../domain/override.js';
import { runKeyOf } from '../../../domain/run.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { openDesk, type Desk } from '../../support/desk.js';
import { minutesFrom, someJudged, somePatch, someRequest, someVm } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

const at = new Date().toISOString();
const iso = (minutes: number) => minutesFrom(at, minutes);
const subscriptionId = '5e1d0c1a-0001-4000-8000-000000000001';
const freezes = `freezes:
  - { id: year-end, reason: accounts, from: "${iso(-60)}", until: "${iso(600)}", categories: [web], environments: [production] }
  - { id: audit, reason: auditors, from: "${iso(3000)}", until: "${iso(6000)}", categories: [], environments: [production] }
`;
const digest = 'd'.repeat(64);
const reason = 'it is exploited in the wild';
const canary = { patchId: 'KB5070884', category: 'web', ring: 'canary', digest, vmIds: null, notifyWorkflowId: 'r' };

onEveryDatabase('an emergency', (start) => {
  let database: TestDatabase;
  let desk: Desk;
  let ports: Ports;
  let id: string;
  let run: Enrolled;

  beforeAll(async () => {
    database = await start();
    desk = await openDesk(database, (text) => text.replace('freezes: []\n', freezes));
    const vmNow = async () => ({ power: 'running', agentReady: true, busy: false });
    ports = { ...desk.ports, azure: { vmNow } } as unknown as Ports;
    const { guest: _g, assessment: _a, firstSeenAt: _f, goneAt: _e, ...listed } = someVm({ subscriptionId });
    await desk.inventory.fleet.saveListed([listed], [subscriptionId], at);
    await desk.inventory.patches.savePatches([somePatch(), somePatch({ patchId: 'KB2', kb: '2' })], at);
    for (const patchId of ['KB5070884', 'KB2']) await approve(patchId);
  }, 60_000);

  afterAll(async () => {
    await desk.close();
    await database.close();
  });

  async function approve(patchId: string): Promise<void> {
    const { decisions } = desk.inventory;
    const { subject } = someRequest();
    const asked = {
      requestId: `${patchId}/web/1`,
      patchId,
      digest,
      subject: { ...subject, patchId },
      expiresAt: iso(60),
    };
    await decisions.openRequest(someRequest({ ...asked, requestedAt: at }));
    const decision = {
      decisionId: `d-${patchId}`,
      patchId,
      category: 'web',
      verdict: 'approve' as const,
      justification: 'tested in staging',
      deferUntil: null,
      digest,
      by: 'both',
      at,
      signature: 's',
    };
    await decisions.recordDecision(decision, () => someJudged(), at);
  }

  const ask = (change: object = {}, as = 'sam') =>
    desk.api.post(
      '/v1/emergencies',
      { patchId: 'KB5070884', category: 'web', reason, windowOverride: true, freezeOverrides: ['year-end'], ...change },
      as,
    );
  const sign = (body: object, as = 'riley', path = 'overrides') =>
    desk.api.post(`/v1/emergencies/${id}/${path}`, { reason, ...body }, as);
  const shown = async () => (await desk.api.get(`/v1/emergencies/${id}`, 'kim')).body as EmergencyView;
  const detail = ({ body }: { body: unknown }) => (body as { detail: string }).detail;
  const attend = () => createEmergencyActivities(ports).attendEmergency({ emergencyId: id });
  const enrol = async () => (await createDeployActivities(ports).enrolRing(canary)) as Enrolled;
  const gate = () => createMaintainActivities(ports).checkWave({ runKey: run.runKey, wave: 1 });
  const admit = (sessionId: string) =>
    createSessionActivities(ports).admitSession({
      sessionId,
      runKey: run.runKey,
      vmId: 'vm-1',
      vmName: 'web-prd-01',
    });

  test('is refused with what to do', async () => {
    expect(detail(await ask({}, 'kim'))).toContain('kim has the roles scheduler');
    expect(detail(await ask({ reason: ' ' }))).toContain('a reason of at least 10');
    expect(detail(await ask({ freezeOverrides: ['summer'] }))).toContain('no freeze summer');
    expect(detail(await ask({ soakMinutes: 0.01 }))).toContain('less than 2 seconds');
    expect((await ask({ soakMinutes: 0 })).status).toBe(400);
    expect((await ask({ reason: 'x'.repeat(900_000) })).status).toBe(400);
    expect((await ask({ patchId: 'KB0' })).status).toBe(404);
    expect((await ask({ category: 'ships' })).status).toBe(404);
    expect((await ask({ overrideAll: true })).status).toBe(400);
    expect((await desk.api.get('/v1/emergencies', 'kim')).body).toEqual([]);
  });

  test('overrides nothing before somebody else has signed', async () => {
    const made = await ask();
    id = (made.body as EmergencyView).emergencyId;
    expect((made.body as EmergencyView).wanted).toEqual([
      { kind: 'window', names: 'soon', signedBy: null },
      { kind: 'freeze', names: 'year-end', signedBy: null },
    ]);
    expect(desk.sent).toContainEqual({ workflowId: `emergency/${id}`, name: 'emergency' });
    expect(detail(await ask({}, 'riley'))).toContain('is open for KB5070884 in web');
    await attend();
    expect(desk.told.filter((one) => one.kind === 'emergency')).toMatchObject([
      { urgency: 'page', to: ['riley@patchline.example', 'both@patchline.example', 'sam@patchline.example'] },
    ]);
    run = await enrol();
    expect(run.runKey).toContain('/canary/soon@');
    expect(detail(await sign({ kind: 'window' }, 'sam'))).toContain('sam lacks the role changeManager');
    expect(detail(await sign({ kind: 'freeze', names: 'audit' }))).toContain('it was not asked for');
    expect((await shown()).overrides).toEqual([]);
  });

  test('whoever asked for it, or for the cycle, never signs', async () => {
    const { body } = await ask({ patchId: 'KB2' }, 'both');
    const other = (body as EmergencyView).emergencyId;
    const answer = await desk.api.post(`/v1/emergencies/${other}/overrides`, { kind: 'window', reason }, 'both');
    expect([answer.status, detail(answer)]).toEqual([409, expect.stringContaining('both asked for the emergency')]);
    await desk.api.post(`/v1/emergencies/${other}/end`, { reason: 'asked for by mistake' }, 'sam');
  });

  test('signed for its window, it leaves the run that it waits in for one outside of every window', async () => {
    const waiting = run;
    expect((await sign({ kind: 'window' })).status).toBe(200);
    const [override] = (await shown()).overrides;
    if (override === undefined) throw new Error('nothing was signed');
    const { signature, revokedBy: _b, revokedAt: _a, revokeReason: _r, ...rest } = override;
    const signed = { ...rest, emergencyId: id, patchId: 'KB5070884', category: 'web' };
    expect(desk.ports.digests.verify(overrideText(signed), signature)).toBe(true);
    expect(detail(await sign({ kind: 'window' }, 'both'))).toContain('riley has signed it already');
    expect((await attend()).moved).toBe(true);
    expect(await desk.inventory.runs.enrolments(waiting.runKey)).toEqual([]);
    run = await enrol();
    expect(run.runKey).toContain('/canary/emergency@');
    // Repeated after a crash it is the same run.
    expect(await enrol()).toEqual(run);
    expect((await attend()).moved).toBe(false);
    expect((await shown()).runs).toEqual([run.runKey]);
    const brief = await createMaintainActivities(ports).describeRun(run.runKey);
    expect(brief.notify).toEqual(['r', `emergency/${id}`]);
  });

  test('the freeze holds it until that freeze is signed for too', async () => {
    const row = { vmId: 'vm-1', vmName: 'web-prd-01', patchId: 'KB5070884', kb: '5070884', packages: [] };
    const rows = [{ ...row, wave: 1, position: 0 }];
    await desk.inventory.runs.plan(run.runKey, () => ({ waves: 1, rows, left: [] }));
    await database.pool.query('update run set opens_at = $1 where run_key = $2', [iso(-1), run.runKey]);
    expect(await gate()).toMatchObject({
      kind: 'closed',
      hopeless: false,
      reasons: [expect.stringContaining('year-end')],
    });
    expect(await admit('s1')).toMatchObject({ kind: 'refused' });
    await database.pool.query(`update manifest set state = 'planned', reason = null where run_key = $1`, [run.runKey]);
    expect((await sign({ kind: 'freeze', names: 'year-end' })).status).toBe(200);
    expect(await gate()).toEqual({ kind: 'open' });
    const events = await desk.inventory.events.events({ runKey: run.runKey });
    expect(events.map((event) => event.what)).toContain('KB5070884 for web: goes on by its emergency');
  });

  test('an override that was altered in the database opens nothing', async () => {
    const alter = (expires: number) =>
      database.pool.query('update signed_override set expires_at = $1 where kind = $2', [iso(expires), 'freeze']);
    const [{ expires_at: before }] = (
      await database.pool.query(`select expires_at from signed_override where kind = 'freeze'`)
    ).rows as [{ expires_at: Date }];
    await alter(5000);
    expect(await gate()).toMatchObject({ kind: 'closed' });
    await database.pool.query('update signed_override set expires_at = $1 where kind = $2', [before, 'freeze']);
    expect(await gate()).toEqual({ kind: 'open' });
  });

  test('a patch beside it that nobody has overridden is planned nowhere in the run, and keeps its gate closed', async () => {
    const row = { runKey: run.runKey, vmId: 'vm-1', vmName: 'web-prd-01', patchId: 'KB2', kb: '2' };
    await database.pool.query(
      `insert into manifest (run_key, vm_id, patch_id, vm_name, kb, packages, wave, position, state) values ($1, $2, $3, $4, $5, '[]', 1, 1, 'planned')`,
      [row.runKey, row.vmId, row.patchId, row.vmName, row.kb],
    );
    expect(await gate()).toMatchObject({ kind: 'closed', hopeless: true });
    await database.pool.query(`delete from manifest where run_key = $1 and patch_id = 'KB2'`, [run.runKey]);

    const stranger = {
      environment: 'production' as const,
      category: 'web',
      ring: 'canary',
      occurrence: 'emergency@1',
      planAt: iso(60),
      opensAt: iso(60),
      closesAt: iso(120),
    };
    await desk.inventory.runs.enrol(stranger, { ...canary, patchId: 'KB2', decisionId: null, vmIds: ['vm-1'] }, at);
    expect(await createMaintainActivities(ports).planRun(runKeyOf(stranger))).toMatchObject({ status: 'settled' });
    const [left] = await desk.inventory.runs.manifest({ runKey: runKeyOf(stranger) });
    expect(left).toMatchObject({ state: 'skipped', reason: 'window soon is not overridden for KB2' });
  });

  test('an override that is taken back closes gate and admission at once, and whoever signs anew opens them', async () => {
    expect((await sign({ kind: 'window' }, 'sam', 'overrides/revocation')).status).toBe(200);
    expect(await gate()).toMatchObject({ kind: 'closed', hopeless: true });
    expect(detail(await sign({ kind: 'window' }, 'sam', 'overrides/revocation'))).toContain('No override');
    expect((await sign({ kind: 'window' }, 'both')).status).toBe(200);
    expect(await gate()).toEqual({ kind: 'open' });
  });

  test('evidence is taken before it, as before any other installation', async () => {
    expect(await missingEvidence(ports, { runKey: run.runKey, vmId: 'vm-1' })).toBeNull();
    const cve = 'CVE-2025-59287';
    const kev = { cve, name: 'WSUS', addedOn: at.slice(0, 10), dueOn: at.slice(0, 10), ransomware: false };
    const ssvc = { cve, exploitation: 'active' as const, automatable: true, technicalImpact: 'total' as const, at };
    await desk.inventory.risks.save(
      { channel: 'kev', document: 'k', kev: [kev], epss: [], ssvc: [ssvc], cvss: [] },
      at,
    );
    expect(await missingEvidence(ports, { runKey: run.runKey, vmId: 'vm-1' })).toContain(
      'forensic evidence is missing',
    );
    const install = { sessionId: 's-unseen', runKey: run.runKey, vmId: 'vm-1', step: 'install' as const };
    expect(await createStepActivities(ports).performStep(install)).toMatchObject({ kind: 'failed', untouched: true });
  });

  test('admits the machine, and its review begins when the run has settled', async () => {
    expect(await admit('s2')).toMatchObject({ kind: 'admitted', patches: ['KB5070884'], evidenceFirst: true });
    expect((await shown()).reviewDueAt).toBeNull();
    await desk.inventory.runs.settleRun(run.runKey, 'completed', 'done', at);
    await attend();
    const { reviewDueAt, reviewOpenedAt, status } = await shown();
    expect(status).toBe('open');
    expect(Date.parse(reviewDueAt ?? '') - Date.parse(reviewOpenedAt ?? '')).toBe(24 * 3_600_000);
    expect(desk.told.map((one) => one.subject)).toContain('Emergency to be reviewed: KB5070884 for web');
  });

  test('is reviewed by nobody who had a hand in it, after its end', async () => {
    const review = (as: string) =>
      desk.api.post(`/v1/emergencies/${id}/review`, { outcome: 'rightly asked for, and well done' }, as);
    expect(detail(await review('riley'))).toContain('end it first');
    expect((await desk.api.post(`/v1/emergencies/${id}/end`, { reason: 'all of it is done' }, 'sam')).status).toBe(200);
    expect(detail(await review('sam'))).toContain('sam asked for it');
    expect(detail(await review('riley'))).toContain('riley signed for it');
    expect(detail(await review('both'))).toContain('both approved what was installed');
    const late = { ...ports, clock: { now: () => iso(26 * 60) } };
    const answer = await createEmergencyActivities(late).attendEmergency({ emergencyId: id });
    expect(answer.nextAt).not.toBeNull();
    expect(desk.told.at(-1)).toMatchObject({ urgency: 'page', subject: expect.stringContaining('OVERDUE') });
    expect((await createEmergencyActivities(ports).sweepEmergencies()).attended).toBe(2);
  });

  test('expires by itself, and then nothing of it counts', async () => {
    await approve('KB5070884');
    id = ((await ask()).body as EmergencyView).emergencyId;
    expect((await sign({ kind: 'window' })).status).toBe(200);
    const late = { ...ports, clock: { now: () => iso(200) } };
    expect(await createEmergencyActivities(late).attendEmergency({ emergencyId: id })).toMatchObject({
      status: 'ended',
    });
    expect(await shown()).toMatchObject({ status: 'ended', endedBy: 'Patchline', wanted: [{ signedBy: null }, {}] });
    expect((await enrol()).runKey).toContain('/canary/soon@');
  });
});
