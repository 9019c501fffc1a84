// I1, I5, I6, I9 over random orders of messages through the real activities and a real database: what is planned for production, or let through a
// gate, is explained by signed words of enough people who had no hand in it, on exactly what was shown. What explains is kept by the test itself.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createCycleActivities } from '../../activities/cycle.js';
import { createDecideActivities } from '../../activities/decide.js';
import { createDeployActivities } from '../../activities/deploy.js';
import { createMaintainActivities } from '../../activities/maintain.js';
import type { Ports } from '../../activities/ports.js';
import { createRequestActivities } from '../../activities/request.js';
import { createReviewActivities } from '../../activities/review.js';
import { loadPolicy } from '../../adapters/policy/loadPolicy.js';
import { createWindows } from '../../adapters/policy/windows.js';
import { openInventory } from '../../adapters/postgres/openInventory.js';
import { digests, openSigningKeys } from '../../adapters/signatures/ed25519.js';
import { acting } from '../../composition/acting.js';
import type { ApprovalRule } from '../../domain/approvalPath.js';
import { canonical } from '../../domain/canonical.js';
import { decisionText, type DecisionVerdict, type SignedDecision } from '../../domain/decision.js';
import type { Person, Policy } from '../../domain/policy.js';
import type { DecisionRequest } from '../../ports/decisions.js';
import type { Inventory } from '../../ports/inventory.js';
import type { SigningPort } from '../../ports/signatures.js';
import { forgetAll, openEmbeddedDatabase, type TestDatabase } from '../support/databases.js';
import { minutesFrom, now as begin } from '../support/facts.js';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary.js';
import { beside, cumulative, listMachines, passTogether, reachTested } from '../support/tested.js';

const patchIds = [cumulative.patchId, beside.patchId];
const machines = ['vm-1', 'vm-2', 'vm-3', 'vm-4'];
const staff = ['riley', 'mo', 'lee', 'kim', 'sam'];
const deciders = ['riley', 'mo', 'lee', 'kim'];

let database: TestDatabase;
let inventory: Inventory;
let signing: SigningPort;
let forger: SigningPort;
let demonstration: Policy;

beforeAll(async () => {
  database = await openEmbeddedDatabase();
  inventory = await openInventory(database.pool, acting);
  signing = (await openSigningKeys(await temporaryFolder())).signing;
  forger = (await openSigningKeys(await temporaryFolder())).signing;
  demonstration = await loadPolicy(new URL('../../policy/demonstration.yaml', import.meta.url).pathname);
}, 60_000);

afterAll(async () => {
  await database.close();
  await removeTemporaryFolders();
}, 30_000);

type Step =
  | { kind: 'ask'; patch: number; by: string }
  | { kind: 'word'; patch: number; by: string; verdict: DecisionVerdict; of: 'newest' | 'before' | 'nothing' }
  | { kind: 'replay'; which: number }
  | { kind: 'forge'; which: number; how: 'key' | 'borrowed' | 'noDecision'; by: string }
  | { kind: 'expire'; patch: number }
  | { kind: 'wait'; minutes: number }
  | { kind: 'edit'; patch: number; by: string }
  | { kind: 'news'; patch: number }
  | { kind: 'leaves' | 'arrives'; machine: number }
  | { kind: 'policy'; quorum: number; deciders: string[]; joinMax: number }
  | { kind: 'enrol'; patches: number[]; ring: 'canary' | 'early' | 'broad'; of: 'newest' | 'before' }
  | { kind: 'plan' | 'settle' };

