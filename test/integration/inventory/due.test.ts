// Deadlines in the inventory: only what differs is written, moves and alarms reach the people concerned once, and a year of CISA's catalogue
// moves exactly the patches whose CVEs were added (I5, I8).

import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createAlarmActivities } from '../../../activities/alarms.js';
import type { Ports } from '../../../activities/ports.js';
import { createUrgencyActivities } from '../../../activities/urgency.js';
import { parseCvrf } from '../../../adapters/channels/msrc/parseCvrf.js';
import { parseKev } from '../../../adapters/channels/risk/kev.js';
import { parsePolicy } from '../../../adapters/policy/loadPolicy.js';
import { createWindows } from '../../../adapters/policy/windows.js';
import { openInventory } from '../../../adapters/postgres/openInventory.js';
import { digests } from '../../../adapters/signatures/ed25519.js';
import { acting } from '../../../composition/acting.js';
import { dueChanges, type Due } from '../../../domain/due.js';
import { normaliseCvrf } from '../../../domain/msrc.js';
import type { Policy } from '../../../domain/policy.js';
import type { Vm } from '../../../domain/vm.js';
import type { Inventory } from '../../../ports/inventory.js';
import type { Notice } from '../../../ports/notices.js';
import { onEveryDatabase, openEmbeddedDatabase, type TestDatabase } from '../../support/databases.js';
import { minutesFrom, now, someJudged, somePatch, someRequest, someVm } from '../../support/facts.js';
import { sharedPath, testWith } from '../../support/shared.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

const file = join(import.meta.dirname, '../../../policy/demonstration.yaml');
const text = readFileSync(file, 'utf8');
const people = [
  { name: 'riley', mail: 'riley@patchline.example', roles: ['changeManager'] },
  { name: 'sam', mail: 'sam@patchline.example', roles: ['sre'] },
];

interface Desk {
  inventory: Inventory;
  notices: Notice[];
  clock: { at: string };
  policy: Policy;
  running: Set<string>;
  audit(): Promise<void>;
  compute(): ReturnType<ReturnType<typeof createUrgencyActivities>['computeDue']>;
}

function deskOn(inventory: Inventory): Desk {
  const clock = { at: now };
  const notices: Notice[] = [];
  const running = new Set<string>();
  const desk = { inventory, notices, clock, running, policy: parsePolicy(text, file) };
  const ports = {
    inventory,
    policy: { current: async () => desk.policy, people: async () => people },
    windows: createWindows(),
    notices: { tell: async (notice: Notice) => void notices.push(notice) },
    engine: { isRunning: async (id: string) => running.has(id) },
    clock: { now: () => clock.at },
    digests,
  } as unknown as Ports;
  const [urgency, alarms] = [createUrgencyActivities(ports), createAlarmActivities(ports)];
  return Object.assign(desk, {
    compute: () => urgency.computeDue(),
    async audit() {
      await urgency.computeDue();
      await alarms.tellMoves();
      await alarms.tellAlarms();
    },
  });
}

async function haveFleet(inventory: Inventory, vms: Vm[]): Promise<void> {
  const listed = vms.map(({ guest: _g, assessment: _a, firstSeenAt: _f, joinedAt: _j, goneAt: _o, ...vm }) => vm);
  await inventory.fleet.saveListed(listed, ['s'], now);
}

const internal = { exposure: 'internal' };
const vms = [
  someVm({ vmId: 'web-1', name: 'web-prd-01', tags: { ...internal, owner: 'webteam@contoso.example' } }),
  someVm({ vmId: 'web-2', name: 'web-prd-02', tags: { owner: 'webteam@contoso.example' } }),
  someVm({
    vmId: 'app-1',
    name: 'app-prd-01',
    category: 'app',
    tags: { ...internal, owner: 'appteam@contoso.example' },
  }),
  someVm({ vmId: 'stg-1', name: 'web-stg-01', environment: 'staging', tags: internal }),
];
const released = minutesFrom(now, -24 * 60);
const calm = (cve: string) => ({
  cve,
  exploitation: 'none' as const,
  automatable: false,
  technicalImpact: 'partial' as const,
  at: null,
});
const kevOf = (cve: string, addedOn: string) => ({ cve, name: '', addedOn, dueOn: '2026-12-31', ransomware: false });

