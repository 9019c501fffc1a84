// What an impact says in the cases that people meet: who is interrupted, in which order, what stays up, and what the way back costs.

import { describe, expect, test } from '@jest/globals';
import { impactOf } from '../../domain/impact.js';
import { distributionWords, type Observation } from '../../domain/impactDowntime.js';
import { impactLines, signedImpact } from '../../domain/impactSigned.js';
import { now, someVm } from '../support/facts.js';
import {
  needs,
  someFleet,
  someImpact,
  someImpactFacts,
  someObservation,
  webMachines,
  webRule,
} from '../support/impacts.js';

const many = (count: number, change: Partial<Observation>) =>
  Array.from({ length: count }, () => someObservation(change));

describe('the forecast', () => {
  test.each<[string, Observation[], string]>([
    ['nothing was ever measured', [], 'unknown: nothing alike was measured yet'],
    [
      'enough of the same category and system',
      [...many(5, { minutes: 4 }), ...many(9, { category: 'app', minutes: 90 })],
      '4 minutes (9 of 10 within 4, at most 4; 5 observations of the category on this system)',
    ],
    [
      'too few of the category: whatever runs the same system counts',
      [...many(2, { minutes: 4 }), ...many(6, { category: 'app', minutes: 9 })],
      '9 minutes (9 of 10 within 9, at most 9; 8 observations on this system)',
    ],
    [
      'its own test has enough',
      [...many(5, { runKey: 'maintenance/staging/web/staging/soon@1', minutes: 3 }), ...many(50, { minutes: 9 })],
      '3 minutes (9 of 10 within 3, at most 3; 5 observations of its test)',
    ],
    [
      'those without a restart say nothing of one with a restart, unless there is nothing else',
      many(7, { restarted: false, minutes: 1 }),
      '1 minutes (9 of 10 within 1, at most 1; 7 observations of any machine)',
    ],
  ])('%s', (_, observations, words) => {
    const [group] = someImpact({ observations }).forecast;
    expect(group && distributionWords(group.downtime)).toBe(words);
  });

  test('expects the restart that the test showed, whatever the vendor says', () => {
    const tested = { runKey: 'maintenance/staging/web/staging/soon@1' };
    const restartOf = (observations: Observation[], restart: 'no' | 'unknown') =>
      someImpact({ observations, restart }).forecast[0]?.restart;
    expect(restartOf(many(2, tested), 'no')).toBe('yes');
    expect(restartOf(many(2, { ...tested, restarted: false }), 'unknown')).toBe('no');
    expect(restartOf([...many(1, tested), ...many(1, { ...tested, restarted: false })], 'no')).toBe('maybe');
    expect(restartOf(many(2, { ...tested, restarted: null }), 'unknown')).toBe('unknown');
  });
});

describe('who is interrupted', () => {
  const machines = [
    ...webMachines(2),
    someVm({ vmId: 'db', name: 'sql-prd-1', category: 'sql' }),
    someVm({ vmId: 'app', name: 'app-prd-1', category: 'app', tags: { 'Depends-On': ' WEB-PRD-0 , printers' } }),
    someVm({ vmId: 'odd', name: 'odd-prd-1', category: null, tags: { 'depends-on': 'ContosoApp' } }),
  ];
  const web = machines.filter((vm) => vm.category === 'web');
  const dependencies = ['category web needs service MSSQLSERVER', 'category app needs service W3SVC'].map(needs);
  const impact = impactOf(someImpactFacts(web), someFleet(machines, dependencies), now);

  test('by policy and by tags, however far', () => {
    expect(impact.dependents).toEqual([
      { place: 'app', since: 'service W3SVC' },
      { place: 'machine app-prd-1', since: 'machine web-prd-0' },
      { place: 'machine odd-prd-1', since: 'service ContosoApp' },
      { place: 'service ContosoApp', since: 'app' },
    ]);
    expect(impact.byMachine).toEqual([
      { vmId: 'vm-0', name: 'web-prd-0', dependents: [{ place: 'machine app-prd-1', since: 'machine web-prd-0' }] },
    ]);
    expect(impact.unknownNames).toEqual(['app-prd-1: printers']);
    expect(impact.order).toMatchObject({ tier: 1, needs: ['service MSSQLSERVER'], problems: [] });
  });

  test('says where tiers contradict what needs what', () => {
    const turned = ['category web needs category app', 'category sql needs vm web-prd-0'].map(needs);
    expect(impactOf(someImpactFacts(web), someFleet(machines, turned), now).order.problems).toEqual([
      'sql needs machine web-prd-0, but sql goes in tier 0, before web in tier 1',
      'web needs app, but web goes in tier 1, before app in tier 2',
    ]);
  });

  test('names what needs itself', () => {
    const round = ['category web needs service MSSQLSERVER', 'category sql needs category web'].map(needs);
    expect(impactOf(someImpactFacts(web), someFleet(machines, round), now).cycles).toEqual([
      'sql → web → service MSSQLSERVER → sql',
    ]);
    // A category that needs one of its own machines does not need itself.
    const own = [needs('category web needs vm web-prd-0')];
    expect(impactOf(someImpactFacts(web), someFleet(machines, own), now).cycles).toEqual([]);
  });
});