const patch = fc.nat(1);
const person = fc.constantFrom(...staff);
const replay: fc.Arbitrary<Step> = fc.record({ kind: fc.constant('replay' as const), which: fc.nat() });
const forge: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('forge' as const),
  which: fc.nat(),
  how: fc.constantFrom('key' as const, 'borrowed' as const, 'noDecision' as const),
  by: fc.constantFrom('riley', 'mo', 'lee'),
});
const edit: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('edit' as const),
  patch,
  by: fc.constantFrom('riley', 'sam'),
});
const moves: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('leaves' as const, 'arrives' as const),
  machine: fc.nat(3),
});
const policy: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('policy' as const),
  quorum: fc.constantFrom(1, 2),
  deciders: fc.subarray(deciders, { minLength: 2 }),
  joinMax: fc.constantFrom(0, 1, 2),
});
const stale: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('word' as const),
  patch,
  by: fc.constantFrom('riley', 'mo', 'lee'),
  verdict: fc.constant('approve' as const),
  of: fc.constantFrom('before' as const, 'nothing' as const),
});
const tooLate: fc.Arbitrary<Step> = fc.constant({ kind: 'wait', minutes: 130 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('ask' as const), patch, by: fc.constantFrom('kim', 'mo') }) },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('word' as const),
      patch,
      by: person,
      verdict: fc.constantFrom<DecisionVerdict>('approve', 'approve', 'approve', 'approve', 'reject', 'defer'),
      of: fc.constantFrom(
        'newest' as const,
        'newest' as const,
        'newest' as const,
        'before' as const,
        'nothing' as const,
      ),
    }),
  },
  { weight: 4, arbitrary: replay },
  { weight: 4, arbitrary: forge },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const), patch }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.constantFrom(1, 5, 70, 130) }) },
  { weight: 2, arbitrary: edit },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('news' as const), patch }) },
  { weight: 3, arbitrary: moves },
  { weight: 2, arbitrary: policy },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('enrol' as const),
      patches: fc.subarray([0, 1], { minLength: 1 }),
      ring: fc.constantFrom('canary' as const, 'early' as const, 'broad' as const),
      of: fc.constantFrom('newest' as const, 'newest' as const, 'before' as const),
    }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('plan' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
);

/** What was really said, by whom and when: sent by the API's own key for the first time. */
interface Said {
  decision: SignedDecision;
  at: string;
  /** The newest request of its patch when it was said. */
  requestId: string;
  quorum: number;
}

/** How often each thing was seen in all stories: one that never happens would prove nothing. */
const seen = { asked: 0, approved: 0, planned: 0, joined: 0, opened: 0, rejected: 0, refused: 0 };

class Story {
  now = begin;
  readonly said: Said[] = [];
  readonly sent: SignedDecision[] = [];
  readonly requests: (DecisionRequest & { quorum: number })[] = [];
  /** Of what is decided on. */
  readonly edits: { patchId: string; by: string; at: string }[] = [];
  readonly explained = new Set<string>();
  readonly planned = new Set<string>();
  machines = [...machines];
  deciders = [...deciders];
  /** How many may join a decision later, as policy says; 0: it says nothing. */
  joinMax = 1;
  /** Machines that came, and when; by decision, those that joined it. */
  readonly cameAt = new Map<string, string>();
  readonly joined = new Map<string, Set<string>>();
  private count = 0;
  private readonly ports: Ports;

  constructor(public quorum: number) {
    this.ports = {
      inventory,
      policy: { current: async () => this.policy(), people: async () => this.people() },
      windows: createWindows(),
      engine: { startRun: async () => {}, isRunning: async () => true },
      notices: { tell: async () => {} },
      digests: { ...digests, ...signing },
      clock: { now: () => this.now },
    } as unknown as Ports;
  }

  async begin(): Promise<void> {
    await forgetAll(database.pool);
    await listMachines(inventory, this.machines, this.now);
    await passTogether(inventory, this.now);
    await createCycleActivities(this.ports).computeDemand();
    await reachTested(inventory, this.now);
  }

  private policy(): Policy {
    const who = { roles: ['changeManager'], people: [], owners: false };
    const steps = [{ name: 'board', who, quorum: this.quorum, escalation: null, fallback: null }];
    const rules: ApprovalRule[] = [{ id: 'board', categories: [], tiers: [], steps }];
    const version = `${this.quorum} ${this.deciders.join()} ${this.joinMax}`;
    const arrivals =
      this.joinMax === 0 ? [] : [{ id: 'fresh', categories: ['web'], machinesMax: this.joinMax, percentMax: 50 }];
    const limits = { ...demonstration.limits, factsMaxAgeMinutes: 100_000 };
    return { ...demonstration, version, limits, approvals: { ...demonstration.approvals, rules, arrivals } };
  }

