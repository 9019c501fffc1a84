// The audit log in the database: it grows with every change, in the same transaction, and nobody can write it otherwise (I8).

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openInventory } from '../../../adapters/postgres/openInventory.js';
import { digests } from '../../../adapters/signatures/ed25519.js';
import { acting } from '../../../composition/acting.js';
import { verifyLog } from '../../../api/auditVerification.js';
import type { Inventory } from '../../../ports/inventory.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { windowObstacle } from '../../../domain/override.js';
import { minutesFrom, now, someEmergency, somePatch, someJudged, someRequest, someVm } from '../../support/facts.js';
import { someImpact } from '../../support/impacts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

onEveryDatabase('the audit log', (start) => {
  let database: TestDatabase;
  let inventory: Inventory;

  beforeAll(async () => {
    database = await start();
    inventory = await openInventory(database.pool, acting);
  }, 60_000);

  afterAll(() => database.close());

  /** What was told while `change` was made. */
  async function told(change: () => Promise<unknown>): Promise<string[]> {
    const before = (await inventory.events.head())?.seq ?? 0;
    await acting.as('kim', change);
    const events = await inventory.events.events({ after: before });
    return events.map((event) => `${event.who}: ${event.what}`);
  }

  test('tells every change of state once, by whoever acts', async () => {
    const {
      fleet,
      patches,
      tests,
      stageTests,
      decisions,
      decisionBundles,
      impacts,
      runs,
      sessions,
      stops,
      emergencies,
    } = inventory;
    const run = {
      environment: 'production' as const,
      category: 'web',
      ring: 'canary',
      occurrence: 'soon@1',
      planAt: minutesFrom(now, 10),
      opensAt: minutesFrom(now, 20),
      closesAt: minutesFrom(now, 120),
    };
    const runKey = 'maintenance/production/web/canary/soon@1';
    const entry = {
      patchId: 'KB5070884',
      category: 'web',
      digest: 'd'.repeat(64),
      decisionId: 'd1',
      vmIds: ['vm-1'],
      notifyWorkflowId: 'rollout/KB5070884/web',
    };
    const row = {
      vmId: 'vm-1',
      vmName: 'web-prd-01',
      patchId: 'KB5070884',
      kb: '5070884',
      packages: [],
      wave: 1,
      position: 0,
    };
    const session = { sessionId: `${runKey}#vm-1`, runKey, vmId: 'vm-1', vmName: 'web-prd-01', startedAt: now };
    const decision = {
      decisionId: 'd1',
      patchId: 'KB1',
      category: 'web',
      verdict: 'approve' as const,
      justification: 'tested in staging',
      deferUntil: null,
      digest: 'd'.repeat(64),
      by: 'riley',
      at: now,
      signature: 's',
    };
    const { decisionId: _id, patchId: _patchId, ...signed } = decision;
    const entries = [{ requestId: 'KB1/web/first/1', patchId: 'KB1', ...signed }].map(
      ({ requestId, patchId, digest, verdict, justification, deferUntil }) => ({
        requestId,
        patchId,
        digest,
        verdict,
        justification,
        deferUntil,
      }),
    );
    const bundle = { ...signed, bundleId: 'b1', entries, orderDigest: 'o' };
    const result = {
      runKey,
      patchId: 'KB5070884',
      category: 'web',
      testedSet: ['KB5070884'],
      verdict: 'passed' as const,
      reasons: [],
      vmIds: ['vm-1'],
      downtimeMinutes: 4,
      reboots: 1,
      at: now,
    };
    const impact = {
      patchId: 'KB1',
      category: 'web',
      downtimeMinutes: 4,
      reboots: 1,
      vmIds: ['vm-1'],
      services: [],
      order: [],
      at: now,
    };
    const {
      emergencyId,
      patchId: _id1,
      category,
      requestedBy,
      requestedAt,
      expiresAt,
      wanted,
      soakSeconds,
      reason,
    } = someEmergency();
    const opened = {
      emergencyId,
      patchId: 'KB1',
      category,
      requestedBy,
      requestedAt,
      expiresAt,
      wanted,
      soakSeconds,
      reason,
    };
    const override = {
      ...windowObstacle('soon'),
      overrideId: 'o1',
      emergencyId,
      patchId: 'KB1',
      category,
      reason: 'exploited',
      by: 'riley',
      at: now,
      expiresAt,
      signature: 's',
    };
    const words = { downtimeMinutes: 30, note: null, reason: 'it was slow before', by: 'lee', at: now };
    const edit = { editId: 'e1', patchId: 'KB1', category: 'web', vmId: null, vmName: null, ...words };
    const { guest: _guest, assessment: _assessment, firstSeenAt: _first, goneAt: _goneAt, ...listed } = someVm();
    const steps: [() => Promise<unknown>, string[]][] = [
      [() => fleet.saveListed([listed], ['s'], now), ['kim: web-prd-01 is found']],
      [
        () => fleet.saveListed([{ ...listed, category: 'app', tags: { owner: 'lee' } }], ['s'], now),
        ['kim: web-prd-01 changed: category, tags'],
      ],
      [() => fleet.saveListed([], ['s'], now), ['kim: web-prd-01 is gone']],
      [() => fleet.saveListed([listed], ['s'], now), ['kim: web-prd-01 is listed again']],
      [() => patches.savePatches([somePatch()], now), ['kim: KB5070884 became known']],
      [() => patches.savePatches([somePatch({ severity: 'important' })], now), ['kim: KB5070884 revised']],
      [() => patches.setStage('KB5070884', 'inTest', 'web'), ['kim: KB5070884: inTest']],
      [() => tests.saveTestResult(result), ['kim: KB5070884 for web: test passed']],
      [
        () =>
          stageTests.keep(
            runKey,
            [{ vmId: 'vm-1', item: 'facts after', text: '{}', characters: 2, cut: false, sha256: 'a'.repeat(64) }],
            now,
          ),
        ['kim: evidence of a test is kept: facts after'],
      ],
      [() => decisions.saveImpact(impact), ['kim: impact of KB1 for web recorded']],
      [() => impacts.save(someImpact()), ['kim: the impact of KB1 for web was computed']],
      [() => decisions.openRequest(someRequest()), ['kim: a decision on KB1 for web is asked for']],
      [() => decisions.recordDecision(decision, () => someJudged(), now), ['riley: approve KB1 for web']],
      [() => decisionBundles.sign(bundle), ['riley: one decision on 1 requests of web signed: approve']],
      [() => runs.enrol(run, entry, now), ['kim: KB5070884 enrolled: 1 machines']],
      [() => runs.plan(runKey, () => ({ waves: 1, rows: [row], left: [] })), ['kim: 1 waves planned']],
      [() => runs.setControl(runKey, 'paused', 'sam', 'wait'), [`sam: ${runKey}: paused`]],
      [() => sessions.admit(session, () => ({ admitted: true })), ['kim: web-prd-01: session begins']],
      [
        () =>
          sessions.settle(
            session.sessionId,
            'rolledBack',
            'sick',
            [{ patchId: 'KB5070884', state: 'rolledBack', reason: 'sick' }],
            now,
          ),
        ['kim: web-prd-01: rolledBack'],
      ],
      [() => runs.settleRun(runKey, 'completed', 'done', now), ['kim: settled: completed']],
      [() => emergencies.open(opened), ['sam: KB1 for web: an emergency was asked for']],
      [() => emergencies.sign(override, () => []), ['riley: KB1 for web: window soon is overridden']],
      [() => emergencies.use('e1', runKey, 'enrolled', now), ['kim: KB1 for web: goes on by its emergency']],
      [
        () => emergencies.openReview('e1', { at: now, reviewDueAt: minutesFrom(now, 60), reason: 'settled' }),
        [`kim: KB1 for web: its emergency is to be reviewed until ${minutesFrom(now, 60)}`],
      ],
      [
        () => emergencies.revoke('e1', windowObstacle('soon'), { by: 'riley', reason: 'over', at: now }),
        ['riley: KB1 for web: the override of window soon was taken back'],
      ],
      [
        () => emergencies.end('e1', { by: 'sam', reason: 'done', at: now, reviewDueAt: now }),
        ['sam: KB1 for web: the emergency has ended'],
      ],
      [() => impacts.edit(edit), ['lee: the impact of KB1 for web was edited']],
      [() => stops.stopAll('sam', 'storm', now), ['sam: everything is stopped']],
      [() => stops.liftStop('sam', 'over', now), ['sam: the stop is lifted']],
    ];
    for (const [change, expected] of steps) {
      expect(await told(change)).toEqual(expected);
      // Told again, e.g. by an activity that is repeated after a crash, nothing has changed.
      const isTold = ['changed', 'impact', 'stopped', 'overridden'].some((word) => expected[0]?.includes(word));
      if (!isTold) expect(await told(change)).toEqual([]);
    }
  });

  test('keeps what was before and after', async () => {
    const events = await inventory.events.events({ vmId: 'vm-1' });
    const changed = events.find((event) => event.what.includes('changed'));
    expect(changed).toMatchObject({
      before: { category: 'web', tags: {} },
      after: { category: 'app', tags: { owner: 'lee' } },
    });
  });

  test('takes any text from outside', async () => {
    const why = 'nul \u0000, quote ", back \\ slash, <b>, =1+1, \ud800 alone, "seq": 7';
    await inventory.events.append({ key: 'odd', what: 'odd', why });
    await inventory.events.append({ key: 'odd', what: 'odd', why: 'the same key again' });
    const odd = (await inventory.events.events({})).filter((event) => event.key === 'odd');
    expect(odd).toHaveLength(1);
    expect(odd[0]?.why).toContain('"seq": 7');
    expect((await verifyLog(inventory.events, digests, [])).findings).toEqual([]);
  });

  test('stays a chain when many write at once', async () => {
    const before = (await inventory.events.head())?.seq ?? 0;
    await Promise.all(
      Array.from({ length: 200 }, (_, n) => inventory.events.append({ key: `many-${n}`, what: 'many', why: '' })),
    );
    const report = await verifyLog(inventory.events, digests, []);
    expect(report).toMatchObject({ findings: [], last: { seq: before + 200 } });
  });

  test.each([
    ["insert into event (seq, body, hash) values (9999, '{}', 'x')"],
    ["update event set hash = 'x' where seq = 1"],
    ['delete from event where seq = 1'],
    ['truncate event'],
    ["update event_head set hash = 'x'"],
    ['alter table event disable trigger event_stays'],
  ])('the service may not: %s', async (statement) => {
    await expect(database.pool.query(statement)).rejects.toThrow(/permission denied|must be owner/);
  });

  test('its owner is stopped by the trigger, and found out behind its back', async () => {
    const head = await inventory.events.head();
    const client = await database.pool.connect();
    try {
      await client.query('reset role');
      await expect(client.query('delete from event where seq = 3')).rejects.toThrow('only ever added to');
      await client.query('alter table event disable trigger event_stays');
      await client.query(`update event set body = replace(body, 'web', 'app') where seq = 2`);
      await client.query('delete from event where seq = 5');
    } finally {
      await client.query('set role patchline_service');
      client.release();
    }
    const report = await verifyLog(inventory.events, digests, []);
    expect(report.findings.map(({ kind, seq }) => `${kind} ${seq}`)).toEqual(['changed 2', 'dropped 5']);
    expect(report.last).toEqual(head);
  });
});