onEveryDatabase('stored deadlines', (start) => {
  let database: TestDatabase;
  let desk: Desk;

  beforeAll(async () => {
    database = await start();
    desk = deskOn(await openInventory(database.pool, acting));
    const { patches, risks } = desk.inventory;
    await haveFleet(desk.inventory, vms);
    await patches.savePatches(
      ['KB1', 'KB2'].map((patchId, index) =>
        somePatch({ patchId, severity: 'important', released, cves: [`CVE-2026-000${index + 1}`] }),
      ),
      now,
    );
    const needs = [...vms.map((vm) => ({ vmId: vm.vmId, patchId: 'KB1' })), { vmId: 'app-1', patchId: 'KB2' }];
    await patches.replaceDemand(
      needs.map((need) => ({ ...need, reason: 'build' })),
      now,
    );
    const ssvc = [calm('CVE-2026-0001'), calm('CVE-2026-0002')];
    await risks.save({ channel: 'vulnrichment', document: 'd', kev: [], epss: [], ssvc, cvss: [] }, now);
  }, 60_000);

  afterAll(() => database.close());

  beforeEach(() => {
    desk.notices.length = 0;
  });

  const said = async () => (await desk.inventory.events.events({ newest: true, limit: 6 })).map((event) => event.what);
  const versions = async () =>
    (await database.pool.query('select xmin::text, patch_id, vm_id from due order by 2, 3')).rows as unknown[];

  test('are computed for every machine that needs the patch, in the order of urgency', async () => {
    const computed = await desk.compute();
    expect(computed).toMatchObject({ rows: 5, changed: 5, moved: [] });
    expect(computed.patches.map((one) => [one.patchId, one.tier])).toEqual([
      ['KB1', 'P2'],
      ['KB2', 'P2'],
    ]);
    const rows = await desk.inventory.due.rows({});
    expect(rows.map((row) => [row.patchId, row.vmName, row.deadline])).toEqual([
      ['KB1', 'web-prd-02', minutesFrom(released, 14 * 24 * 60)],
      ['KB1', 'app-prd-01', minutesFrom(released, 30 * 24 * 60)],
      ['KB1', 'web-stg-01', minutesFrom(released, 30 * 24 * 60)],
      ['KB1', 'web-prd-01', minutesFrom(released, 30 * 24 * 60)],
      ['KB2', 'app-prd-01', minutesFrom(released, 30 * 24 * 60)],
    ]);
    expect(rows[0]).toMatchObject({
      rule: 'important',
      fact: 'severity important',
      cve: null,
      estimated: ['exposure'],
      category: 'web',
    });
    expect(await said()).toContain(`KB1: due on 4 more machines, the first at ${minutesFrom(released, 14 * 24 * 60)}`);
  });

  test('computed again write nothing and tell nobody', async () => {
    const before = await versions();
    const events = await desk.inventory.events.head();
    desk.clock.at = minutesFrom(now, 1);
    expect(await desk.compute()).toMatchObject({ rows: 5, changed: 0, moved: [] });
    await desk.audit();
    expect(await versions()).toEqual(before);
    expect(await desk.inventory.events.head()).toEqual(events);
    expect(desk.notices).toEqual([]);
  });

  test('are read in pages, by machine, by category and up to an instant', async () => {
    const { due } = desk.inventory;
    const first = await due.rows({ limit: 2 });
    const place = first.at(-1);
    if (place === undefined) throw new Error('no rows');
    const rest = await due.rows({ after: place, limit: 10 });
    expect([...first, ...rest].map((row) => `${row.patchId} ${row.vmId}`)).toEqual(
      (await due.rows({})).map((row) => `${row.patchId} ${row.vmId}`),
    );
    expect((await due.rows({ vmIds: ['app-1'] })).map((row) => row.patchId)).toEqual(['KB1', 'KB2']);
    expect(await due.rows({ category: 'web', before: minutesFrom(released, 15 * 24 * 60) })).toHaveLength(1);
    expect(
      await due.groups({ now: minutesFrom(released, 15 * 24 * 60), environment: 'production', patchIds: ['KB1'] }),
    ).toMatchObject([
      { category: 'web', machines: 2, overdue: 1, tier: 'P2', rule: 'important' },
      { category: 'app', machines: 1, overdue: 0 },
    ]);
  });

  test('move when CISA adds a vulnerability: told once, to owners and approvers of just those', async () => {
    desk.clock.at = minutesFrom(now, 10);
    const added = kevOf('CVE-2026-0002', now.slice(0, 10));
    await desk.inventory.risks.save({ channel: 'kev', document: 'k', kev: [added], epss: [], ssvc: [], cvss: [] }, now);
    const computed = await desk.compute();
    expect(computed.moved).toEqual(['KB2']);
    const [move] = await desk.inventory.due.untoldMoves();
    expect(move).toMatchObject({ patchId: 'KB2', kind: 'earlier', vmIds: ['app-1'], tierBefore: 'P2' });
    expect(move?.because).toContain('CVE-2026-0002');
    expect(await said()).toContain(`KB2: due ${move?.to ?? ''} instead of ${move?.from ?? ''} on 1 machines`);
    await desk.audit();
    await desk.audit();
    const moved = desk.notices.filter((notice) => notice.kind === 'deadlineMoved');
    expect(moved).toHaveLength(1);
    expect(moved[0]).toMatchObject({
      urgency: 'routine',
      to: ['appteam@contoso.example', 'riley@patchline.example'],
      patchId: 'KB2',
      category: 'app',
    });
    expect(moved[0]?.subject).toContain('KB2 is due earlier');
  });

  test('in danger page approvers once, unless an approval is being carried out', async () => {
    const [row] = await desk.inventory.due.rows({ patchIds: ['KB2'] });
    desk.clock.at = minutesFrom(row?.deadline ?? '', -60);
    await desk.inventory.decisions.openRequest(
      someRequest({
        requestId: 'r2',
        patchId: 'KB2',
        category: 'app',
        subject: { ...someRequest().subject, vmIds: ['app-1'] },
      }),
    );
    const decision = {
      decisionId: 'd2',
      patchId: 'KB2',
      category: 'app',
      verdict: 'approve' as const,
      justification: 'tested in staging',
      deferUntil: null,
      digest: 'd'.repeat(64),
      by: 'riley',
      at: now,
      signature: 's',
    };
    await desk.inventory.decisions.recordDecision(decision, () => someJudged(), now);
    desk.running.add('rollout/KB2/app');
    await desk.audit();
    expect(desk.notices.filter((notice) => notice.kind === 'deadlineInDanger')).toEqual([]);
    desk.running.clear();
    await desk.audit();
    await desk.audit();
    const pages = desk.notices.filter((notice) => notice.kind === 'deadlineInDanger');
    expect(pages).toHaveLength(1);
    expect(pages[0]).toMatchObject({
      urgency: 'page',
      to: ['riley@patchline.example'],
      patchId: 'KB2',
      category: 'app',
    });
  });

  test('overdue are told to approvers and owners once, of production alone', async () => {
    desk.clock.at = minutesFrom(released, 60 * 24 * 60);
    await desk.audit();
    await desk.audit();
    const overdue = desk.notices.filter((notice) => notice.kind === 'overdue');
    // The one machine of web that is exposed was told of before, by its own deadline.
    expect(overdue.map((notice) => `${notice.patchId} ${notice.category}`).toSorted()).toEqual([
      'KB1 app',
      'KB1 web',
      'KB2 app',
    ]);
    expect(overdue.find((notice) => notice.category === 'app')?.to.toSorted()).toEqual([
      'appteam@contoso.example',
      'riley@patchline.example',
    ]);
    expect(await said()).toEqual(expect.arrayContaining([expect.stringContaining('KB2 for app: overdue since')]));
  });

  test('end with the need, at once in every list, and in the table with the next computation', async () => {
    await desk.inventory.patches.endDemand('KB1', ['web-1', 'web-2']);
    expect(await desk.inventory.due.rows({ category: 'web', environment: 'production' })).toEqual([]);
    await desk.inventory.patches.endDemand('KB2', ['app-1']);
    expect(await desk.compute()).toMatchObject({ rows: 2, changed: 3 });
    expect(await desk.inventory.due.patchIds()).toEqual(['KB1']);
    expect(await said()).toContain('KB1: no longer due on 2 machines');
  });

  test('of a computation that read its facts earlier than another wrote are not taken', async () => {
    const { due } = desk.inventory;
    const row: Due = {
      patchId: 'KB9',
      vmId: 'web-1',
      tier: 'P1',
      deadline: now,
      rule: 'r',
      fact: 'f',
      cve: null,
      clockBegan: now,
      forensics: false,
      estimated: [],
    };
    await due.recompute('KB9', (held) => dueChanges(held, [row]), minutesFrom(now, 10));
    expect(await due.recompute('KB9', (held) => dueChanges(held, []), minutesFrom(now, 5))).toEqual([]);
    expect(await due.patchIds()).toContain('KB9');
    await due.recompute('KB9', (held) => dueChanges(held, []), minutesFrom(now, 11));
  });

  test('keep the clock of a score that stays high, and begin anew when it had fallen', async () => {
    const { due } = desk.inventory;
    const first = { cve: 'CVE-2026-0001', fact: 'EPSS >= 0.5', since: now };
    await due.saveHeldFacts(['CVE-2026-0001'], [first]);
    await due.saveHeldFacts(['CVE-2026-0001'], [{ ...first, since: minutesFrom(now, 60) }]);
    expect(await due.heldFacts(['CVE-2026-0001'])).toEqual([first]);
    await due.saveHeldFacts(['CVE-2026-0001'], []);
    expect(await due.heldFacts(['CVE-2026-0001'])).toEqual([]);
  });
});