  private people(): Person[] {
    return staff.map((name) => {
      return {
        name,
        mail: `${name}@patchline.example`,
        roles: this.deciders.includes(name) ? ['changeManager'] : ['sre'],
      };
    });
  }

  private mayDecide(name: string, { patchId, requestedBy }: DecisionRequest): boolean {
    const hands = [...requestedBy, ...this.edits.filter((one) => one.patchId === patchId).map((one) => one.by)];
    return this.deciders.includes(name) && !hands.includes(name);
  }

  async take(one: Step): Promise<void> {
    this.now = minutesFrom(this.now, 0.1);
    await this.act(one);
    await this.check();
  }

  private async act(one: Step): Promise<void> {
    if (one.kind === 'wait') this.now = minutesFrom(this.now, one.minutes);
    else if (one.kind === 'ask') await this.ask(idOf(one.patch), one.by);
    else if (one.kind === 'word') await this.word(one);
    else if (one.kind === 'replay') await this.send(this.sent[one.which % (this.sent.length || 1)]);
    else if (one.kind === 'forge') await this.forge(one);
    else if (one.kind === 'expire') await this.expire(idOf(one.patch));
    else if (one.kind === 'edit') await this.edit(idOf(one.patch), one.by);
    else if (one.kind === 'news')
      await createReviewActivities(this.ports).reviewRollout({
        patchId: idOf(one.patch),
        category: 'web',
        phase: 'awaiting',
      });
    else if (one.kind === 'leaves' || one.kind === 'arrives') await this.move(one.kind, one.machine);
    else if (one.kind === 'policy')
      [this.quorum, this.deciders, this.joinMax] = [one.quorum, one.deciders, one.joinMax];
    else if (one.kind === 'enrol') await this.enrol(one);
    else if (one.kind === 'plan') await this.plan();
    else
      for (const { runKey } of await this.runs()) await inventory.runs.settleRun(runKey, 'completed', 'done', this.now);
  }

  private async ask(patchId: string, by: string): Promise<void> {
    this.count += 1;
    const occasion = `story/${this.count}`;
    const { asked } = await createRequestActivities(this.ports).requestDecision({
      patchId,
      category: 'web',
      requestedBy: [by],
      occasion,
    });
    if (asked === null) return;
    const request = await inventory.decisions.request(patchId, 'web');
    if (request === null) throw new Error('it was asked for, and is not there');
    seen.asked += 1;
    this.requests.push({ ...request, quorum: this.quorum });
  }

  private of(patchId: string, which: 'newest' | 'before'): (DecisionRequest & { quorum: number }) | undefined {
    return this.requests.filter((one) => one.patchId === patchId).at(which === 'newest' ? -1 : -2);
  }

  private async word({ patch: index, by, verdict, of }: Step & { kind: 'word' }): Promise<void> {
    const patchId = idOf(index);
    this.count += 1;
    const unsigned = {
      decisionId: `d${this.count}`,
      patchId,
      category: 'web',
      verdict,
      justification: 'tested in staging',
      deferUntil: verdict === 'defer' ? minutesFrom(this.now, 600) : null,
      digest: of === 'nothing' ? 'a'.repeat(64) : (this.of(patchId, of)?.digest ?? 'b'.repeat(64)),
      by,
      at: this.now,
    };
    const decision = { ...unsigned, signature: signing.sign(decisionText(unsigned)) };
    this.sent.push(decision);
    const requestId = this.of(patchId, 'newest')?.requestId ?? '';
    this.said.push({ decision, at: this.now, requestId, quorum: this.quorum });
    await this.send(decision);
  }

