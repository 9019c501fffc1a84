// Waivers of patches: what may be asked for, who decides, what they leave out and what they excuse (I5, I6).

import { describe, expect, test } from '@jest/globals';
import type { Item } from '../../domain/baseline.js';
import {
  excuses,
  revocationProblems,
  waiverDecisionProblems,
  waiverMoment,
  waiverOn,
  waiverProblems,
  withPatchWaivers,
} from '../../domain/patchWaiver.js';
import { minutesFrom, now, someVm, someWaiver } from '../support/facts.js';

const days = (count: number) => minutesFrom(now, count * 24 * 60);
const policy = { daysMax: 180, forbiddenTiers: ['P0'] };

describe('asking', () => {
  const asked = { until: days(30), reason: 'the print server breaks', control: 'the spooler is off' };
  const facts = { policy, tiers: ['P2'], needless: null };

  test('what is whole may be asked for', () => {
    expect(waiverProblems(asked, facts, now)).toEqual([]);
    expect(waiverProblems({ ...asked, until: days(180) }, facts, now)).toEqual([]);
    expect(waiverProblems({ ...asked, reason: '<b>breaks</b> "x"; drop table' }, facts, now)).toEqual([]);
  });

  test.each([
    ['a reason of blanks', { reason: ' \n\t '.repeat(10) }, {}, 'a reason of at least 10'],
    ['a reason of a megabyte', { reason: 'x'.repeat(1_000_000) }, {}, 'longer than 4000'],
    ['no control', { control: 'none' }, {}, 'compensating control'],
    ['an end that is over', { until: days(-1) }, {}, 'ended already'],
    ['an end that is now', { until: now }, {}, 'ended already'],
    ['an end that is no instant', { until: 'next spring' }, {}, 'is an instant'],
    ['too long', { until: minutesFrom(days(180), 1) }, {}, 'longer than 180 days'],
    ['a tier that policy forbids', {}, { tiers: ['P3', 'P0'] }, 'tier P0'],
    ['a patch that is there', {}, { needless: 'web-prd-01 has KB1' }, 'web-prd-01 has KB1'],
  ])('%s is told', (_, change, changed, words) => {
    expect(waiverProblems({ ...asked, ...change }, { ...facts, ...changed }, now).join()).toContain(words);
  });
});

describe('deciding', () => {
  const riley = { name: 'riley', mail: 'riley@patchline.example', roles: ['changeManager'] };
  const waiver = someWaiver({ status: 'asked', decidedBy: null, decidedAt: null, justification: null });
  const facts = { policy, tiers: ['P2'], approverRoles: ['changeManager'], revisedAt: null };
  const justification = 'seen, and bearable';
  const problems = (
    decision: Partial<Parameters<typeof waiverDecisionProblems>[0]> = {},
    held = {},
    changed = {},
    at = now,
  ) =>
    waiverDecisionProblems(
      { by: riley, verdict: 'approve', justification, ...decision },
      { ...waiver, ...held },
      { ...facts, ...changed },
      at,
    ).join();

  test('another person who decides may', () => expect(problems()).toBe(''));

  test.each([
    ['whoever asked', {}, { requestedBy: 'riley' }, {}, 'asked for it'],
    ['its owner, by name', {}, { owner: 'Riley' }, {}, 'owns it'],
    ['its owner, by mail', {}, { owner: 'RILEY@patchline.example' }, {}, 'owns it'],
    ['somebody without the role', { by: { ...riley, roles: ['sre'] } }, {}, {}, 'lacks the role changeManager'],
    ['anybody where nobody may decide', {}, {}, { approverRoles: [] }, 'lacks the role'],
    ['no words', { justification: '  ' }, {}, {}, 'justification'],
    ['one that is decided', {}, { status: 'approved' as const }, {}, 'is approved'],
    ['one that was revoked', {}, { status: 'revoked' as const }, {}, 'is revoked'],
    ['a patch that changed since', {}, {}, { revisedAt: days(1) }, 'changed the patch'],
    ['a tier that policy forbids by now', {}, {}, { tiers: ['P0'] }, 'tier P0'],
    ['a span that policy shortened', {}, {}, { policy: { daysMax: 7, forbiddenTiers: [] } }, 'longer than 7 days'],
  ])('%s is refused', (_, decision, held, changed, words) => {
    expect(problems(decision, held, changed)).toContain(words);
  });

  test('too late', () => {
    expect(problems({}, {}, {}, waiver.askedUntil)).toContain('nobody decided until');
    expect(problems({}, {}, {}, days(31))).toContain('nobody decided until');
  });

  test('a rejection needs neither the time nor the tier, but another person', () => {
    expect(problems({ verdict: 'reject' }, {}, { tiers: ['P0'], revisedAt: days(1) }, days(31))).toBe('');
    expect(problems({ verdict: 'reject' }, { requestedBy: 'riley' })).toContain('asked for it');
  });

  test('revoked by whoever asked, owns it or decides', () => {
    const by = (name: string, roles: string[]) => ({ name, mail: `${name}@patchline.example`, roles });
    const end = (person: ReturnType<typeof by>) =>
      revocationProblems(person, 'no longer wanted', someWaiver(), ['changeManager']);
    expect(end(by('sam', []))).toEqual([]);
    expect(end(by('dana', []))).toEqual([]);
    expect(end(by('both', ['changeManager']))).toEqual([]);
    expect(end(by('kim', ['scheduler'])).join()).toContain('neither asked for it nor owns it');
    expect(revocationProblems(by('sam', []), 'no longer wanted', someWaiver({ status: 'expired' }), []).join()).toBe(
      'the waiver is expired already',
    );
  });
});