describe('forensic evidence', () => {
  let desk: Desk;
  let database: TestDatabase;

  onEveryDatabase('steps', (start) => {
    beforeAll(async () => {
      database = await start();
      desk = deskOn(await openInventory(database.pool, acting));
      await haveFleet(desk.inventory, vms);
      await desk.inventory.patches.savePatches(
        [somePatch({ patchId: 'KB1', severity: 'important', released, cves: ['CVE-2026-0001'] })],
        now,
      );
      await desk.inventory.patches.replaceDemand(
        vms.map((vm) => ({ vmId: vm.vmId, patchId: 'KB1', reason: 'build' })),
        now,
      );
    }, 60_000);

    afterAll(() => database.close());

    const states = async () =>
      (await desk.inventory.forensics.steps({})).map((step) => `${step.vmId} ${step.state}`).toSorted();
    const total = { ...calm('CVE-2026-0001'), automatable: true, technicalImpact: 'total' as const };

    test('are opened for production machines when the patch closes what is known exploited', async () => {
      const { risks } = desk.inventory;
      const kev = [kevOf('CVE-2026-0001', now.slice(0, 10))];
      await risks.save({ channel: 'kev', document: 'k', kev, epss: [], ssvc: [total], cvss: [] }, now);
      await desk.compute();
      expect(await states()).toEqual(['app-1 open', 'web-1 open', 'web-2 open']);
      const [step] = await desk.inventory.forensics.steps({ vmId: 'web-1' });
      expect(step?.because).toBe('known exploited: CVE-2026-0001');
    });

    test('end with the need, open again with it, and stay done or waived', async () => {
      const { forensics, patches } = desk.inventory;
      const content = 'process\tlsass.exe';
      const evidence = {
        hash: digests.sha256(content),
        vmId: 'web-1',
        sessionId: 's1',
        scripts: ['forensics/1'],
        content,
        takenAt: now,
      };
      await forensics.done(evidence, [{ patchId: 'KB1', because: 'b' }], 'a session');
      await forensics.done(evidence, [{ patchId: 'KB1', because: 'b' }], 'a session');
      const asked: unknown[] = [];
      const waiver = { by: 'riley', reason: 'it is rebuilt today', at: now };
      const refused = await forensics.waive('KB1', 'web-2', waiver, (step) => {
        asked.push(step?.state);
        return ['no'];
      });
      expect(refused.problems).toEqual(['no']);
      await forensics.waive('KB1', 'web-2', waiver, () => []);
      expect(asked).toEqual(['open']);
      await patches.endDemand('KB1', ['web-1', 'web-2', 'app-1']);
      await desk.compute();
      expect(await states()).toEqual(['app-1 ended', 'web-1 done', 'web-2 waived']);
      await forensics.reconcile('KB1', [{ vmId: 'app-1', because: 'again' }], now);
      expect(await states()).toContainEqual('app-1 open');
      expect(await forensics.evidence(evidence.hash)).toEqual(evidence);
      await forensics.keepRestorePoint('s1', 'point-1', now);
      expect((await forensics.steps({ vmId: 'web-1' }))[0]).toMatchObject({
        keptRestorePoint: 'point-1',
        evidence: evidence.hash,
        doneBy: 'a session',
      });
      const told = (await desk.inventory.events.events({ newest: true, limit: 20 })).map((event) => event.what);
      expect(told).toEqual(
        expect.arrayContaining([
          'restore point point-1 kept for forensics',
          'forensic evidence before KB1 waived',
          'forensic evidence taken before KB1',
        ]),
      );
    });

    test('the database itself refuses a step that is done without evidence', async () => {
      await expect(database.pool.query(`update forensic_step set state = 'done', evidence = null`)).rejects.toThrow(
        /done_has_evidence/,
      );
    });
  });
});

