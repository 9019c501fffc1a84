// A patch cycle's facts: what the fleet is, and what it needs of all that channels brought.

import { handNeedsOf, softwareFixesOf } from '../domain/byHand.js';
import { categoryOf } from '../domain/category.js';
import { needOf, neededPatches } from '../domain/demand.js';
import { begun, demandedPatches, unknownNeeds } from '../domain/demanded.js';
import { environmentOf } from '../domain/environment.js';
import type { Patch } from '../domain/patch.js';
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

    /** Needed patches with how many machines need each: the newest of each chain, superseded ones that go on, and those that people install. */
    async computeDemand(): Promise<{ needed: { patchId: string; machines: number }[] }> {
      const records = await patches.patches();
      const policy = await ports.policy.current();
      const kept = await ports.inventory.successions.kept();
      const { current, besides, byHand } = demandedPatches(records, kept, policy.supersedence);
      const vms = (await fleet.vms({ existing: true })).filter((vm) => vm.category !== null);
      const rows: Demand[] = [];
      for (let from = 0; from < vms.length; from += demandPage) {
        const page = vms.slice(from, from + demandPage);
        const linux = await linuxKnowledge(ports, page, [...current, ...besides]);
        for (const vm of page) {
          const known = linux.get(vm.vmId);
          for (const { patch, reason } of neededPatches(current, vm, known))
            rows.push({ vmId: vm.vmId, patchId: patch.patchId, reason });
          for (const patch of besides) {
            const need = needOf(patch, vm, known);
            if (need.kind === 'needed') rows.push({ vmId: vm.vmId, patchId: patch.patchId, reason: need.reason });
          }
        }
      }
      if (vms.length === 0) throw notReady('the inventory has no machine yet', 5);
      const now = ports.clock.now();
      // What people install keeps no machine from joining: the line has nothing more for it.
      const joining = caughtUp(vms, rows);
      rows.push(...(await handDemand(byHand)));
      await patches.replaceDemand(rows, now);
      await ports.inventory.needs.saveUnknown(
        unknownNeeds(
          vms,
          records.map((record) => record.patch),
        ),
        now,
      );
      await fleet.join(joining, now);
      const counts = new Map<string, number>();
      for (const row of rows) counts.set(row.patchId, (counts.get(row.patchId) ?? 0) + 1);
      const needed = [...counts].map(([patchId, machines]) => ({ patchId, machines }));
      return { needed: begun(needed, records, kept).sort((a, b) => (a.patchId < b.patchId ? -1 : 1)) };
    },
  };

  /** Machines in a category whose software is below what a patch without an automatic installation fixes. */
  async function handDemand(byHand: Patch[]): Promise<Demand[]> {
    const { limits } = await ports.policy.current();
    const rows: Demand[] = [];
    for (const patch of byHand) {
      const facts = await ports.inventory.byHand.facts(
        patch.patchId,
        softwareFixesOf(patch).map((fix) => fix.name),
      );
      for (const { vm, need } of handNeedsOf(patch, facts, ports.clock.now(), limits.factsMaxAgeMinutes))
        if (need.kind === 'needed' && vm.category !== null)
          rows.push({ vmId: vm.vmId, patchId: patch.patchId, reason: need.reason });
    }
    return rows;
  }
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