  private async send(received: unknown, patchId?: string): Promise<void> {
    if (received === undefined) return;
    const place = { patchId: patchId ?? (received as SignedDecision).patchId, category: 'web' };
    const answer = await createDecideActivities(this.ports).recordDecision({ received, ...place });
    if (!answer.accepted) {
      seen.refused += 1;
      return;
    }
    if (answer.verdict !== 'approve') seen.rejected += 1;
    // A word that counts is one that was said, in its time, on exactly what was asked; repeated it is the same word.
    const word = this.said.find(({ decision }) => decision === received);
    const request = this.requests.find((one) => one.requestId === answer.requestId);
    if (word === undefined || request === undefined) throw new Error('a word counts that nobody said, or for nothing');
    expect(word.requestId).toBe(request.requestId);
    expect(word.decision.digest).toBe(request.digest);
    expect(Date.parse(word.at)).toBeLessThan(Date.parse(request.expiresAt));
    if (word.at === this.now) expect(this.mayDecide(word.decision.by, request)).toBe(true);
  }

  /** Something that the API did not sign as it is. */
  private async forge({ which, how, by }: Step & { kind: 'forge' }): Promise<void> {
    const target = this.requests.at(-1);
    const model = this.sent[which % (this.sent.length || 1)];
    if (target === undefined) return;
    const { patchId, digest } = target;
    const words = { verdict: 'approve' as const, justification: 'tested in staging', deferUntil: null };
    const forged = {
      ...words,
      decisionId: `f${(this.count += 1)}`,
      patchId,
      category: 'web',
      digest,
      by,
      at: this.now,
    };
    if (how === 'noDecision') await this.send({ ...forged, verdict: 'yes' }, patchId);
    else if (how === 'key') await this.send({ ...forged, signature: forger.sign(decisionText(forged)) });
    else await this.send({ ...forged, signature: model?.signature ?? 'none' });
  }

  private async expire(patchId: string): Promise<void> {
    const request = this.of(patchId, 'newest');
    if (request === undefined) return;
    if (Date.parse(this.now) < Date.parse(request.expiresAt)) this.now = request.expiresAt;
    const { requestId } = request;
    await createRequestActivities(this.ports).expireRequest({ requestId, patchId, category: 'web' });
  }

  private async edit(patchId: string, by: string): Promise<void> {
    this.count += 1;
    const edit = { vmId: null, vmName: null, downtimeMinutes: 10 + this.count, note: null, reason: 'measured by hand' };
    await inventory.impacts.edit({ ...edit, editId: `e${this.count}`, patchId, category: 'web', by, at: this.now });
    this.edits.push({ patchId, by, at: this.now });
  }

  private async move(kind: 'leaves' | 'arrives', index: number): Promise<void> {
    const vmId = machines[index] ?? '';
    const others = this.machines.filter((one) => one !== vmId);
    const before = new Set(this.machines);
    // One that comes is another machine: it has never been here before.
    this.machines = kind === 'leaves' ? others : [...others, `${vmId}-${(this.count += 1)}`].slice(-machines.length);
    for (const one of this.machines) if (!before.has(one)) this.cameAt.set(one, this.now);
    await listMachines(inventory, this.machines, this.now);
    await createCycleActivities(this.ports).computeDemand();
  }

  /** At one moment, so that they come into one run. */
  private async enrol({ patches, ring, of }: Step & { kind: 'enrol' }): Promise<void> {
    for (const index of patches) await this.enrolOne(idOf(index), ring, of);
  }

  private async enrolOne(patchId: string, ring: string, of: 'newest' | 'before'): Promise<void> {
    const digest = this.of(patchId, of)?.digest ?? 'c'.repeat(64);
    const asked = { patchId, category: 'web', ring, digest, vmIds: null, notifyWorkflowId: 'rollout' };
    // What is not approved, or has no such ring, is refused by an error: the story goes on.
    const enrolled = await createDeployActivities(this.ports)
      .enrolRing(asked)
      .catch(() => null);
    if (enrolled !== null && !('refused' in enrolled)) await this.expectExplained(patchId, digest);
  }

  private async runs() {
    const live = [
      ...(await inventory.runs.runs({ status: 'open' })),
      ...(await inventory.runs.runs({ status: 'planned' })),
    ];
    return live.filter((run) => run.environment === 'production');
  }

