// What a deadline asks of people: when it is in danger, who is under way, which window comes too late, which path a request takes.

import { describe, expect, test } from '@jest/globals';
import { approvalPath } from '../../domain/approvalPath.js';
import { evidenceVerdict, waiverProblems, type ForensicStep } from '../../domain/forensics.js';
import { queueKeyOf } from '../../domain/priority.js';
import { alarmKindOf, alarmsOf, missedWords, outlookOf, requestUrgency, type PlacedDue } from '../../domain/urgency.js';
import { minutesFrom, now } from '../support/facts.js';

const danger = { P0: 24, P2: 72 };
const row = (change: Partial<PlacedDue> = {}): PlacedDue => ({
  patchId: 'KB1',
  vmId: 'vm-1',
  category: 'web',
  tier: 'P0',
  deadline: minutesFrom(now, 60),
  rule: 'bod-urgent',
  fact: 'BOD 26-04',
  cve: 'CVE-2026-0001',
  ...change,
});

describe('a deadline by the clock', () => {
  test.each([
    ['is over', 'P0', -1, 'overdue'],
    ['is this minute', 'P0', 0, 'deadlineInDanger'],
    ['is a day away, in the most urgent tier', 'P0', 24 * 60, 'deadlineInDanger'],
    ['is a minute more away', 'P0', 24 * 60 + 1, null],
    ['is three days away, in a slow tier', 'P2', 72 * 60, 'deadlineInDanger'],
    ['is of a tier that policy does not know: the longest counts', 'P9', 72 * 60, 'deadlineInDanger'],
  ])('%s', (_, tier, minutes, kind) => {
    expect(alarmKindOf({ tier, deadline: minutesFrom(now, minutes) }, danger, now)).toBe(kind);
  });

  test('that nobody set is never late', () => {
    expect(alarmKindOf({ tier: 'P0', deadline: null }, danger, now)).toBeNull();
  });
});

describe('alarms', () => {
  test('come once per patch, category and deadline, the earliest first', () => {
    const rows = [
      row(),
      row({ vmId: 'vm-2' }),
      row({ vmId: 'vm-3', deadline: minutesFrom(now, -60) }),
      row({ vmId: 'vm-4', category: 'app' }),
      row({ vmId: 'vm-5', deadline: minutesFrom(now, 10_000) }),
    ];
    const alarms = alarmsOf(rows, () => false, danger, now);
    expect(alarms.map(({ kind, category, vmIds }) => [kind, category, vmIds])).toEqual([
      ['overdue', 'web', ['vm-3']],
      ['deadlineInDanger', 'web', ['vm-1', 'vm-2']],
      ['deadlineInDanger', 'app', ['vm-4']],
    ]);
  });

  test('leave out what is under way, unless it is late', () => {
    const rows = [row(), row({ vmId: 'vm-2' }), row({ vmId: 'vm-3', deadline: minutesFrom(now, -60) })];
    const alarms = alarmsOf(rows, ({ vmId }) => vmId !== 'vm-2', danger, now);
    expect(alarms.map(({ kind, vmIds }) => [kind, vmIds])).toEqual([
      ['overdue', ['vm-3']],
      ['deadlineInDanger', ['vm-2']],
    ]);
  });
});

describe('the next window', () => {
  test.each([
    ['opens before', minutesFrom(now, 30), null],
    ['opens with the deadline', minutesFrom(now, 60), null],
    ['opens hours after', minutesFrom(now, 60 + 300), /by 5 h: no window before/],
    ['opens days after', minutesFrom(now, 60 + 3 * 24 * 60), /by 3 d: no window before/],
    ['is not known', null, /no window is known/],
  ])('%s', (_, opensAt, words) => {
    const told = missedWords(outlookOf('canary', minutesFrom(now, 60), opensAt));
    if (words === null) expect(told).toBeNull();
    else expect(told).toMatch(words);
  });

  test('misses nothing where nothing is due', () => {
    expect(missedWords(outlookOf('canary', null, null))).toBeNull();
  });
});

