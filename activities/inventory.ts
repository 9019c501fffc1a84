// Asking the guests themselves: software, remembered updates, administrators. Whatever fails, what is known stays.

import { staleness } from '../domain/staleness.js';
import { AzureFailure } from '../ports/azure.js';
import { laterWhenAzureAllows } from './failures.js';
import type { Ports } from './ports.js';

export type Collected =
  | { kind: 'collected'; foreignUpdates: number }
  | { kind: 'fresh' }
  | { kind: 'failed'; reason: string };

export function createInventoryActivities(ports: Ports) {
  const { fleet, guests } = ports.inventory;

  async function isFresh(vmId: string): Promise<boolean> {
    const [known] = await guests.knowledge([vmId]);
    const { limits } = await ports.policy.current();
    return staleness(known ?? null, ports.clock.now(), limits.factsMaxAgeMinutes / 2) === null;
  }

  return {
    /** Machines that can be asked now, in a stable order. */
    async machinesToAsk(input: { offset: number; limit: number }): Promise<{ vmId: string; vmName: string }[]> {
      const vms = (await fleet.vms({ existing: true })).filter((vm) => vm.power === 'running');
      vms.sort((a, b) => (a.vmId < b.vmId ? -1 : 1));
      return vms.slice(input.offset, input.offset + input.limit).map(({ vmId, name }) => ({ vmId, vmName: name }));
    },

    /** `onlyStale`: a guest whose facts are good for as long again as they are old is left alone. */
    async askGuest(input: { vmId: string; onlyStale?: boolean }): Promise<Collected> {
      const vm = await fleet.vm(input.vmId);
      if (vm === null || vm.goneAt !== null) return { kind: 'failed', reason: 'the machine is gone' };
      if (input.onlyStale && (await isFresh(vm.vmId))) return { kind: 'fresh' };
      // What a session learns while the pages come is newer than they are.
      const at = ports.clock.now();
      try {
        const inventory = await ports.guest.inventory(vm, vm.osType);
        const saved = await guests.saveInventory(vm.vmId, inventory, at);
        if (inventory.definitions !== undefined)
          await ports.inventory.definitions.save(vm.vmId, inventory.definitions, at);
        return { kind: 'collected', foreignUpdates: saved.foreignUpdates.length };
      } catch (failure) {
        if (!(failure instanceof AzureFailure)) throw failure;
        if (failure.kind === 'throttled') {
          const { polls } = await ports.policy.current();
          throw laterWhenAzureAllows(failure, polls.floorSeconds);
        }
        await guests.saveProblem(vm.vmId, failure.message, ports.clock.now());
        return { kind: 'failed', reason: failure.message };
      }
    },
  };
}
