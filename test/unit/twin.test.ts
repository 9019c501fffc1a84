// Of which machine a twin is proposed, from what and where; why none is; and why what was decided may not be built any more.

import { describe, expect, test } from '@jest/globals';
import { policySchema } from '../../adapters/policy/schema.js';
import type { MachineFacts } from '../../domain/machineProfile.js';
import type { CategoryRule } from '../../domain/policy.js';
import { misplaced, type Twin } from '../../domain/twin.js';
import { proposeTwin, type ProposalFacts } from '../../domain/twinProposal.js';
import type { TwinPolicy } from '../../domain/twinPolicy.js';
import type { Vm } from '../../domain/vm.js';
import { now, someVm } from '../support/facts.js';
import { someTwin } from '../support/twins.js';

const subscription = '5e1d0c1a-0001-4000-8000-000000000001';
const subnet = `/subscriptions/${subscription}/resourcegroups/rg-net/providers/microsoft.network/virtualnetworks/v/subnets/s`;
const twins: TwinPolicy = {
  resourceGroup: 'rg-twins-staging',
  places: [{ region: 'westeurope', subnet }],
  size: null,
  lifeDays: 14,
  atOnceMax: 2,
};
const category = {
  name: 'sql',
  match: { tags: { category: 'sql' }, osType: null, osName: null, name: null, resourceGroup: null, subscription: null },
  unwind: 'ask',
} as unknown as CategoryRule;

function machine(name: string, release: string, vm: Partial<Vm> = {}): MachineFacts {
  const environment = name.includes('stg') ? ('staging' as const) : ('production' as const);
  const programs = [{ name: `Microsoft SQL Server ${release}`, version: null }];
  return {
    vm: someVm({
      vmId: name,
      name,
      environment,
      azureId: `/subscriptions/${subscription}/resourcegroups/rg-sql-prod/providers/microsoft.compute/virtualmachines/${name}`,
      subscriptionId: subscription,
      resourceGroup: 'rg-sql-prod',
      category: 'sql',
      size: 'Standard_E8s_v5',
      zone: '1',
      tags: { category: 'sql', role: 'sql server', environment: 'production', costCentre: '42', owner: 'dana' },
      ...vm,
    }),
    words: [],
    software: { key: release, programs },
    needs: ['KB1'],
    got: [],
  };
}

const [first, second, other] = [
  machine('sql-prd-01', '2019'),
  machine('sql-prd-02', '2019'),
  machine('sql-prd-03', '2022'),
];

function facts(change: Partial<ProposalFacts> = {}, policy: Partial<ProposalFacts['policy']> = {}): ProposalFacts {
  return {
    twinId: 't1',
    idHash: 'abcdef0123',
    asked: first.vm,
    fresh: false,
    policy: {
      twins,
      environments: [
        { environment: 'production', subscription: '*', resourceGroup: 'rg-*-prod' },
        { environment: 'staging', subscription: '*', resourceGroup: 'rg-*-staging' },
      ],
      categories: [category],
      mayInstall: [subscription],
      equivalence: policySchema.shape.equivalence.parse({}),
      ...policy,
    },
    production: [first, second, other],
    staging: [machine('sql-stg-01', '2022')],
    restorePoints: [],
    staleness: () => null,
    others: [],
    ...change,
  };
}

function proposed(asked: ProposalFacts) {
  const proposal = proposeTwin(asked);
  if (proposal.kind === 'closed') throw new Error(proposal.reasons.join('; '));
  return proposal.subject;
}

function reasons(asked: ProposalFacts): string {
  const proposal = proposeTwin(asked);
  return proposal.kind === 'closed' ? proposal.reasons.join('; ') : '';
}

