// The fleet's own evidence, not our memory, says whether a patch is there.

import { presenceOf } from '../domain/demand.js';
import type { Patch } from '../domain/patch.js';
import type { PatchStage } from '../domain/stage.js';
import { endedBadly } from '../domain/succession.js';
import type { Vm } from '../domain/vm.js';
import { endChanges } from './changes.js';
import { givenUp } from './failures.js';
import { linuxKnowledge } from './linux.js';
import { tellOfBadEnd } from './news.js';
import type { Ports } from './ports.js';
import { waivedOf } from './waived.js';

export interface FleetEvidence {
  authorised: number;
  present: number;
  absent: string[];
  /** Authorised once, and since then waived: neither present nor absent. */
  waived?: number;
}

export function createVerifyActivities(ports: Ports) {
  return {
    /** Counts authorised production machines on which the guest shows the patch; absent ones are named (at most twenty). */
    async verifyFleet(input: { patchId: string }): Promise<FleetEvidence> {
      const record = await ports.inventory.patches.patch(input.patchId);
      if (record === null) throw givenUp(`${input.patchId} is not in the inventory`);
      const approvals = await ports.inventory.decisions.decisions({ patchId: input.patchId, complete: true });
      const requests = await ports.inventory.decisions.requests({ patchId: input.patchId });
      const approved = new Set(
        approvals.filter((decision) => decision.verdict === 'approve').map((decision) => decision.requestId),
      );
      const authorised = new Set(
        requests
          .filter((request) => request.status === 'decided' && approved.has(request.requestId))
          .flatMap((request) => request.subject.vmIds),
      );
      for (const { vmId, joins, digest } of await ports.inventory.arrivals.arrivals({ patchId: input.patchId }))
        if (joins && requests.some((request) => request.digest === digest && approved.has(request.requestId)))
          authorised.add(vmId);
      const vms = (await ports.inventory.fleet.vms({ environment: 'production', existing: true })).filter((vm) =>
        authorised.has(vm.vmId),
      );
      const linux = await linuxKnowledge(ports, vms, [record.patch]);
      const lacking = vms.filter((vm) => presenceOf(record.patch, vm, linux.get(vm.vmId)).kind !== 'present');
      const waived = await waivedOf(ports, input.patchId, lacking);
      const absent = lacking.filter((vm) => !waived.has(vm.vmId));
      return {
        authorised: vms.length - waived.size,
        present: vms.length - lacking.length,
        absent: absent.slice(0, 20).map((vm) => vm.name),
        ...(waived.size === 0 ? {} : { waived: waived.size }),
      };
    },

    /** Machines that show the patch by now need it no longer: who looks between two cycles is told so. */
    async closePatch(input: {
      patchId: string;
      stage: PatchStage;
      detail: string;
    }): Promise<{ stage: PatchStage } | undefined> {
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
      await endChanges(ports, { patchId: input.patchId });
      const stage = (await isWaivedOnly(input)) ? 'waived' : input.stage;
      await ports.inventory.patches.setStage(input.patchId, stage, input.detail);
      if (endedBadly(stage)) await tellOfBadEnd(ports, input.patchId, stage, input.detail);
      return stage === input.stage ? undefined : { stage };
    },
  };

  /** What ends unfinished although every production machine that still lacks it is waived is no failure. */
  async function isWaivedOnly({ patchId, stage }: { patchId: string; stage: PatchStage }): Promise<boolean> {
    if (stage !== 'incomplete' && stage !== 'failedTest') return false;
    const lacking = new Set((await ports.inventory.patches.demand({ patchId })).map((row) => row.vmId));
    const vms = (await ports.inventory.fleet.vms({ environment: 'production', existing: true })).filter((vm) =>
      lacking.has(vm.vmId),
    );
    return vms.length > 0 && (await waivedOf(ports, patchId, vms)).size === vms.length;
  }

  /** Machines that have the patch, or all of it that they have access to. */
  async function havingIt(patch: Patch, vms: Vm[]): Promise<string[]> {
    const linux = await linuxKnowledge(ports, vms, [patch]);
    const kindOn = (vm: Vm) => presenceOf(patch, vm, linux.get(vm.vmId)).kind;
    return vms.filter((vm) => ['present', 'partly'].includes(kindOn(vm))).map((vm) => vm.vmId);
  }
}
