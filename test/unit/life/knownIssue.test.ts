// Which known issues hold a patch, and who may let it go on in spite of one.

import { describe, expect, test } from '@jest/globals';
import { acceptanceProblem, holdVerdict, type KnownIssuePolicy } from '../../../domain/knownIssue.js';
import { now, someIssue } from '../../support/facts.js';

const nobody = { accepted: [], shown: [] };

describe('hold', () => {
  test.each<[string, Parameters<typeof someIssue>[0], KnownIssuePolicy['hold'], 'open' | 'closed']>([
    ['the vendor’s, both count', { source: 'vendor' }, 'both', 'closed'],
    ['the vendor’s, only the vendor counts', { source: 'vendor' }, 'vendor', 'closed'],
    ['the vendor’s, only people count', { source: 'vendor' }, 'manual', 'open'],
    ['a person’s, both count', { source: 'manual' }, 'both', 'closed'],
    ['a person’s, only people count', { source: 'manual' }, 'manual', 'closed'],
    ['a person’s, only the vendor counts', { source: 'manual' }, 'vendor', 'open'],
    ['nothing counts', { source: 'manual' }, 'none', 'open'],
    ['one that informs', { effect: 'inform' }, 'both', 'open'],
    ['a closed one', { closedAt: now, closedBy: 'sam', outcome: 'mended' }, 'both', 'open'],
  ])('%s', (_, change, hold, kind) => {
    expect(holdVerdict({ issues: [someIssue(change)], ...nobody }, { hold }).kind).toBe(kind);
  });

  test('says what, where to read and who', () => {
    const issue = someIssue({ text: 'print servers lose their queues', url: 'https://vendor.example/kb' });
    expect(holdVerdict({ issues: [issue], ...nobody }, { hold: 'both' })).toEqual({
      kind: 'closed',
      reasons: [
        `known issue: print servers lose their queues (https://vendor.example/kb), said sam at ${issue.openedAt}`,
      ],
    });
  });

  test('goes on when each was accepted for the category or shown to who approved', () => {
    const issues = [someIssue(), someIssue({ issueId: 'i2' })];
    const verdict = (accepted: string[], shown: string[]) =>
      holdVerdict({ issues, accepted, shown }, { hold: 'both' }).kind;
    expect(verdict(['i1'], [])).toBe('closed');
    expect(verdict(['i1'], ['i2'])).toBe('open');
    expect(verdict([], ['i1', 'i2'])).toBe('open');
  });
});

describe('acceptance', () => {
  const riley = { name: 'riley', roles: ['changeManager'] };
  test.each<[string, Parameters<typeof someIssue>[0], typeof riley, string | null]>([
    ['by somebody else who decides', {}, riley, null],
    ['by who opened it', { openedBy: 'riley' }, riley, 'riley opened it'],
    ['without the role', {}, { name: 'alex', roles: ['auditor'] }, 'lacks the role changeManager'],
    ['of a closed one', { closedAt: now, closedBy: 'sam' }, riley, 'closed by sam'],
  ])('%s', (_, change, person, problem) => {
    const found = acceptanceProblem(someIssue(change), person, 'changeManager');
    if (problem === null) expect(found).toBeNull();
    else expect(found).toContain(problem);
  });
});