describe('what stays up', () => {
  test('is counted against all of the category, and what is down already is down', () => {
    const fleet = [
      ...webMachines(4, { availabilitySet: '/x/AS-1' }),
      someVm({ vmId: 'off', name: 'web-prd-9', power: 'deallocated' }),
    ];
    const facts = someImpactFacts(fleet.slice(0, 4));
    expect(impactOf(facts, someFleet(fleet), now).capacity).toEqual({
      rings: [
        {
          ring: 'canary',
          machines: 1,
          waves: 1,
          outAtOnce: 1,
          up: 3,
          of: 5,
          set: { name: 'as-1', up: 3, of: 4 },
          zones: null,
        },
        {
          ring: 'broad',
          machines: 3,
          waves: 2,
          outAtOnce: 2,
          up: 2,
          of: 5,
          set: { name: 'as-1', up: 2, of: 4 },
          zones: null,
        },
      ],
      services: [{ name: 'W3SVC', up: 2, of: 5 }],
      lowest: { ring: 'broad', up: 2, of: 5 },
    });
  });
});

describe('the way back', () => {
  test('costs what it cost before, or what nobody knows', () => {
    expect(someImpact().rollback).toMatchObject({ impossible: null, minutes: { kind: 'unknown' } });
    const rollbacks = [
      { category: 'web', minutes: 12 },
      { category: 'app', minutes: 50 },
    ];
    expect(someImpact({ rollbacks }).rollback.minutes).toMatchObject({ p50: 12, max: 12, observations: 1 });
  });

  test('is not promised where a person decides', () => {
    const { rollback } = someImpact({
      rule: { ...webRule, unwind: 'ask' },
      rollbacks: [{ category: 'web', minutes: 1 }],
    });
    expect(rollback.minutes).toEqual({ kind: 'unknown' });
    expect(rollback.impossible).toMatch('web has no automatic way back');
  });
});

test('both risks are told', () => {
  const { risk } = someImpact({ observations: many(1, {}) });
  expect(risk.notApplying.words).toEqual([`due ${now}, P1, because of CVE-1: exploited`, 'it is exploited']);
  expect(risk.applying.words).toEqual([
    'its test passed on 1 machines',
    'released 4 days ago: vendors still take back patches as young',
    'no production machine has it yet',
  ]);
});

test('an approver reads it in a few lines, and nothing of subjects from before', () => {
  const impact = someImpact({ observations: many(5, {}) });
  const said = { downtimeMinutes: 45, note: null, reason: 'the farm drains slowly', by: 'lee', at: now };
  const edit = { editId: 'e', patchId: 'KB1', category: 'web', vmId: null, vmName: null, ...said };
  expect(impactLines(signedImpact(impact, [edit]))).toEqual([
    'A machine is away for 5 minutes (9 of 10 within 5, at most 5; 5 observations of the category on this system), with a restart on Windows Server 2022; 1 of 3 stay up at the lowest, in ring broad.',
    `lee said at ${now}: 45 minutes (the farm drains slowly).`,
  ]);
  expect(impactLines({})).toEqual([]);
});
