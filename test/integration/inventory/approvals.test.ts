// Approvals of several people through the API: in turn, at once, against a rejection, by delegates; judged by people and rules of the moment (I6).

import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { DelegationView, EligibleView, PolicyVersionView } from '../../../api/contract/index.js';
import { approvalAsked, groundOf } from '../../../activities/voting.js';
import type { Person } from '../../../domain/policy.js';
import type { PolicyPort } from '../../../ports/policy.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { openDesk, type Desk } from '../../support/desk.js';
import { minutesFrom, somePatch, someRequest } from '../../support/facts.js';
import { people } from '../../support/line.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

const rules = `  rules:
    - id: board
      categories: [web]
      steps:
        - { name: security, who: { roles: [sre] } }
        - { name: board, who: { roles: [changeManager] }, quorum: 2 }
`;
const withRules = (policy: string) => policy.replace('  delegation: { daysMax: 31 }\n', (line) => `${line}${rules}`);

onEveryDatabase('approvals of several people', (start) => {
  let database: TestDatabase;
  let desk: Desk;
  let count = 0;
  let patchId = '';

  beforeAll(async () => {
    database = await start();
    desk = await openDesk(database, withRules);
  }, 60_000);

  afterAll(async () => {
    await desk.close();
    await database.close();
  });

  /** What waits, as `requestDecision` would have asked it. */
  async function ask(category = 'web', requestedBy = ['kim']): Promise<void> {
    count += 1;
    patchId = `KB10${count}`;
    const at = new Date().toISOString();
    await desk.inventory.patches.savePatches([somePatch({ patchId })], at);
    const times = { requestedAt: at, expiresAt: minutesFrom(at, 60) };
    const asked = someRequest({ requestId: `${patchId}/${category}/1`, patchId, category, requestedBy, ...times });
    const ground = await groundOf(desk.ports, { ...asked, status: 'waiting' });
    await desk.inventory.decisions.openRequest({ ...asked, approval: approvalAsked(ground, null, requestedBy) });
  }

  beforeEach(() => ask());

  async function say(
    by: string,
    { verdict = 'approve', category = 'web', onBehalfOf = null as string | null } = {},
  ): Promise<{ accepted: boolean; reasons: string[] }> {
    const body = { category, verdict, justification: 'looked at it closely', digest: 'd'.repeat(64), onBehalfOf };
    const answer = await desk.api.post(`/v1/patches/${patchId}/decisions`, body, by);
    return answer.status === 200
      ? (answer.body as { accepted: boolean; reasons: string[] })
      : { accepted: false, reasons: [JSON.stringify(answer.body)] };
  }

  const status = async (category = 'web') => (await desk.inventory.decisions.request(patchId, category))?.status;
  const eligible = async (query = '') =>
    (await desk.api.get(`/v1/patches/${patchId}/eligible?category=web${query}`, 'sam')).body as EligibleView;

  /** For the time of a test, people are these. */
  async function withPeople(changed: Person[], told: () => Promise<void>): Promise<void> {
    const policy = desk.ports.policy as { people: PolicyPort['people'] };
    const before = policy.people;
    policy.people = () => Promise.resolve(changed);
    await told().finally(() => {
      policy.people = before;
    });
  }

  test('in turn, each by enough different people', async () => {
    expect((await say('riley')).reasons.join()).toContain('it is the turn of security');
    expect(await say('sam')).toMatchObject({ accepted: true });
    expect((await say('sam')).reasons.join()).toContain('nobody counts twice');
    expect(await say('riley')).toMatchObject({ accepted: true });
    expect((await say('riley')).reasons.join()).toContain('nobody counts twice');
    expect(await desk.inventory.decisions.approval(patchId, 'web')).toBeNull();
    expect(await say('both')).toMatchObject({ accepted: true });
    expect((await desk.inventory.decisions.approval(patchId, 'web'))?.decision.by).toBe('both');
    expect((await say('sam', { verdict: 'reject' })).reasons.join()).toContain('nothing awaits a decision');
  });

  test('two in the same second both count, whichever comes first', async () => {
    await say('sam');
    const clock = desk.ports.clock;
    const instant = new Date().toISOString();
    clock.now = () => instant;
    const both = await Promise.all([say('riley'), say('both')]);
    clock.now = () => new Date().toISOString();
    expect(both).toEqual([expect.objectContaining({ accepted: true }), expect.objectContaining({ accepted: true })]);
    expect(await status()).toBe('decided');
    const words = await desk.inventory.decisions.decisions({ patchId, accepted: true });
    expect(words.filter((one) => one.complete)).toHaveLength(1);
  });

  test('of an approval and a rejection that arrive together one stands, and never both', async () => {
    for (let round = 0; round < 4; round += 1) {
      await ask();
      await say('sam');
      await say('riley');
      const replies = await Promise.all([say('both'), say('riley', { verdict: 'reject' })]);
      const complete = (await desk.inventory.decisions.decisions({ patchId, complete: true })).map(
        (one) => one.verdict,
      );
      expect(complete).toHaveLength(1);
      expect(replies.filter((one) => one.accepted)).toHaveLength(1);
      expect((await desk.inventory.decisions.approval(patchId, 'web')) !== null).toBe(complete[0] === 'approve');
    }
  });

  test('whoever lost the role meanwhile counts no longer', async () => {
    await say('sam');
    await say('riley');
    const changed = people.map((one) => (one.name === 'riley' ? { ...one, roles: ['viewer'] } : one));
    await withPeople(changed, async () => {
      expect(await say('both')).toMatchObject({ accepted: true });
      expect((await say('riley')).reasons.join()).toContain('nobody counts twice');
    });
    expect(await status()).toBe('waiting');
    expect(await desk.inventory.decisions.approval(patchId, 'web')).toBeNull();
  });

  test('a policy that changes under what waits makes it harder at once, and never easier', async () => {
    const change = async (from: string, to: string) => {
      const current = (await desk.api.get('/v1/policy', 'riley')).body as { seq: number; sources: { text: string }[] };
      const sources = current.sources.map((one) => ({ ...one, text: one.text.replace(from, to) }));
      const asked = { sources, basedOn: current.seq, reason: 'a test of it' };
      const made = (await desk.api.post('/v1/policy/versions', asked, 'riley')).body as PolicyVersionView;
      const accepted = { accept: true, reason: 'agreed' };
      expect((await desk.api.post(`/v1/policy/versions/${made.seq}/settlement`, accepted, 'both')).status).toBe(200);
      // What was looked at is remembered for a moment.
      while ((await desk.ports.policy.current()).version !== made.version) await setTimeout(100);
    };
    await ask('web', ['nobody']);
    await change('{ name: security, who: { roles: [sre] } }', '{ name: security, who: { people: [kim] } }');
    expect((await say('sam')).reasons.join()).toContain('security');
    await change('{ name: security, who: { people: [kim] } }', '{ name: security, who: { roles: [sre, scheduler] } }');
    // By the rules that it was asked by a scheduler decides nothing.
    expect((await say('kim')).accepted).toBe(false);
    expect(await say('sam')).toMatchObject({ accepted: true });
    // Whoever changed the rules once the patch was known does not approve it by them, and is told what to do.
    for (const [by, did] of [
      ['riley', 'wrote'],
      ['both', 'accepted'],
    ] as const) {
      const reasons = (await say(by)).reasons.join();
      expect(reasons).toMatch(
        new RegExp(`${by} ${did} policy \\d+, which changed approvals.rules.board.steps.security`),
      );
      expect(reasons).toContain('somebody without a hand in policy');
    }
    // What is known since then is theirs to decide.
    await ask('web', ['nobody']);
    await say('sam');
    expect(await say('riley')).toMatchObject({ accepted: true });
    await change('roles: [sre, scheduler]', 'roles: [sre]');
  });

  const until = minutesFrom(new Date().toISOString(), 24 * 60);
  const delegate = (by: string, body: Record<string, unknown>) =>
    desk.api.post('/v1/delegations', { delegate: 'sam', until, reason: 'away until tomorrow', ...body }, by);

  test.each([
    ['to oneself', 'riley', { delegate: 'riley' }, 409, 'cannot delegate to themselves'],
    ['to a stranger', 'riley', { delegate: 'nobody' }, 409, 'is not a person'],
    ['by whoever decides nothing', 'kim', { delegate: 'sam' }, 409, 'by no right of their own'],
    ['without a reason', 'riley', { delegate: 'sam', reason: '         ' }, 409, 'reason of at least 10'],
    [
      'for longer than policy allows',
      'riley',
      { delegate: 'sam', until: minutesFrom(until, 31 * 24 * 60) },
      409,
      '31 days at most',
    ],
    [
      'for a time that is over',
      'riley',
      { delegate: 'sam', from: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00Z' },
      409,
      'in the future',
    ],
    ['that ends before it begins', 'riley', { delegate: 'sam', from: minutesFrom(until, 1) }, 409, 'must end after'],
    [
      'for far later',
      'riley',
      { delegate: 'sam', from: minutesFrom(until, 32 * 24 * 60), until: minutesFrom(until, 33 * 24 * 60) },
      409,
      'begin within 31 days',
    ],
    ['for no category', 'riley', { delegate: 'sam', category: 'none' }, 404, 'no category none'],
    ['until some day', 'riley', { delegate: 'sam', until: 'Friday' }, 400, 'instant'],
  ])('a delegation %s is refused, and said why', async (_, by, body, code, words) => {
    const answer = await delegate(by, body);
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([code, expect.stringContaining(words)]);
  });

  test('a delegate gives the word of one person, who then has said it; the row alone gives nothing', async () => {
    const made = await delegate('riley', { delegate: 'kim', category: 'web' });
    expect([made.status, made.body]).toEqual([
      200,
      expect.objectContaining({ status: 'standing', signatureHolds: true }),
    ]);
    const { delegationId, barred } = made.body as DelegationView;
    expect(barred).toContainEqual({ patchId, category: 'web', why: 'kim requested this change' });
    await say('sam');
    expect((await say('kim', { onBehalfOf: 'riley' })).reasons.join()).toContain('kim requested this change');

    await ask('web', ['sam']);
    expect((await say('kim')).reasons.join()).toContain('--for riley');
    await ask('web', ['riley']);
    await say('sam');
    expect((await say('kim', { onBehalfOf: 'riley' })).reasons.join()).toContain('and kim cannot for riley');

    await ask('web', ['nobody']);
    await say('sam');
    await database.pool.query("update delegation set until = until + interval '1 day'");
    expect((await say('kim', { onBehalfOf: 'riley' })).reasons.join()).toContain('holds no delegation of riley');
    await database.pool.query("update delegation set until = until - interval '1 day'");
    expect(await say('kim', { onBehalfOf: 'riley' })).toMatchObject({ accepted: true });
    expect((await say('riley')).reasons.join()).toContain('nobody counts twice');
    const [word] = await desk.inventory.decisions.decisions({ patchId, accepted: true });
    expect(word).toMatchObject({
      by: 'kim',
      onBehalfOf: 'riley',
      claims: { name: 'kim', onBehalfOf: { name: 'riley', roles: ['changeManager'], delegationId } },
    });
    const [proof] = (await desk.api.get(`/v1/patches/${patchId}/decisions`, 'sam')).body as { votes: unknown[] }[];
    expect(proof?.votes).toContainEqual(
      expect.objectContaining({ by: 'kim', onBehalfOf: 'riley', signatureHolds: true }),
    );

    // Whatever writes the row: one voice each.
    await expect(
      database.pool.query("update decision set on_behalf_of = 'riley' where by = 'sam' and patch_id = $1", [patchId]),
    ).rejects.toThrow('one_voice_each');

    await ask('web', ['nobody']);
    await say('sam');
    expect((await desk.api.post(`/v1/delegations/${delegationId}/revocation`, { reason: 'back' }, 'sam')).status).toBe(
      403,
    );
    expect(
      (await desk.api.post(`/v1/delegations/${delegationId}/revocation`, { reason: 'back' }, 'riley')).status,
    ).toBe(200);
    expect((await say('kim', { onBehalfOf: 'riley' })).accepted).toBe(false);
    expect(
      (await desk.api.post(`/v1/delegations/${delegationId}/revocation`, { reason: 'back' }, 'riley')).status,
    ).toBe(404);
    const told = await desk.inventory.events.events({ limit: 500 });
    expect(told.filter((one) => one.what.startsWith('delegation of riley to kim')).map((one) => one.who)).toEqual(
      expect.arrayContaining(['riley', 'riley']),
    );
  });

  test('who could approve that night, and who not and why', async () => {
    const asked = (await desk.inventory.decisions.request(patchId, 'web'))?.requestedAt ?? '';
    const before = await eligible();
    expect(before).toMatchObject({ closed: null, ruleId: 'board' });
    expect(Object.fromEntries(before.people.map((one) => [one.name, one.counts]))).toEqual({
      riley: false,
      kim: false,
      sam: true,
      both: false,
    });
    expect(before.people.find((one) => one.name === 'kim')?.reasons.join()).toContain('kim requested this change');
    expect(before.people.find((one) => one.name === 'riley')).toMatchObject({ steps: ['board'] });
    await say('sam');
    const during = new Date().toISOString();
    expect((await eligible()).people.filter((one) => one.counts).map((one) => one.name)).toEqual(['riley', 'both']);
    await say('riley');
    await say('both');
    expect((await eligible()).closed).toContain('approve by both');
    // As it was then, whatever became of it.
    const past = await eligible(`&at=${during}`);
    expect([past.closed, past.people.filter((one) => one.counts).map((one) => one.name)]).toEqual([
      null,
      ['riley', 'both'],
    ]);
    expect(
      (await desk.api.get(`/v1/patches/${patchId}/eligible?category=web&at=${minutesFrom(asked, -1)}`, 'sam')).status,
    ).toBe(404);
    await desk.inventory.decisions.openRequest(
      someRequest({ requestId: `${patchId}/app/1`, patchId, category: 'app' }),
    );
    expect((await desk.api.get(`/v1/patches/${patchId}/eligible?category=app`, 'sam')).status).toBe(409);
  });
});