test('a request shows the earliest deadline, the most urgent tier and how many are late', () => {
  const due = {
    patchId: 'KB1',
    rule: 'r',
    fact: 'f',
    cve: null,
    clockBegan: now,
    forensics: false,
    estimated: ['exposure'],
  };
  const rows = [
    { ...due, vmId: 'vm-1', tier: 'P1', deadline: minutesFrom(now, 60) },
    { ...due, vmId: 'vm-2', tier: 'P2', deadline: minutesFrom(now, -60), forensics: true, estimated: [] },
  ];
  expect(requestUrgency(rows, [], now)).toMatchObject({
    tier: 'P1',
    deadline: minutesFrom(now, -60),
    forensics: true,
    overdue: 1,
    estimated: ['exposure'],
  });
  expect(requestUrgency([], [], now)).toBeNull();
});

describe('the path of an approval', () => {
  const rules = {
    remindAfterMinutes: 1440,
    expireAfterMinutes: 20_160,
    deferBlocksLaterTiers: true,
    paths: {
      P0: { remindAfterMinutes: 60, expireAfterMinutes: null, approverRoles: [] },
      P1: { remindAfterMinutes: null, expireAfterMinutes: 600, approverRoles: ['changeManager', 'sre'] },
    },
  };
  test.each([
    ['P0', 60, 20_160, ['changeManager']],
    ['P1', 1440, 600, ['changeManager', 'sre']],
    ['P2', 1440, 20_160, ['changeManager']],
    [null, 1440, 20_160, ['changeManager']],
    ['constructor', 1440, 20_160, ['changeManager']],
  ])('of tier %s', (tier, remindAfterMinutes, expireAfterMinutes, approverRoles) => {
    expect(approvalPath(rules, 'changeManager', tier)).toEqual({
      remindAfterMinutes,
      expireAfterMinutes,
      approverRoles,
    });
  });
});

test.each([
  ['P0', 1],
  ['P1', 2],
  ['P4', 5],
  ['P9', 5],
  ['none', 3],
  [null, 3],
])('tier %s stands in the queue at %s', (tier, key) => expect(queueKeyOf(tier)).toBe(key));

const step = (change: Partial<ForensicStep> = {}): ForensicStep => ({
  patchId: 'KB1',
  vmId: 'vm-1',
  because: 'CVE-2026-0001: known exploited',
  openedAt: now,
  state: 'open',
  scripts: [],
  result: '',
  evidence: null,
  sessionId: null,
  keptRestorePoint: null,
  doneAt: null,
  doneBy: null,
  ...change,
});

describe('a waiver of evidence', () => {
  const facts = {
    by: { name: 'riley', roles: ['changeManager'] },
    reason: 'the machine is rebuilt',
    approverRole: 'changeManager',
    requestedBy: ['kim'],
    step: step(),
  };
  test('stands for whoever decides for the category and did not ask for the patch', () => {
    expect(waiverProblems(facts)).toEqual([]);
  });
  test.each([
    ['nothing is asked for', { step: null }, 'no evidence is asked for'],
    ['it was taken already', { step: step({ state: 'done' }) }, 'nothing to waive'],
    ['the role is missing', { by: { name: 'sam', roles: ['sre'] } }, 'lacks the role'],
    ['the category is not known', { approverRole: null }, 'lacks the role'],
    ['it is their own request', { requestedBy: ['riley'] }, 'requested this change'],
    ['it says nothing', { reason: 'ok' }, 'justification'],
  ])('is refused when %s', (_, change, words) => {
    expect(waiverProblems({ ...facts, ...change }).join()).toContain(words);
  });
});

test('evidence that is open says what happened to it', () => {
  const verdict = evidenceVerdict('vm-1', ['KB1'], [step({ result: 'the guest did not answer' })]);
  expect(verdict).toEqual({
    kind: 'closed',
    reasons: ['forensic evidence is missing: KB1: the guest did not answer'],
  });
});
