// Who may ask for an emergency, sign for it and review it; how long staging soaks; and what comes due by itself (I2, I6, I10).

import { describe, expect, test } from '@jest/globals';
import {
  emergencyMoment,
  emergencyProblems,
  reviewProblems,
  signProblems,
  signerProblems,
  soakOf,
  type AskedEmergency,
} from '../../domain/emergency.js';
import type { ApprovalRule } from '../../domain/approvalPath.js';
import { emergencyPolicy, minutesFrom, now, someEmergency } from '../support/facts.js';

const freeze = {
  id: 'year-end',
  reason: 'accounts',
  from: minutesFrom(now, -60),
  until: minutesFrom(now, 60),
  categories: ['web'],
  environments: [],
};
const sam = { name: 'sam', roles: ['sre'] };
const riley = { name: 'riley', roles: ['changeManager'] };
const asked: AskedEmergency = {
  category: 'web',
  reason: 'it is exploited in the wild',
  window: true,
  freezes: ['year-end'],
  quorum: null,
  soakSeconds: null,
};

describe('asking', () => {
  const group = { roles: ['changeManager'], people: [], owners: false };
  const step = { name: 'one', who: group, quorum: 1, escalation: null, fallback: null };
  const rules: ApprovalRule[] = [
    { id: 'board', categories: [], tiers: [], steps: [{ ...step, quorum: 3 }] },
    { id: 'night', categories: ['web'], tiers: ['P0'], emergency: true, steps: [step] },
  ];
  const facts = { policy: emergencyPolicy, freezes: [freeze], rules, by: sam };
  test('is for whom policy names', () => {
    expect(emergencyProblems(asked, facts, now)).toEqual([]);
    const silent = { ...emergencyPolicy, roles: [], overrideRoles: { window: [], freeze: [], quorum: [] } };
    expect(emergencyProblems(asked, { ...facts, policy: silent }, now)).toEqual([
      'policy names no role for this: set `emergency.roles` in the policy',
      'nobody may sign for a window: set `emergency.overrideRoles.window` in the policy',
      'nobody may sign for a freeze: set `emergency.overrideRoles.freeze` in the policy',
    ]);
  });

  test.each([
    ['by another role', { by: { name: 'kim', roles: ['scheduler'] } }, {}, 'lacks the role sre'],
    ['without a reason', {}, { reason: '   ' }, 'a reason of at least 10'],
    ['for nothing', {}, { window: false, freezes: [] }, 'overrides the window'],
    ['for a freeze that is none', {}, { freezes: ['summer'] }, 'no freeze summer'],
    ['for a freeze of others', {}, { category: 'app' }, 'not of category app'],
    ['for a freeze that is over', { freezes: [{ ...freeze, until: now }] }, {}, 'was over'],
    ['for a quorum of no rule', {}, { quorum: 'dawn' }, 'dawn is no rule of approval for emergencies of web'],
    ['for the quorum of everyday', {}, { quorum: 'board' }, '(approvals.rules): night'],
    ['for a quorum of others', {}, { category: 'app', freezes: [], quorum: 'night' }, 'there is none'],
    ['without a soak', {}, { soakSeconds: 0 }, 'less than 60 seconds'],
    ['with less soak than policy allows', {}, { soakSeconds: 59 }, 'less than 60 seconds'],
    ['with a soak that is no number', {}, { soakSeconds: Number.NaN }, 'less than 60 seconds'],
  ])('is refused %s', (_, facing, change, words) => {
    expect(emergencyProblems({ ...asked, ...change }, { ...facts, ...facing }, now).join('; ')).toContain(words);
  });
});

