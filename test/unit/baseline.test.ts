// Baselines: each item of each machine, what is unknown never compliant, what a golden machine gives, what drifts, how many fit.

import { describe, expect, test } from '@jest/globals';
import {
  adviseBaselines,
  capturedFrom,
  complianceOf,
  differencesBetween,
  driftBetween,
  isCompliant,
  type BaselineContent,
  type BaselineFacts,
  type Item,
} from '../../domain/baseline.js';
import { withWaivers } from '../../domain/waiver.js';
import { baselineFacts } from '../../domain/baselineFacts.js';
import type { Patch } from '../../domain/patch.js';
import { minutesFrom, now, somePatch, someVm } from '../support/facts.js';

const vm = someVm({ osVersion: '10.0.20348.4297' });

function content(change: Partial<BaselineContent> = {}): BaselineContent {
  return {
    systems: { 'Windows Server 2022': '10.0.20348.4171' },
    software: [],
    forbiddenSoftware: [],
    requiredPatches: [],
    forbiddenPatches: [],
    ...change,
  };
}

function facts(change: Partial<BaselineFacts> = {}): BaselineFacts {
  return {
    vm,
    software: [{ name: 'Contoso Orders', version: '7.2' }],
    patches: ['KB1'],
    catalog: new Map(),
    ...change,
  };
}

const required = (...ids: string[]) => ids.map((patchId) => ({ patchId, system: null }));

describe('an item of a machine', () => {
  test.each([
    ['10.0.20348.4171', 'compliant'],
    ['10.0.20348.4297', 'compliant'],
    ['10.0.20348.3000', 'older'],
    [null, 'unknown'],
    ['latest', 'unknown'],
  ])('build %s is %s', (osVersion, verdict) => {
    expect(complianceOf(content(), facts({ vm: { ...vm, osVersion } }))).toMatchObject([{ kind: 'system', verdict }]);
  });

  test('a system that the baseline does not name is forbidden, one that nobody knows is unknown', () => {
    const other = { ...vm, osName: 'Windows Server 2019 Datacenter' };
    expect(complianceOf(content(), facts({ vm: other }))[0]?.verdict).toBe('forbidden');
    expect(complianceOf(content(), facts({ vm: { ...vm, osName: null } }))[0]?.verdict).toBe('unknown');
  });

  test.each([
    ['7.2', 'exact', 'compliant'],
    ['7.2', 'atLeast', 'compliant'],
    ['7.10', 'atLeast', 'older'],
    ['7.1', 'atLeast', 'compliant'],
    ['7.1', 'exact', 'newer'],
    ['7.10', 'exact', 'older'],
    ['7.2-rc1', 'exact', 'unknown'],
    [null, 'atLeast', 'compliant'],
  ] as const)('software wanted %s %s is %s at 7.2', (version, match, verdict) => {
    const software = [{ name: 'Contoso Orders', version, match, system: null }];
    expect(complianceOf(content({ software }), facts())[1]?.verdict).toBe(verdict);
  });

  test('what is missing, forbidden or not known is told so', () => {
    const wanted = content({
      software: [{ name: 'Antivirus', version: null, match: 'atLeast', system: null }],
      forbiddenSoftware: ['Contoso Orders', 'Games'],
      requiredPatches: required('KB1', 'KB2'),
      forbiddenPatches: ['KB1', 'KB3'],
    });
    expect(complianceOf(wanted, facts()).map((item) => `${item.name} ${item.verdict}`)).toEqual([
      'Windows Server 2022 compliant',
      'Antivirus missing',
      'Contoso Orders forbidden',
      'Games compliant',
      'KB1 compliant',
      'KB2 missing',
      'KB1 forbidden',
      'KB3 compliant',
    ]);
    const unknown = complianceOf(wanted, facts({ software: null, patches: null })).slice(1);
    expect(unknown.every((item) => item.verdict === 'unknown')).toBe(true);
  });
});

test('a machine complies with what was captured from it', () => {
  const captured = capturedFrom([facts()]);
  if ('problem' in captured) throw new Error(captured.problem);
  expect(isCompliant(complianceOf(captured, facts()))).toBe(true);
  expect(capturedFrom([facts({ software: null })])).toHaveProperty('problem');
  expect(capturedFrom([facts({ vm: { ...vm, osName: null } })])).toHaveProperty('problem');
});

test('golden machines of several systems: each system has its own patches, software that all have is wanted everywhere', () => {
  const other = facts({
    vm: someVm({ name: 'web-prd-02', osName: 'Windows Server 2019 Datacenter', osVersion: '10.0.17763.7919' }),
    software: [
      { name: 'Contoso Orders', version: '7.2' },
      { name: 'Old Runtime', version: '3.5' },
    ],
    patches: ['KB9'],
  });
  const captured = capturedFrom([facts(), other]);
  if ('problem' in captured) throw new Error(captured.problem);
  expect(captured.systems).toEqual({
    'Windows Server 2022': '10.0.20348.4297',
    'Windows Server 2019': '10.0.17763.7919',
  });
  expect(captured.software.map((one) => [one.name, one.system])).toEqual([
    ['Contoso Orders', null],
    ['Old Runtime', 'Windows Server 2019'],
  ]);
  for (const machine of [facts(), other]) expect(isCompliant(complianceOf(captured, machine))).toBe(true);
  expect(capturedFrom([facts(), facts()])).toEqual({ problem: expect.stringContaining('one golden machine') });
});

