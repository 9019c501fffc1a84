// Decisions that are taken back, over a real database: who may, what the rows do then, and what nobody may send (I1, I5, I6, I8, I9).

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createDecideActivities } from '../../../activities/decide.js';
import { createDeployActivities } from '../../../activities/deploy.js';
import { createMaintainActivities } from '../../../activities/maintain.js';
import type { Ports } from '../../../activities/ports.js';
import { createSessionActivities } from '../../../activities/session.js';
import { createStepActivities } from '../../../activities/steps.js';
import { createWithdrawActivities, type WithdrawalAnswer } from '../../../activities/withdraw.js';
import type { DecisionProofView } from '../../../api/contract/index.js';
import { canonical } from '../../../domain/canonical.js';
import { decisionDigestOf, withdrawalText, type SignedWithdrawal } from '../../../domain/withdrawal.js';
import type { SigningPort } from '../../../ports/signatures.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { openDesk, type Desk } from '../../support/desk.js';
import { minutesFrom, somePatch, someRequest, someVm } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

const at = new Date().toISOString();
const iso = (minutes: number) => minutesFrom(at, minutes);
const subscriptionId = '5e1d0c1a-0001-4000-8000-000000000001';
const reason = 'the vendor mails of crashes';
const vmIds = ['vm-1', 'vm-2', 'vm-3', 'vm-4'];
const twoVotes = `approvals:
  rules:
    - id: two
      categories: [app]
      steps: [{ name: board, who: { roles: [changeManager] }, quorum: 2 }]
`;