const catalogues = sharedPath('feeds', 'kev');
describe('a year of the catalogue on a real month', () => {
  testWith(catalogues)(
    'moves exactly the patches whose deadlines the added CVEs set, and tells exactly the people concerned',
    async () => {
      const embedded = await openEmbeddedDatabase();
      const desk = deskOn(await openInventory(embedded.pool, acting));
      const { patches, risks, due } = desk.inventory;
      const unpacked = (...parts: string[]) => createReadStream(sharedPath('feeds', ...parts)).pipe(createGunzip());
      const month = normaliseCvrf(await parseCvrf(unpacked('msrc', 'cvrf-2025-Oct.xml.gz'), null)).patches.filter(
        (patch) => patch.cves.length > 0,
      );
      // A machine and an owner for each patch: whoever hears of it is concerned by that one alone.
      const fleet = month.map((patch) =>
        someVm({
          vmId: patch.patchId,
          name: patch.patchId,
          tags: { ...internal, owner: `${patch.patchId}@contoso.example` },
        }),
      );
      await haveFleet(desk.inventory, fleet);
      await patches.savePatches(month, now);
      await patches.replaceDemand(
        month.map(({ patchId }) => ({ vmId: patchId, patchId, reason: 'all' })),
        now,
      );
      const cves = [...new Set(month.flatMap((patch) => patch.cves))];
      const grave = { automatable: true, technicalImpact: 'total' as const };
      const facts = { epss: [], cvss: [], ssvc: cves.map((cve) => ({ ...calm(cve), ...grave })) };
      const earlier = (await parseKev(unpacked('kev', 'kev-2025-08-25.json.gz'))).kev;
      const later = (await parseKev(unpacked('kev', 'kev-2026.08.07.json.gz'))).kev;
      await risks.save({ channel: 'kev', document: '2025', kev: earlier, ...facts }, now);
      await desk.audit();
      desk.notices.length = 0;
      const before = new Map((await due.rows({})).map((row) => [row.patchId, row]));
      desk.clock.at = minutesFrom(now, 1);
      await risks.save({ channel: 'kev', document: '2026', kev: later, epss: [], cvss: [], ssvc: [] }, now);
      await desk.audit();
      const after = new Map((await due.rows({})).map((row) => [row.patchId, row]));
      const known = new Set(earlier.map((fact) => fact.cve));
      const added = new Set(later.map((fact) => fact.cve).filter((cve) => !known.has(cve)));
      const moved = month.filter(({ patchId }) => before.get(patchId)?.deadline !== after.get(patchId)?.deadline);
      expect(moved.length).toBeGreaterThan(0);
      expect(moved.length).toBeLessThan(month.length);
      for (const { patchId, cves: own } of month) {
        const [was, is] = [before.get(patchId), after.get(patchId)];
        if (own.some((cve) => added.has(cve))) {
          // An entry of KEV from before the release begins its clock with the release; a later one with its own day.
          expect(Date.parse(is?.deadline ?? '')).toBeLessThanOrEqual(Date.parse(was?.deadline ?? ''));
          if (is?.deadline !== was?.deadline) expect(added.has(is?.cve ?? '')).toBe(true);
        } else expect(is).toEqual(was);
      }
      const told = desk.notices.filter((notice) => notice.kind === 'deadlineMoved');
      expect(told.map((notice) => notice.patchId ?? '').toSorted()).toEqual(
        moved.map((patch) => patch.patchId).toSorted(),
      );
      for (const notice of told)
        expect(notice.to.toSorted()).toEqual([`${notice.patchId}@contoso.example`, 'riley@patchline.example']);
      await embedded.close();
    },
    120_000,
  );
});
