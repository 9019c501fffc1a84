// Which staging machine stands for which production machine, what differs, and what would close the gap.

import { describe, expect, test } from '@jest/globals';
import { policySchema } from '../../adapters/policy/schema.js';
import { candidatesFor, equivalenceOf } from '../../domain/equivalence.js';
import type { EquivalencePolicy } from '../../domain/equivalencePolicy.js';
import { gapLine, gapsOf, nothingEquivalent, signedEquivalence, withoutTwin } from '../../domain/equivalenceReport.js';
import type { MachineFacts } from '../../domain/machineProfile.js';
import type { GuestFacts, Vm } from '../../domain/vm.js';
import { sizeClassOf } from '../../domain/vmSize.js';
import { now, someVm } from '../support/facts.js';

const usual: EquivalencePolicy = policySchema.shape.equivalence.parse({});
const asked = { category: 'web', tested: [] as string[] };

function software(...programs: [string, string | null][]): MachineFacts['software'] {
  return { key: JSON.stringify(programs), programs: programs.map(([name, version]) => ({ name, version })) };
}

function machine(name: string, change: Partial<MachineFacts> = {}, vm: Partial<Vm> = {}): MachineFacts {
  const environment = name.includes('stg') ? ('staging' as const) : ('production' as const);
  return {
    vm: someVm({
      vmId: name,
      name,
      environment,
      tags: { role: 'web server' },
      size: 'Standard_D4s_v5',
      image: 'MicrosoftWindowsServer/WindowsServer/2022-datacenter/latest',
      ...vm,
    }),
    words: [],
    software: software(['Contoso Orders', '7.2'], ['Fabrikam Agent', '1.0']),
    needs: ['KB1'],
    got: [],
    ...change,
  };
}

function guest(...services: string[]): GuestFacts {
  return {
    osVersion: '10.0.20348.4171',
    installedKbs: [],
    pendingReboot: false,
    services: services.map((name) => ({ name, running: true })),
    software: [],
    seenAt: now,
  };
}

function only(production: MachineFacts, staging: MachineFacts, policy = usual, tested: string[] = []) {
  const [match] = candidatesFor(production, [staging], policy, { ...asked, tested });
  if (match === undefined) throw new Error('nothing was compared');
  return match;
}

const twin = machine('web-stg-01');

describe('a staging machine stands for', () => {
  test.each<[string, MachineFacts]>([
    ['one that is alike, with nothing known of its services and domain role', machine('web-prd-01')],
    ['one in an availability set', machine('web-prd-01', {}, { availabilitySet: '/sets/a' })],
    ['one whose role is told in other case', machine('web-prd-01', {}, { tags: { Role: ' Web  SERVER ' } })],
    ['one of half its size', machine('web-prd-01', {}, { size: 'Standard_D2s_v5' })],
    [
      'one with a program more',
      machine('web-prd-01', {
        software: software(['Contoso Orders', '7.2'], ['Fabrikam Agent', '1.0'], ['Legacy', '1']),
      }),
    ],
    ['one with another patch level', machine('web-prd-01', { needs: ['KB1', 'KB2'] })],
    [
      'one with browsers that update themselves',
      machine('web-prd-01', {
        software: software(['Contoso Orders', '7.2'], ['Fabrikam Agent', '1.0'], ['Microsoft Edge', '141.0']),
      }),
    ],
  ])('%s', (_, production) => {
    expect(only(production, twin)).toMatchObject({ stands: true, ruledOut: false });
  });
});

