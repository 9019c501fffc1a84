// Whole facts of an impact for tests; each test changes what it is about.

import { fleetIndex, impactOf, type FleetIndex, type Impact, type ImpactFacts } from '../../domain/impact.js';
import type { Dependency, Place } from '../../domain/dependency.js';
import type { Observation } from '../../domain/impactDowntime.js';
import type { CategoryRule } from '../../domain/policy.js';
import { ringsOf } from '../../domain/ring.js';
import type { Vm } from '../../domain/vm.js';
import { now, someVm } from './facts.js';

export const webRule: ImpactFacts['rule'] & Pick<CategoryRule, 'rings'> = {
  name: 'web',
  tier: 1,
  services: ['W3SVC'],
  waveSizeMax: 2,
  inFlightMax: 2,
  unwind: 'restorePoint',
  rings: [
    { name: 'canary', take: { kind: 'count', count: 1 }, failureBudget: 0 },
    { name: 'broad', take: { kind: 'rest' }, failureBudget: 1 },
  ],
};

export const someCategories = [
  { name: 'sql', tier: 0, services: ['MSSQLSERVER'] },
  { name: 'web', tier: 1, services: ['W3SVC'] },
  { name: 'app', tier: 2, services: ['ContosoApp'] },
];

export function someObservation(change: Partial<Observation> = {}): Observation {
  return {
    runKey: 'maintenance/production/web/broad/before@1',
    category: 'web',
    system: 'Windows Server 2022',
    restarted: true,
    minutes: 5,
    ...change,
  };
}

export function webMachines(count: number, change: Partial<Vm> = {}): Vm[] {
  return Array.from({ length: count }, (_, index) =>
    someVm({ vmId: `vm-${index}`, name: `web-prd-${index}`, ...change }),
  );
}

export function someImpactFacts(machines: Vm[], change: Partial<ImpactFacts> = {}): ImpactFacts {
  return {
    patchId: 'KB1',
    rule: webRule,
    inFlightMax: 100,
    machines,
    rings: ringsOf(webRule, machines),
    restart: 'yes',
    test: { runKey: 'maintenance/staging/web/staging/soon@1', downtimeMinutes: 6, reboots: 1, machines: 1 },
    observations: [],
    rollbacks: [],
    risk: {
      due: { tier: 'P1', deadline: now, because: 'CVE-1: exploited' },
      overdue: 0,
      exploited: true,
      leftOut: 0,
      testVerdict: 'passed',
      testedMachines: 1,
      testedSet: ['KB1'],
      knownIssues: [],
      released: '2026-11-20T00:00:00.000Z',
      installed: 0,
      failed: 0,
    },
    ...change,
  };
}

export function someFleet(machines: Vm[], dependencies: Dependency[] = []): FleetIndex {
  return fleetIndex(machines, someCategories, dependencies);
}

export function someImpact(change: Partial<ImpactFacts> = {}, machines = webMachines(3)): Impact {
  return impactOf(someImpactFacts(machines, change), someFleet(machines), now);
}

/** `category sql`, `vm db-1`, `service W3SVC`. */
export function place(text: string): Place {
  const [kind = '', name = ''] = text.split(' ');
  return { kind: kind as Place['kind'], name };
}

/** `category app needs category sql` */
export function needs(text: string): Dependency {
  const [of = '', on = ''] = text.split(' needs ');
  return { of: place(of), on: place(on) };
}
