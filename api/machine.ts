// The machine that a request names.

import type { Vm } from '../domain/vm.js';
import type { FleetStore } from '../ports/fleet.js';
import { ApiProblem } from './problem.js';

/** By name or id; gone ones too. */
export async function machineNamed(fleet: FleetStore, name: string): Promise<Vm> {
  const vm = await fleet.vm(name);
  if (vm === null) throw unknownMachine(name);
  return vm;
}

export function unknownMachine(name: string): ApiProblem {
  return new ApiProblem(404, 'Unknown machine', `No machine is called ${name}; \`patchline vm list\` shows them.`);
}