describe('signing', () => {
  const sign = { by: 'riley', kind: 'window' as const, names: null, reason: 'exploited, seen and bearable' };
  const facts = { policy: emergencyPolicy, person: riley, cycleRequestedBy: ['kim'] };
  test('stands by the named role of another person', () => {
    expect(signProblems(sign, someEmergency(), facts, now)).toEqual([]);
  });
  test.each([
    ['by whoever asked for it', {}, { requestedBy: 'riley' }, {}, 'riley asked for the emergency'],
    ['by whoever asked for the cycle', {}, {}, { cycleRequestedBy: ['riley'] }, 'riley requested this change'],
    ['by another role', { by: 'sam' }, {}, { person: sam }, 'sam lacks the role changeManager'],
    ['by nobody', {}, {}, { person: null }, 'not a person that the policy knows'],
    ['for what was not asked for', { kind: 'freeze' as const, names: 'audit' }, {}, {}, 'to override window soon'],
    ['for a window of another name', { names: 'weekly' }, {}, {}, 'to override window soon'],
    ['after its end', {}, { expiresAt: now }, {}, 'expired'],
    ['of one that has ended', {}, { status: 'ended' as const }, {}, 'is ended'],
    ['without a reason', { reason: 'ok' }, {}, {}, 'a reason of at least 10'],
  ])('is refused %s', (_, change, held, facing, words) => {
    const problems = signProblems({ ...sign, ...change }, someEmergency(held), { ...facts, ...facing }, now);
    expect(problems.join('; ')).toContain(words);
  });

  test('counts no longer when the role is gone', () => {
    const gone = { ...facts, person: { name: 'riley', roles: ['viewer'] } };
    expect(signerProblems('riley', 'window', someEmergency(), gone)).toHaveLength(1);
  });
});

describe('reviewing', () => {
  const ended = someEmergency({ status: 'ended', endedBy: 'sam', endedAt: now });
  const facts = { signers: ['riley'], approvers: ['both'] };
  const outcome = 'looked at: rightly asked for';
  test('is for somebody who had no hand in it', () => {
    expect(reviewProblems({ by: 'lee', outcome }, ended, facts)).toEqual([]);
    for (const by of ['sam', 'riley', 'both']) expect(reviewProblems({ by, outcome }, ended, facts)).toHaveLength(1);
    expect(reviewProblems({ by: 'lee', outcome: '' }, ended, facts)).toHaveLength(1);
    expect(reviewProblems({ by: 'lee', outcome }, someEmergency(), facts).join()).toContain('end it first');
    const again = { ...ended, reviewedBy: 'lee', reviewedAt: now };
    expect(reviewProblems({ by: 'dana', outcome }, again, facts).join()).toContain('reviewed by lee');
  });
});

describe('the soak', () => {
  test.each([
    [3600, [600], 600],
    [3600, [1], 60],
    [3600, [0], 3600],
    [3600, [Number.NaN], 3600],
    [3600, [600, null], 3600],
    [3600, [600, 1200], 1200],
    [3600, [7200], 3600],
    [30, [600], 30],
    [3600, [], 3600],
  ])('of %d seconds, asked to be %j, is %d', (soakSeconds, asked, expected) => {
    const patches = asked.map((shortened) => ({ shortened }));
    expect(soakOf(soakSeconds, patches, emergencyPolicy)).toBe(expected);
  });
});

describe('what comes due', () => {
  const day = 24 * 60;
  const waiting = someEmergency({
    status: 'ended',
    reviewOpenedAt: now,
    reviewDueAt: minutesFrom(now, 3 * day),
  });
  test.each([
    [someEmergency(), 0, undefined, 15],
    [someEmergency(), 110, undefined, 120],
    [someEmergency(), 120, 'expired', 120],
    [waiting, 0, 'reviewAsked', 1.5 * day],
    [waiting, 2 * day, 'reviewReminder', 3 * day],
    [waiting, 3 * day, 'reviewOverdue', 4 * day],
    [waiting, 9.5 * day, 'reviewOverdue', 10 * day],
    [{ ...waiting, reviewedAt: now, reviewedBy: 'lee' }, 9 * day, undefined, null],
  ])('case %#', (emergency, minutes, kind, next) => {
    const { due, nextAt } = emergencyMoment(emergency, minutesFrom(now, minutes));
    expect(due?.kind).toBe(kind);
    expect(nextAt).toBe(next === null ? null : minutesFrom(now, next));
  });

  test('an overdue review is told anew every day', () => {
    const counts = [3, 4, 5].map((days) => emergencyMoment(waiting, minutesFrom(now, days * day)).due);
    expect(counts.map((one) => one !== null && 'count' in one && one.count)).toEqual([0, 1, 2]);
  });
});
