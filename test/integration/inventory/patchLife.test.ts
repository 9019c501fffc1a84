// What the inventory keeps of a patch's life: known issues, revisions, successors, needs, and what people enter and do by hand (I6, I7, I8, I11).

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openInventory } from '../../../adapters/postgres/openInventory.js';
import { acting } from '../../../composition/acting.js';
import type { Inventory } from '../../../ports/inventory.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { minutesFrom, now, someIssue, somePatch, someRequest, someVm } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

onEveryDatabase('the life of a patch', (start) => {
  let database: TestDatabase;
  let inventory: Inventory;

  beforeAll(async () => {
    database = await start();
    inventory = await openInventory(database.pool, acting);
    const { guest: _guest, assessment: _assessment, firstSeenAt: _first, goneAt: _gone, ...listed } = someVm();
    await inventory.fleet.saveListed([listed], ['s'], now);
  }, 60_000);

  afterAll(() => database.close());

  async function told(change: () => Promise<unknown>): Promise<string[]> {
    const before = (await inventory.events.head())?.seq ?? 0;
    await acting.as('kim', change);
    return (await inventory.events.events({ after: before })).map((event) => `${event.who}: ${event.what}`);
  }

  describe('known issues', () => {
    const issuesOf = (patchId: string) => inventory.knownIssues.issues({ patchIds: [patchId] });

    test('the vendor’s flag opens one when it appears, with the change that brings it, and only then', async () => {
      const flagged = somePatch({ knownIssue: true, knownIssueUrl: 'https://vendor.example/5070884' });
      await inventory.patches.savePatches([somePatch()], now);
      expect(await issuesOf('KB5070884')).toEqual([]);
      expect(await told(() => inventory.patches.savePatches([flagged], now))).toEqual([
        'kim: KB5070884 revised',
        'kim: KB5070884: a known issue was opened, which holds it',
      ]);
      expect(await issuesOf('KB5070884')).toMatchObject([
        { source: 'vendor', effect: 'hold', openedBy: 'msrc', url: 'https://vendor.example/5070884', closedAt: null },
      ]);
      await inventory.patches.savePatches([{ ...flagged, severity: 'important' }], now);
      expect(await issuesOf('KB5070884')).toHaveLength(1);
    });

    test('a new patch that is flagged has one from the start', async () => {
      await inventory.patches.savePatches([somePatch({ patchId: 'KB1', kb: '1', knownIssue: true })], now);
      expect(await issuesOf('KB1')).toHaveLength(1);
    });

    test('one of a person is accepted by another, once for a category, and closed with an outcome', async () => {
      const { knownIssues } = inventory;
      const issue = someIssue({ issueId: 'i1', patchId: 'KB2' });
      expect(await told(() => knownIssues.open(issue))).toEqual(['sam: KB2: a known issue was opened, which holds it']);
      const word = { issueId: 'i1', category: 'web', by: 'riley', reason: 'no print servers here', at: now };
      expect(await knownIssues.accept({ ...word, by: 'sam' })).toBe('samePerson');
      expect(await told(async () => expect(await knownIssues.accept(word)).toBe('accepted'))).toEqual([
        'riley: KB2: its known issue was accepted for web',
      ]);
      expect(await knownIssues.accept({ ...word, by: 'both', reason: 'me too' })).toBe('known');
      expect(await knownIssues.acceptances({ issueIds: ['i1'] })).toEqual([word]);
      const end = { by: 'sam', at: now, outcome: 'the vendor mended it' };
      expect(await told(() => knownIssues.close('i1', end))).toEqual(['sam: KB2: a known issue was closed']);
      expect(await knownIssues.close('i1', end)).toBeNull();
      expect(await knownIssues.accept({ ...word, category: 'app' })).toBe('closed');
      expect(await knownIssues.accept({ ...word, issueId: 'i9' })).toBe('unknown');
    });

    test('who opened one cannot accept it, whatever the code forgets', async () => {
      await inventory.knownIssues.open(someIssue({ issueId: 'i2', patchId: 'KB2' }));
      const row = `insert into known_issue_acceptance (issue_id, category, by, opened_by, reason, at) values ('i2', 'web', 'sam', 'sam', 'x', now())`;
      await expect(database.pool.query(row)).rejects.toThrow('accepted_by_another');
    });

    test('each is told of once, and so is its end', async () => {
      const { knownIssues } = inventory;
      const untold = async () => (await knownIssues.untold()).map((issue) => issue.issueId);
      expect(await untold()).toEqual(expect.arrayContaining(['i1', 'i2']));
      await knownIssues.told('i1', now);
      await knownIssues.told('i2', now);
      expect(await untold()).not.toEqual(expect.arrayContaining(['i1', 'i2']));
      await knownIssues.close('i2', { by: 'sam', at: now, outcome: 'gone' });
      expect(await untold()).toContain('i2');
      await knownIssues.told('i2', now);
      expect(await untold()).not.toContain('i2');
    });
  });

  describe('revisions', () => {
    const saved = (change: Parameters<typeof somePatch>[0], at = now) =>
      inventory.patches.savePatches([somePatch({ patchId: 'KB3', kb: '3', ...change })], at);
    const document = (revision: string) => ({ channel: 'msrc', document: '2025-Oct', revision });

    test('the number of the document alone writes nothing', async () => {
      await saved({ source: document('1') });
      expect(await told(() => saved({ source: document('594') }))).toEqual([]);
      expect(await saved({ source: document('595') })).toEqual({ added: [], revised: [], unchanged: 1 });
      expect(await inventory.revisions.revisions({ patchId: 'KB3' })).toEqual([]);
    });

    test('each is kept with its weight and in words; what is more than wording waits to be told', async () => {
      await saved({ title: 'another title', source: document('596') }, minutesFrom(now, 1));
      await saved({ title: 'another title', restart: 'no', source: document('597') }, minutesFrom(now, 2));
      const fixedBuilds = { '11923': '10.0.20348.4299' };
      await saved({ title: 'another title', restart: 'no', fixedBuilds, source: document('598') }, minutesFrom(now, 3));
      const all = await inventory.revisions.revisions({ patchId: 'KB3' });
      expect(all.map(({ weight, changes, revision }) => [weight, revision, changes[0]])).toEqual([
        ['wording', '596', 'title: 2025-10 Cumulative Update for Windows Server 2022 → another title'],
        ['terms', '597', 'restart: yes → no'],
        ['content', '598', 'build for Windows Server 2022: 10.0.20348.4297 → 10.0.20348.4299'],
      ]);
      expect(await inventory.revisions.newest(['KB3', 'KB1'], 'content')).toEqual(
        new Map([['KB3', minutesFrom(now, 3)]]),
      );
      expect((await inventory.patches.revisions()).find((one) => one.patchId === 'KB3')?.at).toBe(minutesFrom(now, 3));
      const untold = (await inventory.revisions.untold()).filter((one) => one.patchId === 'KB3');
      expect(untold.map((one) => one.weight)).toEqual(['terms', 'content']);
      await inventory.revisions.told(
        untold.map((one) => one.seq),
        now,
      );
      expect((await inventory.revisions.untold()).filter((one) => one.patchId === 'KB3')).toEqual([]);
    });

    test('what was changed before revisions were recorded counts as content', async () => {
      await database.pool.query(`update patch set revised_at = '2026-11-24T13:00:00Z' where patch_id = 'KB1'`);
      expect((await inventory.revisions.newest(['KB1'], 'content')).get('KB1')).toBe('2026-11-24T13:00:00.000Z');
    });
  });

  test('successors are written when they differ, kept by a person, and told once', async () => {
    const { successions } = inventory;
    const of = async () => (await successions.successions(['KB4']))[0];
    const found = (successor: string | null) => successions.save([{ patchId: 'KB4', successor }], now);
    expect(await told(() => found('KB5'))).toEqual(['kim: KB4 is superseded by KB5']);
    expect(await told(() => found('KB5'))).toEqual([]);
    expect((await successions.untold()).map((one) => one.patchId)).toContain('KB4');
    await successions.told('KB4', now);
    expect(await successions.untold()).toEqual([]);
    const word = { successor: 'KB5', by: 'riley', reason: 'KB5 failed its test', at: now };
    expect(await told(() => successions.keep('KB4', word))).toEqual(['riley: KB4 is kept although KB5 supersedes it']);
    expect((await successions.kept()).map((one) => one.patchId)).toEqual(['KB4']);
    // A later successor: the word was on another, and people are told anew.
    expect(await told(() => found('KB6'))).toEqual(['kim: KB4 is superseded by KB6']);
    expect(await of()).toMatchObject({ successor: 'KB6', keptAgainst: 'KB5', keptBy: 'riley' });
    expect((await successions.untold()).map((one) => one.patchId)).toEqual(['KB4']);
    expect(await told(() => found(null))).toEqual(['kim: KB4 is current again']);
    expect(await successions.untold()).toEqual([]);
  });

  test('what could supersede a patch is found by product, by package and by name, and nothing else', async () => {
    const system = (id: string) => ({ products: [{ id, name: id }], fixedBuilds: { [id]: '10.0.20348.1' } });
    const fix = { distribution: 'ubuntu' as const, release: '24.04', pocket: null, source: null, sourceOnly: false };
    const bringing = (name: string) => [{ ...fix, name, module: null, version: '1', architecture: null }];
    const none = { kb: null, products: [], fixedBuilds: {} };
    await inventory.patches.savePatches(
      [
        somePatch({ patchId: 'KB101', kb: '101', ...system('a') }),
        somePatch({ patchId: 'KB102', kb: '102', ...system('a') }),
        somePatch({ patchId: 'KB103', kb: '103', ...system('b'), supersedes: ['101'] }),
        somePatch({ patchId: 'KB104', kb: '104', ...system('b') }),
        somePatch({ patchId: 'USN-1', ...none, packages: bringing('openssl') }),
        somePatch({ patchId: 'USN-2', ...none, packages: [...bringing('openssl'), ...bringing('bash')] }),
        somePatch({ patchId: 'USN-3', ...none, packages: bringing('curl') }),
      ],
      now,
    );
    const related = async (...patchIds: string[]) =>
      (await inventory.patches.related(patchIds)).map((one) => one.patchId);
    expect(await related('KB101')).toEqual(['KB101', 'KB102', 'KB103']);
    expect(await related('USN-1')).toEqual(['USN-1', 'USN-2']);
    expect(await related('KB104', 'USN-3')).toEqual(['KB103', 'KB104', 'USN-3']);
    expect(await related()).toEqual([]);
  });

  test('a request that waits is superseded with the reason; an answered one stays', async () => {
    const { decisions } = inventory;
    await decisions.openRequest(someRequest({ requestId: 'KB4/web/1', patchId: 'KB4' }));
    await decisions.closeRequest('KB4/web/1', 'superseded', 'superseded by KB5');
    await decisions.closeRequest('KB4/web/1', 'expired');
    expect((await decisions.request('KB4', 'web'))?.status).toBe('superseded');
    const events = await inventory.events.events({ patchId: 'KB4' });
    expect(events.at(-1)).toMatchObject({ what: 'the request for KB4 in web superseded', why: 'superseded by KB5' });
  });

  describe('withdrawing from a planned run', () => {
    const run = {
      environment: 'production' as const,
      category: 'web',
      ring: 'early',
      planAt: minutesFrom(now, 10),
      opensAt: minutesFrom(now, 20),
      closesAt: minutesFrom(now, 120),
    };

    async function planned(occurrence: string): Promise<string> {
      const runKey = `maintenance/production/web/early/${occurrence}`;
      const entry = { category: 'web', digest: 'd', decisionId: null, vmIds: ['a', 'b'], notifyWorkflowId: 'nobody' };
      for (const patchId of ['KB4', 'KB7'])
        await inventory.runs.enrol({ ...run, occurrence }, { ...entry, patchId }, now);
      const rows = ['a', 'b'].flatMap((vmId, position) =>
        ['KB4', 'KB7'].map((patchId) => ({
          vmId,
          vmName: vmId,
          patchId,
          kb: patchId.slice(2),
          packages: [],
          wave: 1,
          position,
        })),
      );
      await inventory.runs.plan(runKey, () => ({ waves: 1, rows, left: [] }));
      const session = { sessionId: `${runKey}#a`, runKey, vmId: 'a', vmName: 'a', startedAt: now };
      await inventory.sessions.admit(session, () => ({ admitted: true }));
      return runKey;
    }

    const states = async (runKey: string) =>
      (await inventory.runs.manifest({ runKey })).map((row) => `${row.vmId} ${row.patchId} ${row.state}`);

    test('revokes what is planned; a machine whose session is open goes on', async () => {
      const runKey = await planned('soon@1');
      expect(await inventory.runs.withdraw(runKey, 'KB4', 'superseded by KB5')).toBe('revoked');
      expect(await states(runKey)).toEqual(['a KB4 planned', 'a KB7 planned', 'b KB4 revoked', 'b KB7 planned']);
      expect(await inventory.runs.withdraw(runKey, 'KB4', 'again')).toBe('nothing');
      await inventory.sessions.settle(`${runKey}#a`, 'installed', '', [], now);
    });

    test('takes whole sets where no part may be installed alone', async () => {
      const runKey = await planned('soon@2');
      expect(await inventory.runs.withdraw(runKey, 'KB4', 'superseded by KB5', true)).toBe('revoked');
      expect(await states(runKey)).toEqual(['a KB4 planned', 'a KB7 planned', 'b KB4 revoked', 'b KB7 revoked']);
      await inventory.sessions.settle(`${runKey}#a`, 'installed', '', [], now);
    });
  });

  test('a patch was never needed until a demand names it, and stays needed once', async () => {
    const never = async () =>
      (await inventory.needs.neverNeeded({ limit: 100 }))
        .map((one) => one.patchId)
        .filter((id) => ['KB1', 'KB5070884'].includes(id));
    expect(await never()).toEqual(['KB1', 'KB5070884']);
    await inventory.patches.replaceDemand([{ vmId: 'vm-1', patchId: 'KB5070884', reason: 'below' }], now);
    await inventory.patches.replaceDemand([], minutesFrom(now, 1));
    expect(await never()).toEqual(['KB1']);
    expect((await inventory.needs.neverNeeded({ limit: 1, after: 'KB1' })).map((one) => one.patchId)).toEqual([
      'KB101',
    ]);
  });

  test('needs that no channel announced come, go, and are told once', async () => {
    const { needs } = inventory;
    const tool = { name: 'KB890830', title: 'Malicious Software Removal Tool', vmIds: ['vm-1'] };
    expect(await told(() => needs.saveUnknown([tool], now))).toEqual([
      'kim: KB890830 is needed, and no channel announced it',
    ]);
    expect(await told(() => needs.saveUnknown([{ ...tool, vmIds: ['vm-1', 'vm-2'] }], minutesFrom(now, 1)))).toEqual(
      [],
    );
    expect(await needs.unknown({ gone: false })).toEqual([
      { ...tool, vmIds: ['vm-1', 'vm-2'], firstSeenAt: now, lastSeenAt: minutesFrom(now, 1), goneAt: null },
    ]);
    expect((await needs.untold()).map((one) => one.name)).toEqual(['KB890830']);
    await needs.told(['KB890830'], now);
    expect(await told(() => needs.saveUnknown([], minutesFrom(now, 2)))).toEqual([
      'kim: KB890830 is no longer an unknown need',
    ]);
    // Back again, it is no news: once told for each name.
    await needs.saveUnknown([tool], minutesFrom(now, 3));
    expect(await needs.untold()).toEqual([]);
  });

  describe('what people enter', () => {
    const cap = { togetherBytesMax: 20_000_000, filesMax: 3 };
    const file = (name: string, bytes: Buffer) => ({
      name,
      bytes,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });

    test('an entry is written, and its changes are told', async () => {
      const entry = { patchId: 'MANUAL-1', vendor: 'Contoso', instructions: 'run the installer' };
      expect(await told(() => inventory.byHand.enter(entry, 'sam', now))).toEqual([
        'sam: MANUAL-1 was entered by hand',
      ]);
      expect(await told(() => inventory.byHand.enter(entry, 'sam', now))).toEqual([]);
      const changed = { ...entry, instructions: 'run the second installer' };
      expect(await told(() => inventory.byHand.enter(changed, 'lee', now))).toEqual([
        'lee: MANUAL-1 was changed by hand',
      ]);
      expect(await inventory.byHand.entry('MANUAL-1')).toMatchObject({ enteredBy: 'sam', changedBy: 'lee' });
    });

    test('attachments come back byte by byte, the same content is kept once, and caps hold', async () => {
      const { byHand } = inventory;
      const large = file('letter.pdf', Buffer.alloc(10_000_000, 7));
      expect(await byHand.attach('MANUAL-9', large, cap, 'sam', now)).toBeNull();
      expect(await byHand.attach('MANUAL-1', large, cap, 'sam', now)).toMatchObject({ size: 10_000_000 });
      expect(await byHand.attach('MANUAL-1', { ...large, name: 'again.pdf' }, cap, 'sam', now)).toMatchObject({
        name: 'letter.pdf',
      });
      const mail = file('mail.eml', Buffer.from([0, 255, 13, 10, 0x80]));
      await byHand.attach('MANUAL-1', mail, cap, 'sam', now);
      expect((await byHand.content('MANUAL-1', large.sha256))?.bytes.equals(large.bytes)).toBe(true);
      expect((await byHand.content('MANUAL-1', mail.sha256))?.bytes.equals(mail.bytes)).toBe(true);
      expect(await byHand.content('MANUAL-1', 'f'.repeat(64))).toBeNull();
      const more = file('more', Buffer.alloc(10_000_000, 8));
      expect(await byHand.attach('MANUAL-1', more, cap, 'sam', now)).toBe('tooMuch');
      await byHand.attach('MANUAL-1', file('third', Buffer.from('3')), cap, 'sam', now);
      expect(await byHand.attach('MANUAL-1', file('fourth', Buffer.from('4')), cap, 'sam', now)).toBe('tooMuch');
      expect((await byHand.attachments('MANUAL-1')).map((one) => one.size).sort((a, b) => a - b)).toEqual([
        1, 5, 10_000_000,
      ]);
    });

    test('a person’s word is kept and is in the machine’s history', async () => {
      const word = { by: 'sam', at: now, evidence: 'installer 7.2.10' };
      expect(await told(() => inventory.byHand.markDone('MANUAL-1', 'vm-1', word))).toEqual([
        'sam: web-prd-01: MANUAL-1 was done by hand',
      ]);
      await inventory.byHand.markDone('MANUAL-1', 'vm-1', { ...word, evidence: 'again', at: minutesFrom(now, 1) });
      expect(await inventory.byHand.done('MANUAL-1')).toEqual([
        { vmId: 'vm-1', by: 'sam', evidence: 'again', at: minutesFrom(now, 1) },
      ]);
      expect(await inventory.sessions.installations({ vmId: 'vm-1', patchId: 'MANUAL-1' })).toMatchObject([
        { source: 'byHand', state: 'installed', reason: 'by sam: again', category: 'web' },
      ]);
    });
  });
});
