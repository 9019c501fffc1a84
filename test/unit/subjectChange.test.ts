// What a new request says of the one before it: each fact that differs has its sentence.

import { describe, expect, test } from '@jest/globals';
import type { DecisionSubject } from '../../domain/decision.js';
import { askedBefore, changeLine, subjectChange } from '../../domain/subjectChange.js';
import { now, someRequest } from '../support/facts.js';

const held: DecisionSubject = {
  ...someRequest().subject,
  vmIds: ['a', 'b', 'c'],
  testedSet: ['KB1', 'KB2'],
  impact: { downtimeMinutes: 10, reboots: 1, vms: 3, services: ['IIS'], order: ['canary', 'broad'] },
  rings: [
    { name: 'canary', vmIds: ['a'], failureBudget: 0 },
    { name: 'broad', vmIds: ['b', 'c'], failureBudget: 1 },
  ],
  knownIssues: [{ issueId: 'i1', text: 'printing stops', url: null }],
  successor: null,
};
const names = new Map([
  ['a', 'web-1'],
  ['b', 'web-2'],
  ['c', 'web-3'],
]);
const nameOf = (vmId: string) => names.get(vmId) ?? vmId;
const rings = (canary: string[], broad: string[], budget = 1) => [
  { name: 'canary', vmIds: canary, failureBudget: 0 },
  { name: 'broad', vmIds: broad, failureBudget: budget },
];
const impact = held.impact;

describe('what changed', () => {
  test.each<[string, Partial<DecisionSubject>, 'same' | 'narrower' | 'changed', string[]]>([
    ['nothing', {}, 'same', []],
    [
      'a machine left',
      { vmIds: ['a', 'b'], rings: rings(['a'], ['b']), impact: { ...impact, vms: 2 } },
      'narrower',
      ['1 machine (web-3) left'],
    ],
    [
      'one left and one arrived',
      { vmIds: ['a', 'b', 'd'], rings: rings(['a'], ['b', 'd']) },
      'changed',
      ['1 machine (web-3) left', '1 machine (d) arrived'],
    ],
    [
      'one moved to an earlier ring',
      { rings: rings(['a', 'b'], ['c']) },
      'changed',
      ['1 machine (web-2) moved to ring canary'],
    ],
    ['another order', { rings: rings(['a'], ['c', 'b']) }, 'changed', ['the order within ring broad is another one']],
    ['a budget', { rings: rings(['a'], ['b', 'c'], 2) }, 'changed', ['failure budget of ring broad was 1, is 2']],
    [
      'the rings',
      { rings: rings(['a'], ['b', 'c']).toReversed() },
      'changed',
      ['rings were canary → broad, are broad → canary'],
    ],
    ['the tested set', { testedSet: ['KB1', 'KB3'] }, 'changed', ['the tested set gained KB3 and lost KB2']],
    ['the revision', { revision: '2' }, 'changed', ["the vendor's document: was 1, is 2"]],
    ['the window', { windowRule: 'night' }, 'changed', ['the window: was soon, is night']],
    ['the way back', { unwind: 'ask' }, 'changed', ['the way back: was restorePoint, is ask']],
    [
      'the impact',
      { impact: { ...impact, downtimeMinutes: 12, services: ['IIS', 'FTP'] } },
      'changed',
      ['the downtime in minutes: was 10, is 12', 'the services that it interrupts: was IIS, is IIS, FTP'],
    ],
    [
      'known issues',
      { knownIssues: [{ issueId: 'i2', text: 'no boot', url: null }] },
      'changed',
      ['a known issue was opened: "no boot"', 'a known issue was closed: "printing stops"'],
    ],
    ['a successor', { successor: 'KB9' }, 'changed', ['what supersedes it: was none, is KB9']],
    [
      'packages',
      { packages: [{ system: 'Ubuntu 24.04', name: 'bash', version: '5', fixed: '5' }] },
      'changed',
      ['the tested packages gained bash 5 on Ubuntu 24.04'],
    ],
  ])('%s', (_, change, kind, sentences) => {
    expect(subjectChange(held, { ...held, ...change }, nameOf)).toEqual({ kind, sentences });
  });

  test('a fact that this code has never heard of is told by its name', () => {
    const after = { ...held, somethingNew: ['vm-9'] } as DecisionSubject;
    expect(subjectChange(held, after)).toEqual({ kind: 'changed', sentences: ['somethingNew: was none, is vm-9'] });
  });

  test('a ring that only lost its last machine makes it narrower', () => {
    const before = { ...held, rings: [...held.rings, { name: 'catch-up', vmIds: ['d'], failureBudget: 0 }] };
    const change = subjectChange({ ...before, vmIds: [...held.vmIds, 'd'] }, held);
    expect(change).toEqual({ kind: 'narrower', sentences: ['1 machine (d) left'] });
  });

  test('many machines are counted, and some named', () => {
    const vmIds = Array.from({ length: 40 }, (_, n) => `x${String(n).padStart(2, '0')}`);
    const [sentence] = subjectChange(held, { ...held, vmIds: [...held.vmIds, ...vmIds] }).sentences;
    expect(sentence).toMatch(/^40 machines \(x00, .*x11 and 28 more\) arrived$/);
  });
});

describe('the request before', () => {
  const request = (requestId: string, status: string, digest = 'd') => ({
    requestId,
    category: 'web',
    digest,
    requestedAt: now,
    status,
  });
  const decision = { category: 'web', digest: 'd1', verdict: 'defer', by: 'riley', accepted: true };

  test('is the newest of the same category, with what became of it', () => {
    const requests = [
      request('1', 'expired'),
      { ...request('2', 'decided', 'd1'), requestId: '2' },
      { ...request('x', 'waiting'), category: 'app' },
      request('3', 'waiting'),
    ];
    const before = askedBefore(requests, [decision], request('3', 'waiting'));
    expect(before).toMatchObject({ requestId: '2', end: 'defer by riley' });
    expect(askedBefore(requests, [], request('2', 'decided'))).toMatchObject({ requestId: '1', end: 'expired' });
    expect(askedBefore(requests, [], request('1', 'expired'))).toBeNull();
    // One that is not stored yet comes after all.
    expect(askedBefore(requests, [], request('4', 'waiting'))).toMatchObject({ requestId: '3' });
    expect(askedBefore([], [], request('1', 'waiting'))).toBeNull();
  });

  test('is told in one line', () => {
    const before = { requestId: '1', requestedAt: now, end: 'expired' };
    expect(changeLine(before, { kind: 'same', sentences: [] })).toBe(
      `Since the last request of ${now} (expired): nothing changed.`,
    );
    expect(changeLine(before, { kind: 'narrower', sentences: ['1 machine (a) left'] })).toBe(
      `Since the last request of ${now} (expired): 1 machine (a) left. It is only narrower.`,
    );
  });
});
