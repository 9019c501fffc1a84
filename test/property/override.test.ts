// I2: an override opens exactly the window or freeze that it names, for its patch and category, signed, until it expires; and nothing else ever.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decideAdmission, type AdmissionInput } from '../../domain/admission.js';
import { approvalRule, type ApprovalRule, type ApprovalStep } from '../../domain/approvalPath.js';
import { isHopeless, waveVerdict, type GateFacts } from '../../domain/gate.js';
import {
  emergencyOccurrence,
  freezeObstacle,
  overrideText,
  quorumObstacle,
  windowObstacle,
  type HeldOverride,
  type Obstacle,
  type SignedOverride,
} from '../../domain/override.js';
import { standingRules } from '../../domain/shortenedQuorum.js';
import { minutesFrom, now, someRow, someRun, someVm } from '../support/facts.js';

const patches = ['KB1', 'KB2'];
const categories = ['web', 'app'];
const windows = ['soon', 'weekly'];
const freezes = ['year-end', 'audit'].map((id) => ({
  id,
  reason: 'accounts',
  from: minutesFrom(now, -60),
  until: minutesFrom(now, 60),
  categories: [],
  environments: [],
}));
const obstacles: Obstacle[] = [
  ...windows.map(windowObstacle),
  ...freezes.map(freezeObstacle),
  // The freeze as it was before somebody made it longer.
  ...freezes.map((freeze) => freezeObstacle({ ...freeze, until: minutesFrom(now, 30) })),
];

const held: fc.Arbitrary<HeldOverride> = fc
  .record({
    obstacle: fc.constantFrom(...obstacles),
    patchId: fc.constantFrom(...patches),
    category: fc.constantFrom(...categories),
    begun: fc.integer({ min: -90, max: 5 }),
    end: fc.integer({ min: -30, max: 30 }),
    problem: fc.constantFrom(null, null, null, 'it is not signed by the API'),
  })
  .map(({ obstacle, begun, end, problem, ...rest }) => ({
    override: {
      ...obstacle,
      ...rest,
      overrideId: 'o',
      emergencyId: 'e',
      reason: 'exploited',
      by: 'riley',
      at: minutesFrom(now, begun),
      expiresAt: minutesFrom(now, end),
      signature: 's',
    },
    problem,
  }));

interface World {
  overrides: HeldOverride[];
  due: string[];
  frozen: string[];
  isEmergency: boolean;
}

const world: fc.Arbitrary<World> = fc.record({
  overrides: fc.array(held, { maxLength: 12 }),
  due: fc.subarray(patches, { minLength: 0 }),
  frozen: fc.subarray(freezes.map((freeze) => freeze.id)),
  isEmergency: fc.boolean(),
});

function opens({ override, problem }: HeldOverride, patchId: string, kind: string, names: string, span: string | null) {
  return (
    problem === null &&
    override.patchId === patchId &&
    override.category === 'web' &&
    override.kind === kind &&
    override.names === names &&
    override.span === span &&
    Date.parse(override.at) <= Date.parse(now) &&
    Date.parse(now) < Date.parse(override.expiresAt)
  );
}

/** Said in another way than the gate does: each patch that is due has one for each obstacle. */
function isAllowed({ overrides, due, frozen, isEmergency }: World): boolean {
  const inTheWay = [
    ...(isEmergency ? [['window', 'soon', null] as const] : []),
    ...freezes
      .filter((freeze) => frozen.includes(freeze.id))
      .map((freeze) => ['freeze', freeze.id, `${freeze.from}/${freeze.until}`] as const),
  ];
  if (inTheWay.length === 0) return true;
  if (due.length === 0) return false;
  return inTheWay.every(([kind, names, span]) =>
    due.every((patchId) => overrides.some((one) => opens(one, patchId, kind, names, span))),
  );
}

function runOf({ isEmergency }: World) {
  return someRun({ occurrence: isEmergency ? emergencyOccurrence(minutesFrom(now, -10)) : 'soon@1' });
}

function gateFacts(from: World): GateFacts {
  return {
    run: runOf(from),
    rows: from.due.map((patchId) => someRow({ patchId })),
    wave: 1,
    enrolled: from.due.map((patchId) => ({
      patchId,
      decision: { accepted: true, verdict: 'approve', digest: 'a', windowRule: 'soon' },
      enrolledDigest: 'a',
      earlierRingProblem: null,
    })),
    freezes: freezes.filter((freeze) => from.frozen.includes(freeze.id)),
    overrides: from.overrides,
    standingStop: null,
    failureSpent: null,
    minutesNeeded: 30,
    life: [],
  };
}

function admissionInput(from: World): AdmissionInput {
  return {
    run: runOf(from),
    vm: someVm(),
    rows: from.due.map((patchId) => someRow({ patchId })),
    openSessions: [],
    unfinishedOperations: [],
    now: { power: 'running', agentReady: true, busy: false },
    standingStop: null,
    freezes: freezes.filter((freeze) => from.frozen.includes(freeze.id)),
    overrides: from.overrides,
    windowRules: { KB1: 'soon', KB2: 'soon' },
    mayInstall: ['s'],
    inFlightMax: { all: 10, category: 5 },
    minutesNeeded: 30,
    ringSpent: null,
    held: [],
  };
}