describe('a twin is proposed', () => {
  test('of the machine that was asked about, for all that are alike, in the subnet and group of policy', () => {
    expect(proposed(facts())).toMatchObject({
      source: { name: 'sql-prd-01' },
      restorePoint: null,
      name: 'sql-prd-01-twin-abcdef',
      resourceGroup: 'rg-twins-staging',
      region: 'westeurope',
      subnet,
      size: 'Standard_E8s_v5',
      standsFor: ['sql-prd-01', 'sql-prd-02'],
    });
  });

  test('with the tags that Patchline sorts by, and its own: none by which others take it for production', () => {
    expect(proposed(facts()).tags).toEqual({
      category: 'sql',
      owner: 'dana',
      role: 'sql server',
      'patchline-twin': 't1',
      'patchline-twin-of': 'sql-prd-01',
    });
  });

  test('of one that is alike, where only that has a restore point; of the newest that there is', () => {
    const point = (vmId: string, takenAt: string) => ({ vmId, name: `p-${takenAt}`, takenAt });
    const there = [point('sql-prd-02', '2026-11-01'), point('sql-prd-02', '2026-11-02')];
    expect(proposed(facts({ restorePoints: there }))).toMatchObject({
      source: { name: 'sql-prd-02' },
      restorePoint: { name: 'p-2026-11-02' },
    });
    const own = [point('sql-prd-01', '2026-10-01'), ...there];
    expect(proposed(facts({ restorePoints: own })).source.name).toBe('sql-prd-01');
    expect(proposed(facts({ restorePoints: own, fresh: true })).restorePoint).toBeNull();
  });

  test('with what it is dangerous for', () => {
    expect(proposed(facts()).cautions.join('; ')).toContain('same host name');
    expect(proposed(facts()).cautions.join('; ')).toContain('policy returns no machine by itself');
    const controllers = [first, second].map(({ vm, ...rest }) => ({
      ...rest,
      vm: { ...vm, tags: { ...vm.tags, domainRole: 'controller' } },
    }));
    expect(proposed(facts({ production: controllers })).cautions.join('; ')).toContain('domain controller');
  });
});

describe('no twin is proposed', () => {
  test.each<[string, ProposalFacts, string]>([
    ['without policy', facts({}, { twins: null }), 'policy has no `twins`'],
    ['of a staging machine', facts({ asked: machine('sql-stg-01', '2022').vm }), 'is in staging itself'],
    ['of one that is gone', facts({ asked: { ...first.vm, goneAt: now } }), 'is gone'],
    ['of one in no category', facts({ asked: { ...first.vm, category: null } }), 'in no category'],
    ['where something stands for it', facts({ asked: other.vm }), 'has an equivalent in staging already: sql-stg-01'],
    ['above the cap', facts({ others: [someTwin(), someTwin()] }), 'policy allows 2 at once'],
    [
      'twice',
      facts({ others: [someTwin({}, { source: { vmId: 'sql-prd-02', name: 'sql-prd-02', azureId: '' } })] }),
      'a twin of sql-prd-02, which is alike, is built',
    ],
    ['of facts that are stale', facts({ staleness: () => 'its guest was never asked' }), 'patchline inventory sync'],
    [
      'where policy has no subnet in the region',
      facts({ production: [first, second].map((one) => ({ ...one, vm: { ...one.vm, location: 'norwayeast' } })) }),
      'no subnet for twins in norwayeast',
    ],
    [
      'in a resource group that counts as production',
      facts({}, { twins: { ...twins, resourceGroup: 'rg-sql-prod' } }),
      'counts as production there',
    ],
    ['where nothing may be written', facts({}, { mayInstall: [] }), 'observe-only'],
    [
      'that would be in another category',
      facts({}, { categories: [{ ...category, match: { ...category.match, resourceGroup: 'rg-sql-*' } }] }),
      'would not be in sql',
    ],
    [
      'that would not stand for it either',
      facts({}, { equivalence: policySchema.shape.equivalence.parse({ threshold: 0.99 }) }),
      'a twin would not stand for it',
    ],
  ])('%s', (_, asked, words) => {
    expect(reasons(asked)).toContain(words);
  });

  test('of an observe-only machine without a restore point: none may be taken of it', () => {
    const elsewhere = [first, second].map((one) => ({ ...one, vm: { ...one.vm, subscriptionId: 'production' } }));
    expect(reasons(facts({ production: elsewhere }))).toContain('none may be taken');
  });
});

test('what is there and not as decided is told, whatever its tags say', () => {
  const twin: Twin = someTwin();
  const vm = { environment: 'staging', environmentReason: 'a rule', category: 'sql', categoryReason: 'its tags' };
  expect(misplaced(twin, vm)).toEqual([]);
  expect(misplaced(twin, { ...vm, environment: 'production' })).toEqual(['it counts as production (a rule)']);
  expect(misplaced(twin, { ...vm, category: null })).toEqual(['it is in no category instead of sql (its tags)']);
});
