// Notices in the database: told once, delivered attempt by attempt, never lost out of sight; pages acknowledged once; all of it in the audit log.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createDeliverActivities } from '../../../activities/deliver.js';
import { createPageActivities } from '../../../activities/page.js';
import type { Ports } from '../../../activities/ports.js';
import { createNotices } from '../../../adapters/notices/notices.js';
import { openInventory } from '../../../adapters/postgres/openInventory.js';
import { acting } from '../../../composition/acting.js';
import type { DeliveryAnswer } from '../../../domain/noticeRetry.js';
import type { Inventory } from '../../../ports/inventory.js';
import type { Claimed } from '../../../ports/noticeLog.js';
import type { Notice } from '../../../ports/notices.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { minutesFrom, now } from '../../support/facts.js';
import { admin, hostile, noticePolicy, riley, sam } from '../../support/notices.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

const delivered: DeliveryAnswer = { kind: 'delivered', answer: '250 ok' };
const failing: DeliveryAnswer = { kind: 'failed', passing: true, problem: 'it is down', retryAfterSeconds: null };
const refused: DeliveryAnswer = {
  kind: 'failed',
  passing: false,
  problem: '550 no such user',
  retryAfterSeconds: null,
};

onEveryDatabase('notices', (start) => {
  let database: TestDatabase;
  let inventory: Inventory;
  /** What the world does with the next attempts; without a word it takes everything. */
  let answers: DeliveryAnswer[] = [];
  let sent: Claimed[] = [];
  let started: string[] = [];
  let clock = now;
  let policy = noticePolicy();
  let count = 0;

  beforeAll(async () => {
    database = await start();
    inventory = await openInventory(database.pool, acting);
  }, 60_000);

  afterAll(() => database.close());

  function world(): Ports {
    const policies = {
      current: async () => ({
        notices: policy,
        categories: [{ name: 'web', approverRole: 'changeManager' }],
        changes: { webhooks: [] },
      }),
      people: async () => [riley, sam, admin],
    } as unknown as Ports['policy'];
    const engine = {
      startDelivery: async (noticeId: string, round: number) => void started.push(`notice/${noticeId}/${round}`),
      startPage: async (noticeId: string) => void started.push(`page/${noticeId}`),
    };
    const at = { now: () => clock };
    const delivery: Ports['delivery'] = {
      async send(claimed) {
        sent.push(claimed);
        return answers.shift() ?? delivered;
      },
      sendSigned: async () => ({ answer: delivered, text: '' }),
      problems: async (targets) =>
        targets.map((one) => ({ subject: `target ${one.name}`, problem: 'its address is missing' })),
    };
    const notices = createNotices({ store: inventory.notices, policy: policies, engine, clock: at });
    return { inventory, policy: policies, engine, clock: at, delivery, notices } as unknown as Ports;
  }

  function fresh(change: { policy?: object } = {}): Ports {
    [answers, sent, started, clock, policy] = [[], [], [], now, noticePolicy(change.policy)];
    return world();
  }

  function notice(change: Partial<Notice> = {}): Notice {
    count += 1;
    return {
      kind: 'patchAnnounced',
      occasion: `occasion-${count}`,
      urgency: 'routine',
      to: [riley.mail],
      subject: 'KB1 concerns your machines',
      lines: ['one', 'two'],
      patchId: 'KB1',
      category: 'web',
      ...change,
    };
  }

  const idOf = async (occasion: string): Promise<string> => {
    const rows = await inventory.notices.list({ limit: 1000 });
    return rows.find((row) => row.notice.occasion === occasion)?.noticeId ?? 'none';
  };

  /** What the workflow does, until nothing is due; later attempts are reached by the clock. */
  async function deliverAll(ports: Ports, noticeId: string, looks = 60): Promise<void> {
    const activities = createDeliverActivities(ports);
    for (let look = 0; look < looks; look += 1) {
      const { due, nextAt } = await activities.dueDeliveries({ noticeId, round: 0 });
      for (const one of due) await activities.deliver(one);
      if (due.length === 0 && nextAt === null) break;
      if (due.length === 0 && nextAt !== null) clock = nextAt;
    }
    await activities.tellUndeliverable({ noticeId, round: 0 });
  }

  async function told(change: () => Promise<unknown>): Promise<string[]> {
    const before = (await inventory.events.head())?.seq ?? 0;
    await acting.as('kim', change);
    return (await inventory.events.events({ after: before })).map((event) => `${event.who}: ${event.what}`);
  }

  test('a notice is told once, with the audit log, and delivered', async () => {
    const ports = fresh();
    const one = notice();
    expect(await told(() => ports.notices.tell(one))).toEqual(['kim: notice told: patchAnnounced']);
    expect(await told(() => ports.notices.tell(one))).toEqual([]);
    const noticeId = await idOf(one.occasion);
    expect(new Set(started)).toEqual(new Set([`notice/${noticeId}/0`]));
    expect(await told(() => deliverAll(ports, noticeId))).toEqual(['kim: notice delivered by mail']);
    expect(sent).toHaveLength(1);
    const [row] = await inventory.notices.list({ noticeId, limit: 10 });
    expect(row).toMatchObject({
      state: 'delivered',
      answer: '250 ok',
      attempts: 1,
      problem: null,
      nextAttemptAt: null,
    });
    // Told again after all was delivered: nothing is started.
    started = [];
    await ports.notices.tell(one);
    expect(started).toEqual([]);
    const events = await inventory.events.events({ patchId: 'KB1' });
    expect(events.map((event) => event.what + event.why).join()).not.toContain('@');
  });

  test('any text from outside is taken, and stays in one line where it must', async () => {
    const ports = fresh();
    for (const text of hostile) {
      const one = notice({ subject: text, lines: [text], to: [riley.mail, text.slice(0, 300)] });
      await ports.notices.tell(one);
      const noticeId = await idOf(one.occasion);
      await deliverAll(ports, noticeId);
      const rows = await inventory.notices.list({ noticeId, limit: 10 });
      expect(rows.map((row) => row.state).sort()).toEqual(['delivered', 'undeliverable']);
      expect(rows.every((row) => !/\p{Cc}/u.test(row.recipient + row.notice.subject))).toBe(true);
    }
  });

  test('a failure waits and is shown; in the end it is given up, and administrators hear of it once a day', async () => {
    const ports = fresh({ policy: { delivery: { attemptsMax: 3 } } });
    answers = [failing, failing, failing];
    const one = notice();
    await ports.notices.tell(one);
    const noticeId = await idOf(one.occasion);
    await deliverAll(ports, noticeId, 1);
    const [shown] = await inventory.notices.list({ noticeId, problems: true, limit: 10 });
    expect(shown).toMatchObject({ state: 'waiting', problem: 'it is down', attempts: 1 });
    expect((await inventory.notices.standing(now)).failing).toBeGreaterThan(0);
    await deliverAll(ports, noticeId);
    const rows = await inventory.notices.list({ noticeId, problems: true, limit: 10 });
    expect(rows).toMatchObject([
      { state: 'undeliverable', attempts: 3, problem: 'given up after 3 attempts: it is down' },
    ]);
    const again = notice();
    await ports.notices.tell(again);
    answers = [refused];
    await deliverAll(ports, await idOf(again.occasion));
    const warnings = (await inventory.notices.list({ kind: 'noticeUndeliverable', limit: 10 })).filter((row) =>
      row.notice.subject.includes(riley.mail),
    );
    expect(warnings).toMatchObject([
      { recipient: admin.mail, notice: { subject: `Notices do not reach ${riley.mail} by mail` } },
    ]);
  });

  test('what cannot be told to administrators is not told to them again', async () => {
    const ports = fresh({ policy: { delivery: { attemptsMax: 1 } } });
    const one = notice({ to: ['gone@contoso.example'] });
    await ports.notices.tell(one);
    answers = [refused];
    await deliverAll(ports, await idOf(one.occasion));
    const [warning] = await inventory.notices.list({ kind: 'noticeUndeliverable', recipients: [admin.mail], limit: 1 });
    answers = [refused];
    const before = (await inventory.notices.list({ limit: 1000 })).length;
    await deliverAll(ports, warning?.noticeId ?? '');
    expect((await inventory.notices.list({ limit: 1000 })).length).toBe(before);
    expect((await inventory.notices.list({ problems: true, noticeId: warning?.noticeId ?? '', limit: 9 })).length).toBe(
      1,
    );
  });

  test('given up, it is delivered anew by order', async () => {
    const ports = fresh();
    const one = notice();
    await ports.notices.tell(one);
    const noticeId = await idOf(one.occasion);
    answers = [refused];
    await deliverAll(ports, noticeId);
    expect(await told(() => inventory.notices.retry(noticeId, 'admin', clock))).toEqual([
      'admin: notice to be delivered anew',
    ]);
    await deliverAll(ports, noticeId);
    expect(await inventory.notices.list({ noticeId, problems: true, limit: 9 })).toEqual([]);
    expect(await inventory.notices.retry(noticeId, 'admin', clock)).toBe(0);
  });

  test('two attempts at once send once; one that never came back is made good for', async () => {
    const ports = fresh();
    const one = notice();
    await ports.notices.tell(one);
    const noticeId = await idOf(one.occasion);
    const { due } = await inventory.notices.due(noticeId, 0, clock);
    const activities = createDeliverActivities(ports);
    const id = due[0]?.deliveryId ?? '';
    const claims = await Promise.all([1, 2, 3].map(() => inventory.notices.claim(id, clock, 120)));
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
    expect(await activities.deliver({ deliveryId: id })).toMatchObject({ state: 'notDue' });
    clock = minutesFrom(now, 2);
    expect(await activities.deliver({ deliveryId: id })).toMatchObject({ state: 'delivered' });
    expect(await activities.deliver({ deliveryId: id })).toMatchObject({ state: 'notDue' });
    expect(sent).toHaveLength(1);
  });

  test('what lost its workflow gets one again', async () => {
    const ports = fresh();
    const [one, page] = [notice(), notice({ kind: 'halted', urgency: 'page' })];
    await ports.notices.tell(one);
    await ports.notices.tell(page);
    started = [];
    const activities = createDeliverActivities(ports);
    await activities.attendNotices();
    expect(started).not.toContain(`notice/${await idOf(one.occasion)}/0`);
    clock = minutesFrom(now, 4);
    await activities.attendNotices();
    expect(started).toEqual(
      expect.arrayContaining([
        `notice/${await idOf(one.occasion)}/0`,
        `notice/${await idOf(page.occasion)}/0`,
        `page/${await idOf(page.occasion)}`,
      ]),
    );
  });

  test('in quiet hours routine notices wait and come as one; pages do not', async () => {
    const ports = fresh({ policy: { quietHours: { zone: 'UTC', from: '11:00', until: '13:00' } } });
    const [first, second, page] = [
      notice(),
      notice({ subject: 'another' }),
      notice({ kind: 'halted', urgency: 'page' }),
    ];
    for (const one of [first, second, page]) await ports.notices.tell(one);
    const ids = await Promise.all([first, second, page].map((one) => idOf(one.occasion)));
    await deliverAll(ports, ids[2] ?? '', 2);
    expect(sent.map((one) => one.notices.map((held) => held.kind))).toEqual([['halted']]);
    expect(await inventory.notices.due(ids[0] ?? '', 0, clock)).toEqual({
      due: [],
      nextAt: '2026-11-24T13:00:00.000Z',
    });
    await deliverAll(ports, ids[0] ?? '');
    await deliverAll(ports, ids[1] ?? '');
    expect(sent.slice(1).map((one) => one.notices.map((held) => held.subject))).toEqual([
      ['KB1 concerns your machines', 'another'],
    ]);
    const rows = await inventory.notices.list({ noticeId: ids[1] ?? '', limit: 9 });
    expect(rows.map((row) => row.state)).toEqual(['delivered']);
  });

  describe('a page', () => {
    async function paged(change: Partial<Notice> = {}) {
      const ports = fresh();
      const one = notice({ kind: 'halted', urgency: 'page', ...change });
      await ports.notices.tell(one);
      return { ports, noticeId: await idOf(one.occasion), page: createPageActivities(ports) };
    }

    test('is repeated and escalated in rounds of its own; repeated by a crash, a round is one', async () => {
      const { noticeId, page } = await paged();
      const { rounds } = await page.planPage({ noticeId });
      for (const round of rounds) for (const _ of [1, 2]) await page.tellRound({ noticeId, ...round });
      const rows = await inventory.notices.list({ noticeId, limit: 100 });
      expect(rows.map((row) => `${row.round} ${row.recipient} ${row.reason}`).sort()).toEqual([
        `0 ${riley.mail} told`,
        `1 ${riley.mail} repeated`,
        `2 ${riley.mail} repeated`,
        `3 ${sam.mail} escalated`,
        `4 ${sam.mail} repeated`,
        `5 ${sam.mail} repeated`,
        `6 ${admin.mail} escalated`,
        `7 ${admin.mail} repeated`,
        `8 ${admin.mail} repeated`,
        `9 ${admin.mail} unacknowledged`,
        `9 ${riley.mail} unacknowledged`,
        `9 ${sam.mail} unacknowledged`,
      ]);
      expect(started.filter((id) => id.startsWith(`notice/${noticeId}/`)).length).toBeGreaterThanOrEqual(10);
      expect(await inventory.notices.notice(noticeId)).toMatchObject({ pageState: 'unacknowledged', exhaustedAt: now });
      const problems = await inventory.notices.list({ noticeId, problems: true, limit: 9 });
      expect(problems.every((row) => row.reason === 'unacknowledged')).toBe(true);
      expect(problems).toHaveLength(3);
      const late = await inventory.notices.acknowledge(noticeId, {
        by: 'sam',
        note: 'awake now',
        at: minutesFrom(now, 90),
      });
      expect(late).toMatchObject({ first: true, notice: { pageState: 'acknowledged', exhaustedAt: now } });
      expect(await inventory.notices.list({ noticeId, problems: true, limit: 9 })).toEqual([]);
    });

    test('is acknowledged once, and then nobody else is woken', async () => {
      const { noticeId, page } = await paged();
      await page.tellRound({ noticeId, round: 1, step: 0, reason: 'repeated' });
      const acknowledge = (by: string) => inventory.notices.acknowledge(noticeId, { by, note: 'mine', at: now });
      const answers = await Promise.all([acknowledge('sam'), acknowledge('riley')]);
      expect(answers.filter((one) => typeof one === 'object' && one.first)).toHaveLength(1);
      const by = (await inventory.notices.notice(noticeId))?.acknowledgedBy;
      expect(await page.tellRound({ noticeId, round: 2, step: 1, reason: 'escalated' })).toEqual({
        acknowledgedBy: by,
      });
      const rows = await inventory.notices.list({ noticeId, limit: 9 });
      expect(rows.map((row) => `${row.round} ${row.state}`).sort()).toEqual(['0 waiting', '1 skipped']);
      const [event] = (await inventory.events.events({ newest: true, limit: 5 })).filter((one) =>
        one.what.startsWith('page acknowledged'),
      );
      expect(event).toMatchObject({ who: by, why: 'mine' });
    });

    test('that is none, or unknown, is not acknowledged', async () => {
      const ports = fresh();
      const one = notice();
      await ports.notices.tell(one);
      const asked = { by: 'sam', note: '', at: now };
      expect(await inventory.notices.acknowledge(await idOf(one.occasion), asked)).toBe('notAPage');
      expect(await inventory.notices.acknowledge('nothing', asked)).toBe('unknown');
    });

    test('that nobody is there to hear is shown', async () => {
      const { noticeId } = await paged({ to: [], category: null });
      expect(await inventory.notices.list({ noticeId, problems: true, limit: 9 })).toMatchObject([
        { recipient: 'nobody', state: 'undeliverable' },
      ]);
    });
  });

  test('preferences are kept, with who and when', async () => {
    const wish = { ways: { overdue: [] }, quietHours: { zone: 'UTC', from: '20:00', until: '07:00' } };
    expect(await told(() => inventory.notices.prefer('riley', wish, now))).toEqual([
      'riley: riley prefers other notices',
    ]);
    expect((await inventory.notices.preferences()).get('riley')).toEqual({ ...wish, setAt: now });
    const ports = fresh();
    const one = notice({ kind: 'overdue' });
    await ports.notices.tell(one);
    expect(await idOf(one.occasion)).toBe('none');
    await inventory.notices.prefer('riley', null, now);
    expect((await inventory.notices.preferences()).has('riley')).toBe(false);
  });

  test('what keeps notices from arriving is written down once, and that it was mended', async () => {
    const ports = fresh({ policy: { targets: [{ name: 'ops', way: 'teams', secret: 'OPS' }] } });
    const activities = createDeliverActivities(ports);
    expect(await told(() => activities.attendNotices())).toEqual(['kim: notices cannot be delivered: target ops']);
    expect(await told(() => activities.attendNotices())).toEqual([]);
    expect((await inventory.notices.standing(now)).problems).toMatchObject([{ subject: 'target ops' }]);
    policy = noticePolicy();
    expect(await told(() => activities.attendNotices())).toEqual(['kim: notices can be delivered again: target ops']);
  });

  test('pages of the list follow each other without a gap', async () => {
    const ports = fresh();
    const mine = Array.from({ length: 7 }, () => notice({ patchId: 'KB-paged', to: [riley.mail, sam.mail] }));
    for (const one of mine) await ports.notices.tell(one);
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await inventory.notices.list({
        patchId: 'KB-paged',
        limit: 4,
        ...(after === undefined ? {} : { after }),
      });
      seen.push(...page.map((row) => row.deliveryId));
      after = page.at(-1)?.deliveryId;
      if (page.length < 4) break;
    }
    expect(seen).toHaveLength(14);
    expect(new Set(seen).size).toBe(14);
    const whole = await inventory.notices.list({ patchId: 'KB-paged', limit: 100 });
    expect(whole.map((row) => row.deliveryId)).toEqual(seen);
    const toSam = await inventory.notices.list({
      patchId: 'KB-paged',
      recipients: ['SAM@patchline.example'],
      limit: 100,
    });
    expect(toSam).toHaveLength(7);
  });

  test('for any order and repetition of telling, with any failures, each hears each occasion at most once, and what is not delivered is seen', async () => {
    const step = fc.record({
      occasion: fc.integer({ min: 0, max: 3 }),
      to: fc.subarray([riley.mail, sam.mail, 'no mail'], { minLength: 1 }),
      deliver: fc.boolean(),
    });
    const answer = fc.constantFrom(delivered, failing, refused);
    let story = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.array(answer, { maxLength: 20 }),
        async (steps, said) => {
          story += 1;
          const ports = fresh({ policy: { delivery: { attemptsMax: 2 } } });
          answers = [...said];
          for (const { occasion, to, deliver } of steps) {
            const one = notice({
              occasion: `story-${story}/${occasion}`,
              to,
              kind: 'overdue',
              patchId: `story-${story}`,
            });
            await ports.notices.tell(one);
            if (deliver) await deliverAll(ports, await idOf(one.occasion), 3);
          }
          const rows = await inventory.notices.list({ patchId: `story-${story}`, limit: 1000 });
          const keys = rows.map((row) => `${row.notice.occasion} ${row.way} ${row.recipient}`);
          expect(new Set(keys).size).toBe(keys.length);
          for (const row of rows) {
            const arrived = sent.filter((one) => one.deliveries.some((held) => held.deliveryId === row.deliveryId));
            expect(arrived.length).toBe(row.attempts);
            if (row.state === 'delivered') continue;
            const isDue = (await inventory.notices.due(row.noticeId, 0, minutesFrom(clock, 60 * 24 * 30))).due.some(
              (held) => held.deliveryId === row.deliveryId,
            );
            const isSeen = (await inventory.notices.list({ noticeId: row.noticeId, problems: true, limit: 100 })).some(
              (held) => held.deliveryId === row.deliveryId,
            );
            expect(isDue || isSeen).toBe(true);
            if (row.attempts > 0) expect(isSeen).toBe(true);
          }
        },
      ),
      { numRuns: 15 },
    );
  }, 60_000);
});
