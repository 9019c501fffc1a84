// Production beside staging, category by category: what staging stands for, and what it does not.

import { currentBuild } from './demand.js';
import { systemOf } from './system.js';
import type { Environment, Vm } from './vm.js';

export interface Side {
  machines: number;
  /** Machines by operating system. */
  products: Record<string, number>;
  /** Machines by build. */
  builds: Record<string, number>;
  software: string[];
}

export interface CategoryComparison {
  /** Null: machines that no category takes. */
  category: string | null;
  production: Side;
  staging: Side;
  /** Operating systems of production that no staging machine of the category has, with how many machines. */
  withoutTwin: Record<string, number>;
  /** Names of programs on one side alone. */
  softwareOnlyInProduction: string[];
  softwareOnlyInStaging: string[];
}

export function compareEnvironments(vms: Vm[], software: { vmId: string; name: string }[]): CategoryComparison[] {
  const programs = new Map<string, string[]>();
  for (const { vmId, name } of software) programs.set(vmId, [...(programs.get(vmId) ?? []), name]);
  const categories = [...new Set(vms.map((vm) => vm.category))].sort((a, b) => ((a ?? '~') < (b ?? '~') ? -1 : 1));
  return categories.map((category) => {
    const mine = vms.filter((vm) => vm.category === category);
    const [production, staging] = (['production', 'staging'] as Environment[]).map((environment) =>
      sideOf(
        mine.filter((vm) => vm.environment === environment),
        programs,
      ),
    ) as [Side, Side];
    return {
      category,
      production,
      staging,
      withoutTwin: Object.fromEntries(
        Object.entries(production.products).filter(([product]) => staging.products[product] === undefined),
      ),
      softwareOnlyInProduction: production.software.filter((name) => !staging.software.includes(name)),
      softwareOnlyInStaging: staging.software.filter((name) => !production.software.includes(name)),
    };
  });
}

function sideOf(vms: Vm[], programs: Map<string, string[]>): Side {
  return {
    machines: vms.length,
    products: countsOf(vms.map(productOf)),
    builds: countsOf(vms.map((vm) => currentBuild(vm) ?? 'unknown')),
    software: [...new Set(vms.flatMap((vm) => programs.get(vm.vmId) ?? []))].sort(),
  };
}

/** Staging machines of the same category and operating system stand for a production machine. */
export function twinsOf(vm: Vm, vms: Vm[]): Vm[] {
  if (vm.environment === 'staging' || vm.category === null) return [];
  return vms.filter(
    (other) => other.environment === 'staging' && other.category === vm.category && productOf(other) === productOf(vm),
  );
}

function productOf(vm: Vm): string {
  return systemOf(vm) ?? vm.osName ?? 'unknown';
}

function countsOf(values: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
