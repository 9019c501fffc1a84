// Change records from the rows of an approved patch, in the audit log, and told to a real receiver: once each version, in order, again where it must be (I5, I8).

import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createChangeActivities, changeProblems, endChanges, keepChange } from '../../../activities/changes.js';
import type { Ports } from '../../../activities/ports.js';
import { createDelivery } from '../../../adapters/notices/delivery.js';
import { openInventory } from '../../../adapters/postgres/openInventory.js';
import { createSecrets } from '../../../adapters/secrets/secrets.js';
import { acting } from '../../../composition/acting.js';
import type { ChangeWebhook } from '../../../domain/policy.js';
import { runKeyOf } from '../../../domain/run.js';
import type { Inventory } from '../../../ports/inventory.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { minutesFrom, now, someJudged, somePatch, someRequest, someVm } from '../../support/facts.js';
import { noticePolicy } from '../../support/notices.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

const key = 'a key of 32 bytes, known to both.';
const digest = 'd'.repeat(64);
const asked = { patchId: 'KB5070884', category: 'web', digest };
const changeId = `change/KB5070884/web/${'d'.repeat(12)}`;
const window = { planAt: minutesFrom(now, 10), opensAt: minutesFrom(now, 20), closesAt: minutesFrom(now, 120) };
const run = { environment: 'production' as const, category: 'web', ring: 'canary', occurrence: 'soon@1' };
const runKey = runKeyOf(run);