describe('what it leaves out', () => {
  const vm = someVm();

  test.each([
    ['of the category', {}, true],
    ['of the machine', { vmId: vm.vmId }, true],
    ['of another machine', { vmId: 'vm-2' }, false],
    ['of another category', { category: 'app' }, false],
    ['of the machine, which has moved elsewhere since', { vmId: vm.vmId, category: 'app' }, false],
    ['of another patch', { patchId: 'KB1' }, false],
    ['only asked for', { status: 'asked' as const }, false],
    ['revoked', { status: 'revoked' as const }, false],
    ['over at this very moment', { until: now }, false],
  ])('%s: %j', (_, change, found) => {
    expect(waiverOn([someWaiver(change)], vm, 'KB5070884', now) !== null).toBe(found);
  });

  test('the one that lasts longest is told', () => {
    const waivers = [
      someWaiver({ waiverId: 'short' }),
      someWaiver({ waiverId: 'long', until: days(90), vmId: vm.vmId }),
    ];
    expect(waiverOn(waivers, vm, 'KB5070884', now)?.waiverId).toBe('long');
  });

  test('it excuses only the content that it was granted for', () => {
    expect(excuses(someWaiver(), null)).toBe(true);
    expect(excuses(someWaiver(), days(1))).toBe(false);
    expect(excuses(someWaiver({ revisedAt: days(1) }), days(1))).toBe(true);
  });

  test('a required patch that is missing says so, and nothing else does', () => {
    const item = (change: Partial<Item>): Item => ({
      kind: 'patch',
      name: 'KB5070884',
      verdict: 'missing',
      wanted: 'KB5070884',
      found: null,
      ...change,
    });
    const items = [item({}), item({ verdict: 'unknown' }), item({ kind: 'software' }), item({ name: 'KB1' })];
    const judged = withPatchWaivers(items, [someWaiver()], vm, now);
    expect(judged.map((one) => one.waived)).toEqual([
      `waived until ${days(30)}, by riley: the print server breaks with it`,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('what happens by itself', () => {
  const at = (count: number, change: Partial<Parameters<typeof waiverMoment>[0]> = {}) => {
    const { due, nextAt } = waiverMoment(someWaiver({ until: days(30), ...change }), days(count));
    return [due?.kind ?? null, nextAt];
  };
  const asked = { status: 'asked' as const, decidedBy: null, decidedAt: null, askedUntil: days(2) };

  test.each([
    ['asked for', 0, asked, 'askedFor', days(1)],
    ['half of its time over', 1, asked, 'askedAgain', days(2)],
    ['unanswered', 2, asked, 'unanswered', null],
    ['long unanswered', 99, asked, 'unanswered', null],
    ['approved', 0, {}, null, days(23)],
    ['a week before', 23, {}, 'endsInAWeek', days(29)],
    ['a day before', 29, {}, 'endsInADay', days(30)],
    ['over', 30, {}, 'over', null],
    ['looked at far too late', 300, {}, 'over', null],
    ['approved for three days', 0, { until: days(3) }, null, days(2)],
    ['approved for half a day', 0, { until: days(0.5) }, null, days(0.5)],
    ['revoked', 5, { status: 'revoked' as const }, null, null],
  ])('%s', (_, count, change, kind, next) => {
    expect(at(count, change)).toEqual([kind, next]);
  });
});
