// A patch cycle's facts: what the fleet is, and what it needs of all that channels brought.

import { handNeedsOf, softwareFixesOf } from '../domain/byHand.js';
import { categoryOf } from '../domain/category.js';
import { begun, demandedPatches, unknownNeeds } from '../domain/demanded.js';
import { environmentOf } from '../domain/environment.js';
import type { Patch } from '../domain/patch.js';
import { phaseOf } from '../domain/succession.js';
import type { Vm } from '../domain/vm.js';
import type { Demand, PatchRecord } from '../ports/patches.js';
import { AzureFailure } from '../ports/azure.js';
import { demandOf } from './demand.js';
import { notReady } from './failures.js';
import type { Ports } from './ports.js';
import { waiversNow } from './waived.js';

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
      const rows = await demandOf(ports, vms, { current, besides });
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
      const needed = await unwaived(vms, rows, records);
      return { needed: begun(needed, records, kept).sort((a, b) => (a.patchId < b.patchId ? -1 : 1)) };
    },
  };

  /** A patch that every machine does without by a waiver begins no story: it is shown as waived, and due again when those end. */
  async function unwaived(
    vms: Vm[],
    rows: Demand[],
    records: PatchRecord[],
  ): Promise<{ patchId: string; machines: number }[]> {
    const machines = new Map(vms.map((vm) => [vm.vmId, vm]));
    const waiverOf = await waiversNow(ports, [...new Set(rows.map((row) => row.patchId))]);
    const counts = new Map<string, { machines: number; waived: number }>();
    for (const { patchId, vmId } of rows) {
      const vm = machines.get(vmId);
      const held = counts.get(patchId) ?? { machines: 0, waived: 0 };
      if (vm !== undefined && waiverOf(vm, patchId) !== null) held.waived += 1;
      else held.machines += 1;
      counts.set(patchId, held);
    }
    const resting = new Set(records.filter((one) => phaseOf(one.stage) === null).map((one) => one.patch.patchId));
    for (const [patchId, { machines: left, waived }] of counts)
      if (left === 0 && resting.has(patchId)) await patches.setStage(patchId, 'waived', `on ${waived} machines`);
    return [...counts].flatMap(([patchId, { machines: left }]) => (left === 0 ? [] : [{ patchId, machines: left }]));
  }

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

/** New machines that were assessed and miss nothing. */
function caughtUp(vms: Vm[], demand: Demand[]): string[] {
  const needing = new Set(demand.map((row) => row.vmId));
  return vms
    .filter((vm) => vm.joinedAt === null && vm.assessment !== null && !needing.has(vm.vmId))
    .map((vm) => vm.vmId);
}