onEveryDatabase('changes', (start) => {
  let database: TestDatabase;
  let inventory: Inventory;
  let server: Server;
  let received: { headers: IncomingMessage['headers']; body: string }[] = [];
  let answers: ((response: ServerResponse) => void)[] = [];
  let webhooks: ChangeWebhook[] = [];
  let clock = now;
  let ports: Ports;
  const started: string[] = [];

  beforeAll(async () => {
    database = await start();
    inventory = await openInventory(database.pool, acting);
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      request.on('end', () => {
        received.push({ headers: request.headers, body });
        (answers.shift() ?? ((taken) => taken.writeHead(201).end('{"number":"CHG31"}')))(response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    const policy = {
      current: async () => ({ changes: { webhooks }, notices: noticePolicy(), mail: { from: 'p@patchline.example' } }),
      people: async () => [],
    } as unknown as Ports['policy'];
    ports = {
      inventory,
      policy,
      clock: { now: () => clock },
      engine: {
        startChangeDelivery: async (id: string) => void started.push(id),
        isRunning: async () => false,
      },
      delivery: createDelivery({
        policy,
        mailer: { send: async () => '', close: () => {} },
        secrets: createSecrets({ PATCHLINE_SECRET_CHANGES: url, PATCHLINE_SECRET_CHANGES_KEY: key }),
        publicUrl: null,
        timeoutMs: 2000,
      }),
    } as unknown as Ports;
    const { guest: _g, assessment: _a, firstSeenAt: _f, goneAt: _o, ...listed } = someVm();
    await inventory.fleet.saveListed([listed], ['s'], now);
    await inventory.patches.savePatches([somePatch({ title: 'Cumulative <script>alert(1)</script>' })], now);
    const request = someRequest({ patchId: 'KB5070884', digest });
    await inventory.decisions.openRequest(request);
  }, 60_000);

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await database.close();
  });

  const hook = {
    name: 'tickets',
    secret: 'CHANGES',
    signingSecret: 'CHANGES_KEY',
    allowPrivate: true,
    required: false,
  };
  const stateNow = async () => (await inventory.changes.change(changeId))?.state;
  const deliver = async () => {
    const activities = createChangeActivities(ports);
    const states: string[] = [];
    for (;;) {
      const { due } = await activities.dueChangeDeliveries({ changeId });
      if (due.length === 0) return states;
      for (const deliveryId of due) states.push((await activities.deliverChange({ deliveryId })).state);
    }
  };

  test('nothing is opened before somebody has approved', async () => {
    expect(await keepChange(ports, asked)).toBeNull();
    expect(await inventory.changes.changes({})).toEqual([]);
    const decision = {
      ...asked,
      decisionId: 'd1',
      verdict: 'approve' as const,
      justification: 'tested',
      deferUntil: null,
    };
    const yes = () => someJudged();
    await inventory.decisions.recordDecision({ ...decision, by: 'riley', at: now, signature: 's' }, yes, now);
    expect(await keepChange(ports, asked)).toBe(changeId);
    expect(await inventory.changes.change(changeId)).toMatchObject({
      state: 'opened',
      version: 1,
      approvedBy: [{ by: 'riley', justification: 'tested' }],
      machines: ['web-prd-01'],
      test: { verdict: 'passed', set: ['KB1'] },
      rollbackPlan: expect.stringContaining('restore point'),
    });
    expect(started).toEqual([]);
  });

  test('the same facts write nothing, others a new version that is told to the log and to programs', async () => {
    await keepChange(ports, asked);
    expect((await inventory.changes.change(changeId))?.version).toBe(1);
    webhooks = [hook];
    const entry = { ...asked, decisionId: 'd1', vmIds: ['vm-1'], notifyWorkflowId: 'rollout/KB5070884/web' };
    await inventory.runs.enrol({ ...run, ...window }, entry, now);
    await keepChange(ports, asked);
    const held = await inventory.changes.change(changeId);
    expect(held).toMatchObject({ state: 'scheduled', version: 2, windows: [{ runKey, opensAt: window.opensAt }] });
    expect(started).toEqual([changeId]);
    expect(await deliver()).toEqual(['delivered']);
    const [one] = received;
    const told = JSON.parse(one?.body ?? '') as { version: number; change: { state: string; title: string } };
    expect(told).toMatchObject({ version: 1, known: null, change: { state: 'scheduled', event: 2, digest } });
    expect(told.change.title).toContain('<script>');
    const { t = '', v1 = '' } = Object.fromEntries(
      String(one?.headers['x-patchline-signature'])
        .split(',')
        .map((part) => part.split('=') as [string, string]),
    );
    expect(
      createHmac('sha256', key)
        .update(`${t}.${one?.body ?? ''}`)
        .digest('hex'),
    ).toBe(v1);
    expect(one?.headers['idempotency-key']).toBe(`${changeId}#2`);
    expect((await inventory.changes.change(changeId))?.external).toEqual([
      { target: 'tickets', number: 'CHG31', url: null, acceptedAt: now },
    ]);
  });

  test('a receiver that is away is tried again, in order, and holds nothing up', async () => {
    const row = {
      vmId: 'vm-1',
      vmName: 'web-prd-01',
      patchId: 'KB5070884',
      kb: '5070884',
      packages: [],
      wave: 1,
      position: 0,
    };
    await inventory.runs.plan(runKey, () => ({ waves: 1, rows: [row], left: [] }));
    await keepChange(ports, { ...asked, starting: true });
    expect(await stateNow()).toBe('started');
    answers = [(response) => response.writeHead(503).end('later')];
    expect(await deliver()).toEqual(['waiting']);
    await inventory.runs.setManifestState(runKey, 'vm-1', [{ patchId: 'KB5070884', state: 'installed', reason: null }]);
    await keepChange(ports, asked);
    expect(await inventory.changes.change(changeId)).toMatchObject({ state: 'implemented', closedAt: clock });
    // The later version waits for the earlier one.
    expect(await deliver()).toEqual([]);
    clock = minutesFrom(now, 24 * 60);
    expect(await deliver()).toEqual(['delivered', 'delivered']);
    expect(received.slice(-2).map((one) => one.headers['idempotency-key'])).toEqual([`${changeId}#3`, `${changeId}#4`]);
    expect((JSON.parse(received.at(-1)?.body ?? '') as { known: unknown }).known).toMatchObject({ number: 'CHG31' });
    const events = (await inventory.events.events({ patchId: 'KB5070884' })).map((event) => event.what);
    expect(events.filter((what) => what.includes('change'))).toEqual([
      'KB5070884 for web: a change was opened',
      'KB5070884 for web: the change is scheduled',
      'KB5070884 for web: tickets took version 2 of the change',
      'KB5070884 for web: the change is started',
      'KB5070884 for web: the change is implemented',
      'KB5070884 for web: tickets took version 3 of the change',
      'KB5070884 for web: tickets took version 4 of the change',
    ]);
  });

  test('a closed record stays as it is', async () => {
    await endChanges(ports, { patchId: 'KB5070884' });
    await keepChange(ports, { ...asked, ended: true });
    expect(await inventory.changes.change(changeId)).toMatchObject({ state: 'implemented', version: 4 });
  });

  test('where policy requires it, no ring begins before the receiver has taken the change (I5)', async () => {
    webhooks = [{ ...hook, required: true }];
    expect(await changeProblems(ports, changeId)).toEqual([]);
    expect(await changeProblems(ports, null)).toHaveLength(1);
    webhooks = [{ ...hook, name: 'board', required: true }];
    expect(await changeProblems(ports, changeId)).toEqual([expect.stringContaining('board has not taken the change')]);
    webhooks = [];
    expect(await changeProblems(ports, null)).toEqual([]);
  });
});