  /** Runs come to their time, in whatever state the rest is then. */
  private async plan(): Promise<void> {
    const maintain = createMaintainActivities(this.ports);
    for (const run of await this.runs()) {
      if (run.opensAt > this.now) this.now = run.opensAt;
      await maintain.planRun(run.runKey);
      if ((await maintain.checkWave({ runKey: run.runKey, wave: 1 })).kind !== 'open') continue;
      const due = (await inventory.runs.manifest({ runKey: run.runKey })).filter((row) => row.state === 'planned');
      if (due.length === 0) continue;
      seen.opened += 1;
      // What was enrolled and then asked for anew was left out when it was planned: its words explain nothing, and need not.
      const goes = new Set(due.map((row) => row.patchId));
      for (const { patchId, digest } of await inventory.runs.enrolments(run.runKey))
        if (goes.has(patchId)) await this.expectExplained(patchId, digest ?? '');
    }
  }

  /** After every step: nothing is approved, and nothing new is planned for production, that the words do not explain. */
  private async check(): Promise<void> {
    for (const patchId of patchIds) {
      const standing = await inventory.decisions.approval(patchId, 'web');
      if (standing !== null) await this.expectExplained(patchId, standing.request.digest);
    }
    for (const { runKey } of await this.runs()) {
      const enrolments = await inventory.runs.enrolments(runKey);
      for (const row of await inventory.runs.manifest({ runKey })) {
        const key = `${runKey} ${row.patchId} ${row.vmId}`;
        if (row.state !== 'planned' || this.planned.has(key)) continue;
        this.planned.add(key);
        seen.planned += 1;
        const digest = enrolments.find((one) => one.patchId === row.patchId)?.digest ?? '';
        const request = await this.expectExplained(row.patchId, digest);
        const { subject } = request;
        // I9: inside of what was signed, in its ring, and here still.
        const ring = subject.rings.find((one) => one.name === runKey.split('/')[3]);
        if (ring?.vmIds.includes(row.vmId) !== true) this.expectJoined(request, row.vmId, ring?.name ?? '');
        expect(this.machines).toContain(row.vmId);
        const together = (await inventory.runs.manifest({ runKey })).filter(
          (one) => one.vmId === row.vmId && one.state === 'planned',
        );
        for (const one of together) expect(subject.testedSet).toContain(one.patchId);
      }
    }
  }

  /** Not signed by name: it came later, by the rule that was signed, while policy had one, and no more of them than were signed. */
  private expectJoined({ subject, digest, requestedAt }: DecisionRequest, vmId: string, ring: string): void {
    const joined = this.joined.get(digest) ?? new Set();
    this.joined.set(digest, joined.add(vmId));
    expect(subject.arrivals?.ring).toBe(ring);
    expect(joined.size).toBeLessThanOrEqual(Math.min(subject.arrivals?.machinesMax ?? 0, this.joinMax));
    expect(subject.vmIds).not.toContain(vmId);
    expect(Date.parse(this.cameAt.get(vmId) ?? '')).toBeGreaterThan(Date.parse(requestedAt));
    seen.joined += 1;
  }

  /** The approval that stands is of the newest request, with this digest over what is stored, and enough people said so by their own signed words. */
  private async expectExplained(patchId: string, digest: string): Promise<DecisionRequest> {
    const request = this.of(patchId, 'newest');
    const stored = await inventory.decisions.request(patchId, 'web');
    if (request === undefined || stored === null) throw new Error(`${patchId} goes on, and nobody was ever asked`);
    expect(stored.requestId).toBe(request.requestId);
    expect(stored.digest).toBe(digest);
    expect(digests.sha256(canonical(stored.subject))).toBe(digest);
    if (this.explained.has(request.requestId)) return stored;
    // I9: nobody has changed under them what they were shown.
    const unseen = this.edits.filter((one) => one.patchId === patchId && one.at > request.requestedAt);
    expect(unseen).toEqual([]);
    const words = this.said.filter(
      ({ decision, at, requestId }) =>
        requestId === request.requestId &&
        decision.digest === digest &&
        at >= request.requestedAt &&
        at < request.expiresAt,
    );
    const approvers = words.filter(
      ({ decision }) => decision.verdict === 'approve' && this.mayDecide(decision.by, request),
    );
    const people = new Set(approvers.map(({ decision }) => decision.by));
    expect(people.size).toBeGreaterThanOrEqual(Math.max(request.quorum, this.quorum));
    this.explained.add(request.requestId);
    seen.approved += 1;
    return stored;
  }
}