describe('a required patch', () => {
  const patch = somePatch({ patchId: 'KB5', kb: '5' });
  const verdict = (change: Partial<BaselineFacts>, ...more: Patch[]) =>
    complianceOf(
      content({ requiredPatches: required('KB5') }),
      facts({ catalog: new Map([patch, ...more].map((one) => [one.patchId, one])), ...change }),
    )[1]?.verdict;
  const guest = {
    osVersion: '10.0.20348.4297',
    installedKbs: [],
    pendingReboot: false,
    services: [],
    software: [],
    seenAt: now,
  };

  test('is there when the guest has reached its build', () => {
    expect(verdict({ vm: { ...vm, guest } })).toBe('compliant');
    expect(verdict({ vm: { ...vm, guest: { ...guest, osVersion: '10.0.20348.1' } } })).toBe('missing');
  });

  test('is there when a patch that contains it is', () => {
    const newer = somePatch({ patchId: 'KB1', kb: '1', supersedes: ['5'], fixedBuilds: {} });
    expect(verdict({}, newer)).toBe('compliant');
  });

  test('is missing when the assessment misses it, whatever history says', () => {
    const assessment = { missingKbs: ['5'], rebootPending: false, assessedAt: now };
    expect(verdict({ patches: ['KB5'] })).toBe('compliant');
    expect(verdict({ patches: ['KB5'], vm: { ...vm, assessment } })).toBe('missing');
  });

  test('of another system is no item', () => {
    const wanted = content({ requiredPatches: [{ patchId: 'KB5', system: 'Windows Server 2019' }] });
    expect(complianceOf(wanted, facts())).toHaveLength(1);
  });
});

test('a waiver lets one item differ on its machines until its end, and it is shown', () => {
  const waiver = {
    id: 'late',
    reason: 'the vendor is late',
    item: 'KB2',
    until: minutesFrom(now, 60),
    vm: null,
    category: 'web',
  };
  const items = complianceOf(content({ requiredPatches: required('KB2') }), facts());
  const [waived, later, other] = [
    withWaivers(items, [waiver], vm, now),
    withWaivers(items, [waiver], vm, minutesFrom(now, 60)),
    withWaivers(items, [{ ...waiver, vm: 'another' }], vm, now),
  ];
  expect(isCompliant(waived)).toBe(true);
  expect(waived[1]).toMatchObject({ verdict: 'missing', waived: expect.stringContaining('the vendor is late') });
  expect([later, other].some(isCompliant)).toBe(false);
});

test('differences between versions are told part by part', () => {
  const later = content({ systems: { 'Windows Server 2022': '10.0.20348.4297' }, requiredPatches: required('KB2') });
  expect(differencesBetween(content(), later)).toEqual([
    { part: 'patch KB2', before: null, after: 'required' },
    { part: 'system Windows Server 2022', before: '10.0.20348.4171', after: '10.0.20348.4297' },
  ]);
  expect(differencesBetween(later, later)).toEqual([]);
});

test('drift is what has another verdict than before', () => {
  const item = (name: string, verdict: Item['verdict']): Item => ({
    kind: 'patch',
    name,
    verdict,
    wanted: '',
    found: null,
  });
  const drift = driftBetween(
    [item('KB1', 'compliant'), item('KB2', 'missing')],
    [item('KB1', 'missing'), item('KB2', 'missing'), item('KB3', 'missing')],
  );
  expect(drift.map(({ item: { name }, was }) => [name, was])).toEqual([
    ['KB1', 'compliant'],
    ['KB3', null],
  ]);
});

describe('how many baselines fit', () => {
  const machine = (category: string, names: string[]) =>
    facts({ vm: { ...vm, category }, software: names.map((name) => ({ name, version: '1' })) });

  test('one, where the categories have nearly everything in common', () => {
    expect(adviseBaselines([machine('web', ['Agent']), machine('app', ['Agent'])]).advise).toBe('one');
  });

  test('one per category, where each has its own', () => {
    const advice = adviseBaselines([
      machine('web', ['IIS']),
      machine('app', ['Orders']),
      machine('app', ['Orders', 'X']),
    ]);
    expect(advice).toMatchObject({ advise: 'perCategory' });
    expect(advice.reasons).toContain('app: X is on some of its machines only');
  });

  test('unknown, where nobody told anything', () => {
    expect(adviseBaselines([facts({ software: null })]).advise).toBe('unknown');
  });
});

test('software that was told too long ago is not known any more', () => {
  const known = {
    vms: [vm],
    software: [{ vmId: vm.vmId, name: 'Contoso Orders', version: '7.2' }],
    patches: [],
    catalog: [],
    guests: [{ vmId: vm.vmId, collectedAt: now, problem: null, triedAt: now }],
  };
  expect(baselineFacts(known, minutesFrom(now, 60), 60)[0]?.software).toHaveLength(1);
  expect(baselineFacts(known, minutesFrom(now, 61), 60)[0]?.software).toBeNull();
  expect(baselineFacts({ ...known, guests: [] }, now, 60)[0]?.software).toBeNull();
});