describe('a staging machine does not stand for', () => {
  test.each<[string, MachineFacts, string]>([
    ['another operating system', machine('web-prd-01', {}, { osName: 'Windows Server 2019 Datacenter' }), 'system'],
    ['an unknown operating system', machine('web-prd-01', {}, { osName: null }), 'system'],
    ['unknown software', machine('web-prd-01', { software: null }), 'software'],
    ['other software', machine('web-prd-01', { software: software(['Tailspin', '1']) }), 'software'],
    [
      'a decisive program',
      machine('web-prd-01', {
        software: software(['Contoso Orders', '7.2'], ['Fabrikam Agent', '1.0'], ['Microsoft SQL Server 2022', '16.0']),
      }),
      'software',
    ],
    ['a domain controller', machine('web-prd-01', {}, { guest: guest('NTDS') }), 'domainRole'],
  ])('%s', (_, production, dimension) => {
    const staging =
      dimension === 'domainRole'
        ? machine('web-stg-01', {}, { tags: { role: 'web server', domainRole: 'member' } })
        : twin;
    const match = only(production, staging);
    expect(match).toMatchObject({ stands: false, ruledOut: true });
    expect(match.differences.filter((one) => one.rulesOut).map((one) => one.dimension)).toEqual([dimension]);
  });

  test('another release of a decisive program', () => {
    const engine = (version: string) => ({
      software: software(['Contoso Orders', '7.2'], ['Fabrikam Agent', '1.0'], ['Microsoft SQL Server 2022', version]),
    });
    const match = only(machine('sql-prd-01', engine('16.0.4135')), machine('sql-stg-01', engine('16.0.4105')));
    expect(match.stands).toBe(false);
    expect(match.differences.find((one) => one.rulesOut)).toMatchObject({
      words: 'other versions Microsoft SQL Server 2022 16.0.4135, in staging 16.0.4105',
      remedy: 'install Microsoft SQL Server 2022 16.0.4135 on sql-stg-01',
    });
  });

  test('too many small differences', () => {
    const production = machine(
      'web-prd-01',
      { software: software(['Contoso Orders', '7.2'], ['Legacy', '1']), needs: ['KB8', 'KB9'] },
      { tags: { role: 'file server' } },
    );
    const policy = { ...usual, softwareAlikeMin: 0.2 };
    expect(only(production, twin, policy)).toMatchObject({ stands: false, ruledOut: false });
  });
});

describe('the patch level', () => {
  const levelOf = (production: Partial<MachineFacts>, staging: Partial<MachineFacts>, tested: string[] = []) =>
    only(machine('web-prd-01', production), machine('web-stg-01', staging), usual, tested).differences.find(
      (one) => one.dimension === 'patchLevel',
    )?.words;

  test('is alike where staging is ahead by what our own runs put on it, or the test brought', () => {
    expect(levelOf({ needs: ['KB1'] }, { needs: [], got: ['KB1'] })).toBeUndefined();
    expect(levelOf({ needs: ['KB1'] }, { needs: [] }, ['KB1'])).toBeUndefined();
  });

  test('differs where staging is ahead or behind otherwise', () => {
    expect(levelOf({ needs: ['KB1'] }, { needs: [] })).toBe('only production needs KB1');
    expect(levelOf({ needs: [] }, { needs: ['KB1'] })).toBe('only staging needs KB1');
  });

  test('is told by the build where nothing was tested in between', () => {
    const production = machine('web-prd-01', { needs: [] }, { osVersion: '10.0.20348.1' });
    const match = only(production, machine('web-stg-01', { needs: [] }));
    expect(match.differences.find((one) => one.dimension === 'patchLevel')?.words).toBe(
      'build 10.0.20348.1, in staging 10.0.20348.4171',
    );
  });

  test('is not known of a machine that told neither build nor assessment', () => {
    const production = machine('web-prd-01', { needs: [] }, { osVersion: null });
    expect(only(production, twin).differences.find((one) => one.dimension === 'patchLevel')).toMatchObject({
      kind: 'unknown',
      words: 'not known of production',
    });
  });
});

test('services are compared once both told theirs', () => {
  const of = (production: GuestFacts | null, staging: GuestFacts | null) =>
    only(
      machine('web-prd-01', {}, { guest: production }),
      machine('web-stg-01', {}, { guest: staging }),
    ).differences.find((one) => one.dimension === 'services');
  expect(of(guest('W3SVC'), guest('W3SVC'))).toBeUndefined();
  expect(of(null, guest('W3SVC'))).toMatchObject({ kind: 'unknown' });
  expect(of(guest('W3SVC', 'MSMQ'), guest('W3SVC', 'DNS'))).toMatchObject({
    kind: 'differs',
    words: 'only in production MSMQ; only in staging DNS',
  });
});

test('a stricter threshold of its category counts', () => {
  const policy = { ...usual, thresholds: { web: 0.99 } };
  expect(only(machine('web-prd-01'), twin, policy).stands).toBe(false);
});

