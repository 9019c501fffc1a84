// Approval by rule over the real database: recorded as what it is, standing only while its rule would approve, never by a message.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DecisionProofView } from '../../../api/contract/decisions.js';
import { approveByRule, standingApproval, standingOrWhy } from '../../../activities/automatic.js';
import { createDecideActivities } from '../../../activities/decide.js';
import { canonical } from '../../../domain/canonical.js';
import type { DecisionRequest } from '../../../ports/decisions.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { openDesk, type Desk } from '../../support/desk.js';
import { minutesFrom, somePatch, someRequest, someVm } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

const rules = `  automatic:
    rules:
      - { id: quiet, categories: [web], classifications: [security], kinds: [cumulative], severityAtMost: moderate, releasedHoursMin: 72 }
    neverPatches: [KB3]
`;
const withRules = (policy: string) => policy.replace('  delegation: { daysMax: 31 }\n', (line) => `${line}${rules}`);

onEveryDatabase('approval by rule', (start) => {
  let database: TestDatabase;
  let desk: Desk;

  beforeAll(async () => {
    database = await start();
    desk = await openDesk(database, withRules);
  }, 60_000);

  afterAll(async () => {
    await desk.close();
    await database.close();
  });

  async function ask(patchId: string, round = 1): Promise<DecisionRequest> {
    const at = new Date().toISOString();
    const { subject: base } = someRequest();
    const subject = {
      ...base,
      patchId,
      testedSet: [patchId],
      unwind: 'ask' as const,
      knownIssues: [],
      successor: null,
      equivalence: { threshold: 0.8, groups: [], without: [] },
      impact: {
        ...base.impact,
        orderProblems: [],
        rollback: { way: 'ask', minutes: { kind: 'unknown' as const }, impossible: null },
      },
    };
    const patch = somePatch({
      patchId,
      severity: 'moderate',
      released: minutesFrom(at, -80 * 60),
      kb: patchId.slice(2),
    });
    await desk.inventory.patches.savePatches([patch], at);
    await desk.inventory.tests.saveTestResult({
      runKey: subject.testRunKey,
      patchId,
      category: 'web',
      testedSet: [patchId],
      verdict: 'passed',
      reasons: [],
      vmIds: ['vm-9'],
      downtimeMinutes: 5,
      reboots: 1,
      at,
    });
    const digest = desk.ports.digests.sha256(canonical(subject));
    const times = { requestedAt: at, expiresAt: minutesFrom(at, 60) };
    return desk.inventory.decisions.openRequest(
      someRequest({ requestId: `${patchId}/web/${round}`, patchId, subject, digest, ...times }),
    );
  }

  test('is recorded without a person or a signature, shown as such, and stands until something speaks against it', async () => {
    const request = await ask('KB1');
    const recorded = await approveByRule(desk.ports, request);
    expect(recorded).toMatchObject({ by: 'rule quiet of policy 1', signature: '', complete: true, claims: null });
    // Asked again by a retry it is the same.
    expect(await approveByRule(desk.ports, request)).toMatchObject({ decisionId: recorded?.decisionId });
    expect((await standingApproval(desk.ports, 'KB1', 'web'))?.decision.by).toBe('rule quiet of policy 1');
    const [proof] = (await desk.api.get('/v1/patches/KB1/decisions', 'sam')).body as DecisionProofView[];
    expect(proof?.votes).toEqual([
      expect.objectContaining({
        by: 'rule quiet of policy 1',
        signatureHolds: true,
        byRule: expect.objectContaining({ policySeq: 1, rule: expect.objectContaining({ id: 'quiet' }) }),
      }),
    ]);

    await database.pool.query(
      `update decision set by_rule = jsonb_set(by_rule, '{facts,tests}', '[]') where patch_id = 'KB1'`,
    );
    expect((await standingOrWhy(desk.ports, 'KB1', 'web')).problems.join()).toContain('did not approve it');
    const [after] = (await desk.api.get('/v1/patches/KB1/decisions', 'sam')).body as DecisionProofView[];
    expect(after?.votes[0]?.signatureHolds).toBe(false);
  });

  test('stands no longer once the patch turns out to be severe', async () => {
    await approveByRule(desk.ports, await ask('KB2'));
    expect(await standingApproval(desk.ports, 'KB2', 'web')).not.toBeNull();
    const at = new Date().toISOString();
    const severe = somePatch({ patchId: 'KB2', kb: '2', severity: 'critical', released: minutesFrom(at, -80 * 60) });
    await desk.inventory.patches.savePatches([severe], at);
    expect((await standingOrWhy(desk.ports, 'KB2', 'web')).problems.join()).toContain('more severe than moderate');
  });

  test('lets a machine have its patch again while it stands, and no longer', async () => {
    const at = new Date().toISOString();
    const {
      guest: _guest,
      assessment: _assessment,
      firstSeenAt: _first,
      goneAt: _gone,
      ...vm
    } = someVm({ seenAt: at });
    await desk.inventory.fleet.saveListed([vm], [vm.subscriptionId], at);
    const guest = { osVersion: '10.0.20348.4171', installedKbs: [], pendingReboot: false, services: [], software: [] };
    await desk.inventory.fleet.saveGuestFacts(vm.vmId, { ...guest, seenAt: at });
    await desk.inventory.guests.saveInventory(
      vm.vmId,
      { software: [], updates: [], administrators: [], linux: null },
      at,
    );
    await approveByRule(desk.ports, await ask('KB7'));
    const content = {
      systems: {},
      software: [],
      forbiddenSoftware: [],
      requiredPatches: [{ patchId: 'KB7', system: null }],
      forbiddenPatches: [],
    };
    const { baselines } = desk.inventory;
    await baselines.draft({ name: 'web', category: 'web', content, author: 'riley', reason: 'KB7 belongs there', at });
    for (const to of ['tested', 'approved'] as const)
      await baselines.advance('web', 1, to, { by: 'both', reason: 'looked', at });
    const wanted = () =>
      desk.api.post(`/v1/vms/${vm.name}/restorations`, { way: 'reinstall', reason: 'somebody removed it' }, 'kim');
    const asked = await wanted();
    expect(asked.body).toMatchObject({ subject: { way: { kind: 'reinstall', patches: [{ patchId: 'KB7' }] } } });
    await database.pool.query(`update restoration set status = 'rejected'`);
    const severe = somePatch({ patchId: 'KB7', kb: '7', severity: 'critical', released: minutesFrom(at, -80 * 60) });
    await desk.inventory.patches.savePatches([severe], at);
    expect(await wanted()).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('nothing can be installed again') },
    });
  });

  test('is never given to what policy names, nor after somebody has spoken, nor by a message', async () => {
    const named = await ask('KB3');
    expect(await approveByRule(desk.ports, named)).toBeNull();
    expect(await desk.inventory.decisions.decisions({ patchId: 'KB3' })).toEqual([]);

    const request = await ask('KB4');
    const body = { category: 'web', digest: request.digest, deferUntil: null, justification: 'not this one, please' };
    await desk.api.post('/v1/patches/KB4/decisions', { ...body, verdict: 'reject' }, 'riley');
    expect(await approveByRule(desk.ports, request)).toBeNull();
    expect(await standingApproval(desk.ports, 'KB4', 'web')).toBeNull();
    // Asked anew, what somebody refused is theirs to decide.
    expect(await approveByRule(desk.ports, await ask('KB4', 2))).toBeNull();

    const other = await ask('KB5');
    const taken = await approveByRule(desk.ports, await ask('KB6'));
    const deciding = createDecideActivities(desk.ports);
    const forged = { ...taken, decisionId: 'forged', patchId: 'KB5', digest: other.digest, signature: 'x' };
    const answer = await deciding.recordDecision({ received: forged, patchId: 'KB5', category: 'web' });
    expect([answer.accepted, answer.reasons.join()]).toEqual([false, expect.stringContaining('not signed')]);
    const [word] = await desk.inventory.decisions.decisions({ patchId: 'KB5' });
    expect(word?.byRule).toBeNull();
    expect(await standingApproval(desk.ports, 'KB5', 'web')).toBeNull();
  });
});