onEveryDatabase('a withdrawal', (start) => {
  let database: TestDatabase;
  let desk: Desk;
  let ports: Ports;
  let patchId: string;
  let asked = 0;

  beforeAll(async () => {
    database = await start();
    desk = await openDesk(database, (text) =>
      text.replace('approvals:\n', twoVotes).replaceAll('subsetAllowed: true', 'subsetAllowed: false'),
    );
    const vmNow = async () => ({ power: 'running', agentReady: true, busy: false });
    ports = { ...desk.ports, azure: { vmNow } } as unknown as Ports;
    const listed = vmIds.map((vmId) => {
      const vm = someVm({ vmId, name: `web-prd-${vmId}`, azureId: `/vms/${vmId}`, subscriptionId });
      const { guest: _g, assessment: _a, firstSeenAt: _f, goneAt: _e, joinedAt: _j, ...rest } = vm;
      return rest;
    });
    await desk.inventory.fleet.saveListed(listed, [subscriptionId], at);
  }, 60_000);

  afterAll(async () => {
    await desk.close();
    await database.close();
  });

  beforeEach(() => {
    asked += 1;
    patchId = `KB${asked}`;
  });

  const activities = () => createWithdrawActivities(ports);
  const detail = ({ body }: { body: unknown }) => (body as { detail: string }).detail;
  const newest = async (category = 'web') => {
    const request = await desk.inventory.decisions.request(patchId, category);
    if (request === null) throw new Error('nothing was asked');
    return request;
  };

  /** A request of two rings that waits. */
  async function ask(category = 'web', round = 1): Promise<string> {
    await desk.inventory.patches.savePatches([somePatch({ patchId, kb: patchId.slice(2) })], at);
    const rings = [
      { name: 'canary', vmIds: ['vm-1'], failureBudget: 0 },
      { name: 'early', vmIds: vmIds.slice(1), failureBudget: 0 },
    ];
    const subject = {
      ...someRequest().subject,
      patchId,
      category,
      vmIds,
      rings,
      testedSet: [patchId, `round ${round}`],
    };
    const digest = desk.ports.digests.sha256(canonical(subject));
    const times = { requestedAt: at, expiresAt: iso(600) };
    const requestId = `${patchId}/${category}/${round}`;
    await desk.inventory.decisions.openRequest(
      someRequest({ requestId, patchId, category, digest, subject, ...times }),
    );
    return digest;
  }

  async function decide(verdict: 'approve' | 'defer', as = 'riley', category = 'web'): Promise<void> {
    const { digest } = await newest(category);
    const deferUntil = verdict === 'defer' ? iso(600) : null;
    const body = { category, verdict, digest, justification: 'tested in staging', deferUntil };
    const answer = await desk.api.post(`/v1/patches/${patchId}/decisions`, body, as);
    expect(answer.body).toMatchObject({ accepted: true, reasons: [] });
  }

  async function approved(): Promise<string> {
    const digest = await ask();
    await decide('approve');
    return digest;
  }

  const withdraw = (as: string | undefined = 'riley', change: object = {}) =>
    desk.api.post(`/v1/patches/${patchId}/withdrawals`, { category: 'web', reason, ...change }, as);

  /** As the API would sign it, but for what is changed. */
  async function signed(change: Partial<SignedWithdrawal> = {}): Promise<SignedWithdrawal> {
    const [decision] = await desk.inventory.decisions.decisions({ patchId, accepted: true });
    if (decision === undefined) throw new Error('nothing was decided');
    const { signature, ...unsigned }: SignedWithdrawal = {
      withdrawalId: `w-${patchId}`,
      patchId,
      category: 'web',
      decisionId: decision.decisionId,
      decisionDigest: decisionDigestOf(decision, (text) => ports.digests.sha256(text)),
      by: 'riley',
      reason,
      at: new Date().toISOString(),
      signedInBy: 'token',
      signature: '',
      ...change,
    };
    const signing = ports.digests as unknown as SigningPort;
    return { ...unsigned, signature: signature === '' ? signing.sign(withdrawalText(unsigned)) : signature };
  }

  const send = (received: unknown): Promise<WithdrawalAnswer> =>
    activities().recordWithdrawal({ received, patchId, category: 'web' });
  const enrol = (digest: string, ring: string) =>
    createDeployActivities(ports).enrolRing({
      patchId,
      category: 'web',
      ring,
      digest,
      vmIds: null,
      notifyWorkflowId: 'r',
    });

  /** The ring’s machines in a run that is planned and open now, each with the patch and another one. */
  async function planned(digest: string, ring: string, machines: string[], beside: string): Promise<string> {
    const enrolled = await enrol(digest, ring);
    if ('refused' in enrolled) throw new Error(enrolled.refused);
    const { runKey } = enrolled;
    const rows = machines.flatMap((vmId, position) =>
      [patchId, beside].map((one) => {
        return { vmId, vmName: vmId, patchId: one, kb: one.slice(2), packages: [], wave: 1, position };
      }),
    );
    await desk.inventory.runs.plan(runKey, () => ({ waves: 1, rows, left: [] }));
    await database.pool.query('update run set opens_at = $1, closes_at = $2 where run_key = $3', [
      iso(-1),
      iso(600),
      runKey,
    ]);
    return runKey;
  }

  const states = async (runKey: string) =>
    (await desk.inventory.runs.manifest({ runKey })).map((row) => `${row.vmId} ${row.patchId} ${row.state}`);

  test('is refused with what to do, and takes nothing back', async () => {
    await ask();
    expect((await withdraw()).status).toBe(409);
    expect(detail(await withdraw())).toContain('you have given none');
    await decide('approve');
    expect((await desk.api.post(`/v1/patches/${patchId}/withdrawals`, { category: 'web', reason })).status).toBe(401);
    expect((await withdraw('kim')).status).toBe(403);
    expect(detail(await withdraw('riley', { reason: '      ' }))).toContain('a reason of at least 10');
    expect((await withdraw('riley', { reason: 'x'.repeat(15_000) })).status).toBe(400);
    expect((await withdraw('riley', { reason: 'x'.repeat(1_000_000) })).status).toBe(413);
    expect((await withdraw('riley', { everything: true })).status).toBe(400);
    expect(detail(await withdraw('riley', { decisionId: 'another' }))).toContain('stands now');
    expect((await desk.api.post('/v1/patches/KB999/withdrawals', { category: 'web', reason }, 'riley')).status).toBe(
      404,
    );
    expect(detail(await withdraw('riley', { category: 'infra' }))).toContain('No decision');
    expect((await withdraw('sam')).body).toMatchObject({
      accepted: false,
      reasons: [expect.stringContaining('sam lacks the role changeManager')],
    });
    expect(await desk.inventory.decisions.approval(patchId, 'web')).not.toBeNull();
  });

  test('straight to the engine counts only as the API signed it; forged it is refused, noted and alarmed', async () => {
    await approved();
    const good = await signed();
    const replyTo = async (received: unknown) => {
      const before = desk.told.filter((one) => one.kind === 'alarm').length;
      const { accepted, reasons } = await send(received);
      const alarmed = desk.told.filter((one) => one.kind === 'alarm').length > before;
      return [accepted, alarmed, reasons.join('; ')];
    };
    expect(await replyTo({ withdraw: true })).toEqual([false, true, 'the message is not a withdrawal']);
    expect(await replyTo({ tooLong: 1_500_000, begins: '{"withdrawalId"' })).toMatchObject([
      false,
      true,
      expect.any(String),
    ]);
    expect(await replyTo({ ...good, withdrawalId: 'x'.repeat(5000) })).toMatchObject([false, true, expect.any(String)]);
    expect(await replyTo({ ...good, by: 'riley\u0000' })).toMatchObject([false, true, expect.any(String)]);
    expect(await replyTo({ ...good, category: 'app' })).toMatchObject([false, true, expect.any(String)]);
    expect(await replyTo({ ...good, withdrawalId: 'w1', signature: 'Zm9yZ2Vk' })).toMatchObject([
      false,
      true,
      expect.stringContaining('not signed by the API'),
    ]);
    expect(await replyTo({ ...good, withdrawalId: 'w2', reason: 'another one of no worth' })).toMatchObject([
      false,
      true,
      expect.any(String),
    ]);
    const old = await signed({ withdrawalId: 'w3', at: iso(-60) });
    expect(await replyTo(old)).toMatchObject([false, false, expect.stringContaining('it was signed at')]);
    const other = await signed({ withdrawalId: 'w4', decisionDigest: 'f'.repeat(64) });
    expect(await replyTo(other)).toMatchObject([false, false, 'it was signed for another decision']);
    const none = await signed({ withdrawalId: 'w5', decisionId: 'none' });
    expect(await replyTo(none)).toMatchObject([false, false, expect.stringContaining('does not stand')]);
    const requester = await signed({ withdrawalId: 'w6', by: 'kim' });
    expect(await replyTo(requester)).toMatchObject([false, false, expect.stringContaining('kim')]);
    expect(await replyTo(await signed({ withdrawalId: 'w7', by: 'mallory' }))).toMatchObject([
      false,
      false,
      expect.any(String),
    ]);
    expect(await desk.inventory.decisions.approval(patchId, 'web')).not.toBeNull();
    const events = await desk.inventory.events.events({ patchId, newest: true, limit: 50 });
    expect(events.map((event) => event.what)).toEqual(
      expect.arrayContaining([
        'refused: the message is not a withdrawal',
        `refused: a withdrawal for another rollout came to ${patchId}, web`,
        `refused: the decision on ${patchId} for web is withdrawn`,
      ]),
    );
    expect(await replyTo(good)).toEqual([true, false, '']);
  });

  test('after the end of its rollout it is refused with what to do instead, and nothing is recorded', async () => {
    await approved();
    desk.over.add(patchId);
    const answer = await withdraw();
    desk.over.clear();
    expect(answer.status).toBe(409);
    expect(detail(answer)).toContain('machines that have it keep it');
    expect(detail(answer)).toContain(`patchline waiver grant ${patchId} --category web`);
    expect(await desk.inventory.withdrawals.withdrawals({ patchId, accepted: true })).toEqual([]);
    expect(await desk.inventory.decisions.approval(patchId, 'web')).not.toBeNull();
  });

  test('before its ring is planned, nothing of it is left, and nothing more can be enrolled, planned or opened by it', async () => {
    const digest = await approved();
    const enrolled = await enrol(digest, 'canary');
    if ('refused' in enrolled) throw new Error(enrolled.refused);
    const { body } = await withdraw();
    expect(body).toMatchObject({
      accepted: true,
      kind: 'approval',
      machines: { all: 4, had: 0, underWay: 0, spared: 4 },
      line: '0 machines had it already, 4 will not get it',
    });
    expect(await desk.inventory.runs.enrolments(enrolled.runKey)).toEqual([]);
    expect((await newest()).status).toBe('withdrawn');
    expect(await desk.inventory.decisions.approval(patchId, 'web')).toBeNull();
    expect(await enrol(digest, 'canary')).toEqual({
      refused: 'withdrawn',
      reasons: [`withdrawn by riley: ${reason}; 0 machines had it already, 4 will not get it`],
    });
    // Whoever had read the approval a moment before, and enrols now, is refused by the plan.
    const stale = { patchId, category: 'web', digest, decisionId: null, vmIds: ['vm-1'], notifyWorkflowId: 'r' };
    const run = { environment: 'production' as const, category: 'web', ring: 'canary', occurrence: `late@${asked}` };
    const late = await desk.inventory.runs.enrol(
      { ...run, planAt: iso(60), opensAt: iso(60), closesAt: iso(90) },
      stale,
      at,
    );
    expect(await createMaintainActivities(ports).planRun(late.run.runKey)).toMatchObject({ status: 'settled' });
    expect(await createDecideActivities(ports).approvedRings({ patchId, category: 'web', digest })).toEqual([
      'canary',
      'early',
    ]);
    expect((await desk.inventory.changes.changes({ patchId }))[0]).toMatchObject({
      state: 'cancelled',
      outcome: expect.stringContaining(`withdrawn by riley: ${reason}`),
    });
    const told = desk.told.filter((one) => one.kind === 'approvalWithdrawn' && one.patchId === patchId);
    expect(told).toMatchObject([{ subject: `Withdrawn: the approval of ${patchId} for web` }]);
    expect(told[0]?.to).toContain('riley@patchline.example');
    expect(detail(await withdraw())).toContain('its newest request is withdrawn');
  });

  test('of a ring that runs: who has it keeps it, who installs finishes, nobody else begins, and the others of the run go on', async () => {
    const beside = `KB9${asked}`;
    const digest = await approved();
    const runKey = await planned(digest, 'early', ['vm-2', 'vm-3', 'vm-4'], beside);
    await desk.inventory.runs.setManifestState(runKey, 'vm-2', [
      { patchId, state: 'installed', reason: null },
      { patchId: beside, state: 'installed', reason: null },
    ]);
    const begin = (vmId: string) => desk.inventory.runs.beginInstalling(runKey, vmId);
    expect((await begin('vm-3')).map((row) => row.state)).toEqual(['installing', 'installing']);
    // Admitted, and not begun: it waits for its restore point.
    const session = { sessionId: `${runKey}#vm-4`, runKey, vmId: 'vm-4', vmName: 'vm-4', startedAt: at };
    await desk.inventory.sessions.admit(session, () => ({ admitted: true }));
    expect((await withdraw()).body).toMatchObject({
      machines: { all: 4, had: 1, underWay: 1, spared: 2 },
      line: '1 machine had it already, 1 machine is installing it and finish or unwind, 2 will not get it',
    });
    // What was tested as a set goes as a set: the other patch of that machine comes in its next run.
    expect(await states(runKey)).toEqual([
      `vm-2 ${patchId} installed`,
      `vm-2 ${beside} installed`,
      `vm-3 ${patchId} installing`,
      `vm-3 ${beside} installing`,
      `vm-4 ${patchId} revoked`,
      `vm-4 ${beside} revoked`,
    ]);
    expect(await begin('vm-4')).toEqual([]);
    const step = { sessionId: session.sessionId, runKey, vmId: 'vm-4', step: 'install' as const };
    expect(await createStepActivities(ports).performStep(step)).toMatchObject({ kind: 'failed', untouched: true });
    const another = { sessionId: 's-another', runKey, vmId: 'vm-4', vmName: 'vm-4' };
    await desk.inventory.sessions.settle(session.sessionId, 'refused', 'nothing was installed', [], at);
    expect(await createSessionActivities(ports).admitSession(another)).toMatchObject({
      kind: 'refused',
      reasons: ['nothing is due any more'],
    });
    expect(await createDeployActivities(ports).stillEnrolled({ runKey, patchId })).toBe(true);
  });

  test('leaves a run’s gate open for what is not withdrawn', async () => {
    const digest = await approved();
    const runKey = await planned(digest, 'canary', ['vm-1'], `KB8${asked}`);
    await database.pool.query(`delete from manifest where run_key = $1 and patch_id <> $2`, [runKey, patchId]);
    const gate = () => createMaintainActivities(ports).checkWave({ runKey, wave: 1 });
    expect(await gate()).toEqual({ kind: 'open' });
    await withdraw();
    expect(await states(runKey)).toEqual([`vm-1 ${patchId} revoked`]);
    expect(await gate()).toEqual({ kind: 'open' });
    // Had a row been missed, the gate would be closed: nothing is approved.
    await database.pool.query(`update manifest set state = 'planned' where run_key = $1`, [runKey]);
    expect(await gate()).toMatchObject({ kind: 'closed', reasons: [`${patchId} has no decision`] });
  });

  test('happens once: of two at the same second one counts, and neither a second time for what is asked later', async () => {
    await approved();
    const [first, second] = [
      await signed({ withdrawalId: 'first' }),
      await signed({ withdrawalId: 'second', by: 'both' }),
    ];
    const answers = await Promise.all([first, second].map(send));
    expect(answers.filter((one) => one.accepted)).toHaveLength(1);
    expect(answers.flatMap((one) => one.reasons)).toEqual(['the decision was withdrawn already']);
    const taken = answers[0]?.accepted === true ? first : second;
    // Repeated by the engine it is the same answer.
    expect(await send(taken)).toMatchObject({ accepted: true, machines: { spared: 4 } });
    await ask('web', 2);
    await decide('approve');
    expect(await send(taken)).toMatchObject({ accepted: false });
    expect(desk.told.at(-1)).toMatchObject({
      kind: 'alarm',
      lines: expect.arrayContaining([expect.stringContaining('a second time')]),
    });
    expect(await desk.inventory.decisions.approval(patchId, 'web')).not.toBeNull();
  });

  test('of a deferral has it asked again; a later approval is a new word', async () => {
    await ask();
    await decide('defer');
    expect((await withdraw()).body).toMatchObject({
      kind: 'deferral',
      machines: null,
      line: 'a decision is asked for again',
    });
    expect((await newest()).status).toBe('withdrawn');
    await ask('web', 2);
    await decide('approve');
    expect(await desk.inventory.decisions.approval(patchId, 'web')).not.toBeNull();
  });

  test('of one of several approvals is its giver’s, before there are enough of them; it may be given anew', async () => {
    await ask('app');
    await decide('approve', 'riley', 'app');
    expect(detail(await withdraw('both', { category: 'app' }))).toContain('you have given none');
    const [vote] = await desk.inventory.decisions.decisions({ patchId, accepted: true });
    const others = await signed({ category: 'app', by: 'both', withdrawalId: 'others' });
    expect(await activities().recordWithdrawal({ received: others, patchId, category: 'app' })).toMatchObject({
      accepted: false,
      reasons: [expect.stringContaining('whoever gave it, riley')],
    });
    expect((await withdraw('riley', { category: 'app', decisionId: vote?.decisionId ?? '' })).body).toMatchObject({
      kind: 'vote',
      line: 'the approval counts no longer',
    });
    expect((await newest('app')).status).toBe('waiting');
    await decide('approve', 'both', 'app');
    // Two were given, one was taken back: one is missing.
    expect(await desk.inventory.decisions.approval(patchId, 'app')).toBeNull();
    await decide('approve', 'riley', 'app');
    expect(await desk.inventory.decisions.approval(patchId, 'app')).not.toBeNull();
  });

  test('by somebody who has lost the role is refused', async () => {
    await approved();
    const without: Ports = {
      ...ports,
      policy: {
        ...ports.policy,
        current: () => ports.policy.current(),
        people: async () => [{ name: 'riley', mail: 'r@x', roles: ['sre'] }],
      },
    };
    const answer = await createWithdrawActivities(without).recordWithdrawal({
      received: await signed(),
      patchId,
      category: 'web',
    });
    expect(answer).toMatchObject({ accepted: false, reasons: ['riley lacks the role changeManager'] });
  });

  test('is proved with the decision that it took back, and a change of it is found out', async () => {
    await approved();
    await withdraw('both');
    const proofs = async () =>
      (await desk.api.get(`/v1/patches/${patchId}/decisions?category=web`, 'kim')).body as DecisionProofView[];
    const [proof] = await proofs();
    const { withdrawalId } = (await desk.inventory.withdrawals.withdrawals({ patchId }))[0] ?? {};
    expect(proof).toMatchObject({
      status: 'withdrawn',
      votes: [{ by: 'riley', withdrawalId, signatureHolds: true }],
      withdrawals: [
        {
          by: 'both',
          reason,
          kind: 'approval',
          signatureHolds: true,
          claims: { name: 'both' },
          machines: { spared: 4 },
        },
      ],
    });
    await database.pool.query(`update withdrawal set reason = 'another one' where patch_id = $1`, [patchId]);
    expect((await proofs())[0]?.withdrawals[0]?.signatureHolds).toBe(false);
  });
});
