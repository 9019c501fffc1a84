// The fleet's own evidence, not our memory, says whether a patch is there.

import { presenceOf } from '../domain/demand.js';
import type { Patch } from '../domain/patch.js';
import type { PatchStage } from '../domain/stage.js';
import { endedBadly } from '../domain/succession.js';
import type { Vm } from '../domain/vm.js';
import { givenUp } from './failures.js';
import { linuxKnowledge } from './linux.js';
import { tellOfBadEnd } from './news.js';
import type { Ports } from './ports.js';

export interface FleetEvidence {
  authorised: number;
  present: number;
  absent: string[];
}

export function createVerifyActivities(ports: Ports) {
  return {
    /** Counts authorised production machines on which the guest shows the patch; absent ones are named (at most twenty). */
    async verifyFleet(input: { patchId: string }): Promise<FleetEvidence> {
      const record = await ports.inventory.patches.patch(input.patchId);
      if (record === null) throw givenUp(`${input.patchId} is not in the inventory`);
      const approvals = await ports.inventory.decisions.decisions({ patchId: input.patchId, accepted: true });
      const requests = await ports.inventory.decisions.requests({ patchId: input.patchId });
      const digests = new Set(
        approvals.filter((decision) => decision.verdict === 'approve').map((decision) => decision.digest),
      );
      const authorised = new Set(
        requests.filter((request) => digests.has(request.digest)).flatMap((request) => request.subject.vmIds),
      );
      const vms = (await ports.inventory.fleet.vms({ environment: 'production', existing: true })).filter((vm) =>
        authorised.has(vm.vmId),
      );
      const linux = await linuxKnowledge(ports, vms, [record.patch]);
      const absent = vms.filter((vm) => presenceOf(record.patch, vm, linux.get(vm.vmId)).kind !== 'present');
      return {
        authorised: vms.length,
        present: vms.length - absent.length,
        absent: absent.slice(0, 20).map((vm) => vm.name),
      };
    },

    /** Machines that show the patch by now need it no longer: who looks between two cycles is told so. */
    async closePatch(input: { patchId: string; stage: PatchStage; detail: string }): Promise<void> {
      const record = await ports.inventory.patches.patch(input.patchId);
      const needing = new Set((await ports.inventory.patches.demand(input)).map((row) => row.vmId));
      const vms = needing.size === 0 ? [] : await ports.inventory.fleet.vms({ existing: true });
      const patched =
        record === null
          ? []
          : await havingIt(
              record.patch,
              vms.filter((vm) => needing.has(vm.vmId)),
            );
      await ports.inventory.patches.endDemand(input.patchId, patched);
      await ports.inventory.patches.setStage(input.patchId, input.stage, input.detail);
      if (endedBadly(input.stage)) await tellOfBadEnd(ports, input.patchId, input.stage, input.detail);
    },
  };

  /** Machines that have the patch, or all of it that they have access to. */
  async function havingIt(patch: Patch, vms: Vm[]): Promise<string[]> {
    const linux = await linuxKnowledge(ports, vms, [patch]);
    const kindOn = (vm: Vm) => presenceOf(patch, vm, linux.get(vm.vmId)).kind;
    return vms.filter((vm) => ['present', 'partly'].includes(kindOn(vm))).map((vm) => vm.vmId);
  }
}
