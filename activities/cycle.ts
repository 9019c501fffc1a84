// A patch cycle's facts: what the fleet is, and what it needs of all that channels brought.

import { categoryOf } from '../domain/category.js';
import { neededPatches } from '../domain/demand.js';
import { environmentOf } from '../domain/environment.js';
import { currentPatches } from '../domain/supersedence.js';
import type { Vm } from '../domain/vm.js';
import type { Demand } from '../ports/inventory.js';
import { AzureFailure } from '../ports/azure.js';
import { notReady } from './failures.js';
import { linuxKnowledge } from './linux.js';
import type { Ports } from './ports.js';

export function createCycleActivities(ports: Ports) {
  const { patches, fleet, access } = ports.inventory;

  /** Who has access is told where Azure lets us read it: without that right the machines are still listed, and what was seen stays with its date. */
  async function syncAccess(subscriptions: string[], at: string): Promise<void> {
    try {
      await access.saveAssignments(await ports.azure.listAssignments(), subscriptions, at);
    } catch (failure) {
      if (!(failure instanceof AzureFailure)) throw failure;
    }
  }

  return {
    async syncInventory(): Promise<{ machines: number; added: number; gone: number }> {
      const policy = await ports.policy.current();
      const at = ports.clock.now();
      const listed = await ports.azure.listVms();
      const vms = listed.map((vm) => {
        const environment = environmentOf(policy.environments, vm);
        const category = categoryOf(policy.categories, vm);
        return {
          ...vm,
          environment: environment.environment,
          environmentReason: environment.reason,
          category: category.category,
          categoryReason: category.reason,
          seenAt: at,
        };
      });
      const subscriptions = [...new Set(listed.map((vm) => vm.subscriptionId))];
      const saved = await fleet.saveListed(vms, subscriptions, at);
      await syncAccess(subscriptions, at);
      return { machines: vms.length, ...saved };
    },

    /** Machines to assess: existing ones that a category takes, in a stable order. */
    async machinesToAssess(input: { offset: number; limit: number }): Promise<{ vmId: string; vmName: string }[]> {
      const vms = (await fleet.vms({ existing: true })).filter((vm) => vm.category !== null && vm.power === 'running');
      vms.sort((a, b) => (a.vmId < b.vmId ? -1 : 1));
      return vms.slice(input.offset, input.offset + input.limit).map(({ vmId, name }) => ({ vmId, vmName: name }));
    },

    /** Needed patches, newest of each chain only, with how many machines need each. */
    async computeDemand(): Promise<{ needed: { patchId: string; machines: number }[] }> {
      const records = await patches.patches();
      const { current } = currentPatches(records.map((record) => record.patch));
      const vms = (await fleet.vms({ existing: true })).filter((vm) => vm.category !== null);
      const rows: Demand[] = [];
      for (let from = 0; from < vms.length; from += demandPage) {
        const page = vms.slice(from, from + demandPage);
        const linux = await linuxKnowledge(ports, page, current);
        for (const vm of page)
          for (const { patch, reason } of neededPatches(current, vm, linux.get(vm.vmId)))
            rows.push({ vmId: vm.vmId, patchId: patch.patchId, reason });
      }
      if (vms.length === 0) throw notReady('the inventory has no machine yet', 5);
      const now = ports.clock.now();
      await patches.replaceDemand(rows, now);
      await fleet.join(caughtUp(vms, rows), now);
      const counts = new Map<string, number>();
      for (const row of rows) counts.set(row.patchId, (counts.get(row.patchId) ?? 0) + 1);
      return {
        needed: [...counts]
          .map(([patchId, machines]) => ({ patchId, machines }))
          .sort((a, b) => (a.patchId < b.patchId ? -1 : 1)),
      };
    },
  };
}

/** Machines whose packages are held in memory at once. */
const demandPage = 500;

/** New machines that were assessed and miss nothing. */
function caughtUp(vms: Vm[], demand: Demand[]): string[] {
  const needing = new Set(demand.map((row) => row.vmId));
  return vms
    .filter((vm) => vm.joinedAt === null && vm.assessment !== null && !needing.has(vm.vmId))
    .map((vm) => vm.vmId);
}
