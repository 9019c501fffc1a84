// The state that a staging machine reached in a test: what the verdict covers.

import { currentBuild } from './demand.js';
import type { ManifestRow } from './run.js';
import { systemOf } from './system.js';
import type { Vm } from './vm.js';

export interface ReachedState {
  vmId: string;
  vmName: string;
  /** `Windows Server 2022`, `Ubuntu 24.04`; null where nobody told. */
  system: string | null;
  /** Of Windows: its build. Null where nobody told, and of Linux. */
  build: string | null;
  /** KBs that are there, or packages of the tested patches with their versions; sorted. */
  level: string[];
}

export function reachedState(vm: Vm, rows: ManifestRow[]): ReachedState {
  const { vmId, name: vmName } = vm;
  const mine = rows.filter((row) => row.vmId === vmId);
  const level =
    vm.osType === 'windows'
      ? (vm.guest?.installedKbs ?? []).map((kb) => `KB${kb}`)
      : mine.flatMap((row) => row.arrived ?? []).map(({ name, version }) => `${name}=${version}`);
  return {
    vmId,
    vmName,
    system: systemOf(vm),
    build: vm.osType === 'windows' ? currentBuild(vm) : null,
    level: [...new Set(level)].sort(),
  };
}