describe('an override (I2)', () => {
  test('opens the gate of a wave exactly where every patch that is due has one for everything in the way', () => {
    fc.assert(
      fc.property(world, (from) => {
        expect(waveVerdict(gateFacts(from), now).kind !== 'closed').toBe(isAllowed(from));
      }),
      { numRuns: 3000 },
    );
  });

  test('lets a machine be admitted exactly then', () => {
    fc.assert(
      fc.property(world, (from) => {
        const isAdmitted = decideAdmission(admissionInput(from), now).kind === 'admitted';
        expect(isAdmitted).toBe(from.due.length > 0 && isAllowed(from));
      }),
      { numRuns: 3000 },
    );
  });

  const signed = (change: Partial<SignedOverride> = {}): HeldOverride => ({
    override: {
      ...windowObstacle('soon'),
      overrideId: 'o',
      emergencyId: 'e',
      patchId: 'KB1',
      category: 'web',
      reason: 'exploited',
      by: 'riley',
      at: minutesFrom(now, -5),
      expiresAt: minutesFrom(now, 5),
      signature: 's',
      ...change,
    },
    problem: null,
  });
  const whole: World = { overrides: [signed()], due: ['KB1'], frozen: [], isEmergency: true };

  test('says who let it through and why', () => {
    expect(waveVerdict(gateFacts(whole), now)).toEqual({ kind: 'overridden', by: 'riley', reason: 'exploited' });
  });

  const closing: Record<string, World> = {
    'expired this instant': { ...whole, overrides: [signed({ expiresAt: now })] },
    'of another patch': { ...whole, overrides: [signed({ patchId: 'KB2' })] },
    'of another category': { ...whole, overrides: [signed({ category: 'app' })] },
    'of another window': { ...whole, overrides: [signed(windowObstacle('weekly'))] },
    'of a freeze of the same name': { ...whole, overrides: [signed({ kind: 'freeze', span: null })] },
    'that nobody can verify': { ...whole, overrides: [{ ...signed(), problem: 'it is not signed by the API' }] },
    'with times that cannot be read': { ...whole, overrides: [signed({ expiresAt: 'tomorrow' })] },
    'beside a stranger': { ...whole, due: ['KB1', 'KB2'] },
    'none at all': { ...whole, overrides: [] },
  };
  test.each(Object.entries(closing))('opens nothing: %s', (_, from) => {
    expect(waveVerdict(gateFacts(from), now).kind).toBe('closed');
    expect(decideAdmission(admissionInput(from), now).kind).toBe('refused');
    // Nothing is waited for outside of every window: what is left goes in its own.
    expect(isHopeless(gateFacts(from), now)).toBe(true);
  });

  test('a decision whose window nobody knows opens nothing, and staging has no emergency runs', () => {
    expect(decideAdmission({ ...admissionInput(whole), windowRules: {} }, now).kind).toBe('refused');
    const facts = gateFacts(whole);
    const staging = { ...facts, run: { ...facts.run, environment: 'staging' as const }, enrolled: [] };
    expect(waveVerdict(staging, now).kind).toBe('closed');
  });

  test('never makes the run longer than its times, nor lifts a stop', () => {
    const late = { ...gateFacts(whole), run: { ...runOf(whole), closesAt: minutesFrom(now, 29) } };
    expect(waveVerdict(late, now).kind).toBe('closed');
    expect(waveVerdict({ ...gateFacts(whole), standingStop: { by: 'sam', reason: 'a drill' } }, now).kind).toBe(
      'closed',
    );
    const spent = { ...gateFacts(whole), failureSpent: 'the budget is spent' };
    expect(waveVerdict(spent, now).kind).toBe('closed');
  });

  test('lets a rule for emergencies take a request exactly where it is signed for as it reads now, and no other way', () => {
    const who = { roles: ['changeManager'], people: [], owners: false };
    const step = (quorum: number): ApprovalStep => ({ name: 'one', who, quorum, escalation: null, fallback: null });
    const board: ApprovalRule = { id: 'board', categories: [], tiers: [], steps: [step(3)] };
    const night: ApprovalRule = { ...board, id: 'night', emergency: true, steps: [step(2)] };
    const urgent: ApprovalRule = { ...board, id: 'urgent', emergency: true, tiers: ['P0'], steps: [step(1)] };
    const rules = {
      remindAfterMinutes: 5,
      expireAfterMinutes: 60,
      paths: {},
      rules: [urgent, board, night],
    };
    const before = quorumObstacle({ ...night, steps: [step(1)] });
    const any = fc.constantFrom(...obstacles, ...[board, night, urgent].map(quorumObstacle), before);
    const words = fc.array(
      fc
        .tuple(held, any)
        .map(([{ override, problem }, obstacle]) => ({ override: { ...override, ...obstacle }, problem })),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(words, fc.constantFrom('P0', 'P2', null), (overrides, tier) => {
        const standing = standingRules(rules.rules, overrides, { patchId: 'KB1', category: 'web' }, now);
        const isSigned = (rule: ApprovalRule) =>
          overrides.some((one) => opens(one, 'KB1', 'quorum', rule.id, quorumObstacle(rule).span));
        const expected = isSigned(urgent) && tier === 'P0' ? 'urgent' : isSigned(night) ? 'night' : 'board';
        const ruleIds = standing.map(({ rule }) => rule.id);
        const chosen = approvalRule(rules, { name: 'web', approverRole: 'changeManager' }, tier, ruleIds);
        expect(chosen.ruleId).toBe(expected);
        expect(Math.min(...chosen.steps.map(({ quorum }) => quorum))).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });

  test('every field is part of what is signed', () => {
    const { signature: _signature, ...override } = signed().override;
    for (const key of Object.keys(override))
      expect(overrideText({ ...override, [key]: 'another' })).not.toBe(overrideText(override));
  });
});