function idOf(index: number): string {
  return patchIds[index] ?? '';
}

const asked = (index: number): Step => ({ kind: 'ask', patch: index, by: 'kim' });
const approves = (index: number, by: string): Step => ({
  kind: 'word',
  patch: index,
  by,
  verdict: 'approve',
  of: 'newest',
});
const enrols = (patches: number[], ring: 'canary' | 'broad' = 'canary'): Step => ({
  kind: 'enrol',
  patches,
  ring,
  of: 'newest',
});
/** What was enrolled is not what is approved by the time of its plan. */
const decidedAgain = (index: number): Step[] => [
  { kind: 'edit', patch: index, by: 'sam' },
  asked(index),
  approves(index, 'riley'),
  approves(index, 'lee'),
];
/** The ordinary way of one patch or of both; something comes while it waits, and before it is planned: orders that get nowhere prove little. */
const scene: fc.Arbitrary<Step[]> = fc
  .record({
    of: fc.subarray([0, 1], { minLength: 1 }),
    people: fc.shuffledSubarray(deciders, { minLength: 1, maxLength: 2 }),
    waiting: fc.array(fc.oneof(forge, forge, replay, stale, tooLate, edit, policy, policy), {
      minLength: 1,
      maxLength: 2,
    }),
    ring: fc.constantFrom('canary' as const, 'broad' as const),
    approved: fc.oneof(
      fc.array(fc.oneof(step, moves, moves, patch.map(asked)), { maxLength: 1 }),
      patch.map(decidedAgain),
    ),
    settles: fc.boolean(),
  })
  .map(({ of, people, waiting, ring, approved, settles }) => [
    ...of.map(asked),
    ...waiting,
    ...of.flatMap((index) => people.map((by) => approves(index, by))),
    enrols(of, ring),
    ...approved,
    { kind: 'plan' },
    ...(settles ? [{ kind: 'settle' as const }] : []),
  ]);

/** The ordinary way, so that it is always among them: both approved and planned together, then asked again. */
/** One comes after both were approved, and joins the last ring; the next one is one too many. */
const joins: Step[] = [
  asked(0),
  asked(1),
  approves(0, 'riley'),
  approves(1, 'lee'),
  { kind: 'arrives', machine: 0 },
  { kind: 'arrives', machine: 1 },
  enrols([0, 1], 'broad'),
  { kind: 'plan' },
];
const ordinary: Step[] = [
  ...joins,
  { kind: 'settle' },
  asked(0),
  asked(1),
  approves(0, 'riley'),
  approves(1, 'lee'),
  enrols([0, 1]),
  { kind: 'plan' },
  asked(0),
  { kind: 'replay', which: 0 },
  { kind: 'plan' },
  { kind: 'word', patch: 0, by: 'lee', verdict: 'reject', of: 'newest' },
  { kind: 'plan' },
];

test('whatever the order, only what was signed by enough others on exactly that is planned and let through', async () => {
  const stories = fc.array(scene, { minLength: 4, maxLength: 5, size: 'max' }).map((scenes) => scenes.flat());
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(1, 2), stories, async (quorum, steps) => {
      const story = new Story(quorum);
      await story.begin();
      for (const one of steps) await story.take(one);
    }),
    { numRuns: 4, examples: [[1, ordinary]], endOnFailure: true },
  );
  expect(Object.entries(seen).filter(([, count]) => count === 0)).toEqual([]);
}, 300_000);