describe('told to people', () => {
  const sql = { software: software(['Microsoft SQL Server 2022', '16.0.4135']) };
  const fleet = [machine('web-prd-02'), machine('web-prd-01'), machine('sql-prd-02', sql), machine('sql-prd-01', sql)];
  const groups = equivalenceOf(fleet, [twin, machine('web-stg-02')], usual, asked);

  test('machines that are alike are one group, with the first of their equal twins', () => {
    expect(groups.map((group) => [group.machines.map((one) => one.name), group.best?.name])).toEqual([
      [['web-prd-01', 'web-prd-02'], 'web-stg-01'],
      [['sql-prd-01', 'sql-prd-02'], 'web-stg-01'],
    ]);
  });

  test('a gap is named with what would close it', () => {
    const [gap] = gapsOf(groups, usual.threshold);
    expect(gap?.machines.map((one) => one.name)).toEqual(['sql-prd-01', 'sql-prd-02']);
    expect(gapLine({ words: gap?.words ?? '', machines: 2 })).toBe(
      '2 production machines have no equivalent in staging: software: only in production Microsoft SQL Server 2022 16.0.4135; only in staging Contoso Orders 7.2, Fabrikam Agent 1.0 (web-stg-01 is nearest)',
    );
    expect(gap?.remedies).toEqual([
      'install Microsoft SQL Server 2022 16.0.4135 and remove Contoso Orders, Fabrikam Agent on web-stg-01',
      'or build a twin: patchline twin propose sql-prd-01',
    ]);
  });

  test('what is signed names each twin with its machines, and how many are left out', () => {
    const signed = signedEquivalence(groups, usual.threshold);
    expect(signed.groups).toEqual([
      {
        twin: { vmId: 'web-stg-01', name: 'web-stg-01' },
        score: 0.85,
        differences: ['services: not known of both', 'domain role: not known of both'],
        vmIds: ['web-prd-01', 'web-prd-02'],
      },
    ]);
    expect(signed.without).toMatchObject([{ machines: 2 }]);
    expect([...withoutTwin(groups, usual.threshold).keys()]).toEqual(['sql-prd-01', 'sql-prd-02']);
  });

  test('without any staging machine everything is a gap', () => {
    const none = equivalenceOf(fleet, [], usual, asked);
    expect(nothingEquivalent(signedEquivalence(none, usual.threshold))).toBe(
      'no production machine that needs it has an equivalent among the tested ones: 4 production machines have no equivalent in staging: no staging machine in the category',
    );
  });
});

test.each([
  ['Standard_D4s_v5', { family: 'D', cores: 4, processor: 'x64' }],
  ['Standard_D4ps_v5', { family: 'D', cores: 4, processor: 'Arm64' }],
  ['Standard_E8-4ds_v5', { family: 'E', cores: 4, processor: 'x64' }],
  ['Standard_DS2_v2', { family: 'DS', cores: 2, processor: 'x64' }],
  ['Standard_M128ms', { family: 'M', cores: 128, processor: 'x64' }],
  ['Standard_NC24ads_A100_v4', { family: 'NC', cores: 24, processor: 'x64' }],
  ['huge', null],
  [null, null],
])('the class of size %s', (size, expected) => {
  expect(sizeClassOf(size)).toEqual(expected);
});

test('10,000 machines beside 40 of staging are told in as many groups as there are kinds of them', () => {
  const programs = Array.from({ length: 30 }, (_, index): [string, string] => [`Program ${index}`, '1.0']);
  const kinds = Array.from({ length: 50 }, (_, kind) => software(...programs, [`Kind ${kind}`, '1']));
  const production = Array.from({ length: 10_000 }, (_, index) =>
    machine(`web-prd-${index}`, { software: kinds[index % 50] ?? null, needs: [`KB${index % 7}`] }),
  );
  const staging = Array.from({ length: 40 }, (_, index) =>
    machine(`web-stg-${index}`, { software: kinds[index] ?? null }),
  );
  const groups = equivalenceOf(production, staging, usual, asked);
  expect(groups).toHaveLength(350);
  expect(groups.reduce((sum, group) => sum + group.machines.length, 0)).toBe(10_000);
});
