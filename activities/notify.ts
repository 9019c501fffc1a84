// Telling people: owners of the machines concerned and those who will have to decide.

import type { OwnerRule } from '../domain/policy.js';
import type { Vm } from '../domain/vm.js';
import { factsOf, type PersonsWord } from '../domain/vmFacts.js';
import type { Ports } from './ports.js';

export function createNotifyActivities(ports: Ports) {
  return {
    async notifyPatch(input: { patchId: string }): Promise<{ owners: number; approvers: number }> {
      const record = await ports.inventory.patches.patch(input.patchId);
      const demand = await ports.inventory.patches.demand({ patchId: input.patchId });
      const needing = new Set(demand.map((row) => row.vmId));
      const vms = (await ports.inventory.fleet.vms({ existing: true })).filter((vm) => needing.has(vm.vmId));
      const policy = await ports.policy.current();
      const categories = [...new Set(vms.flatMap((vm) => (vm.category === null ? [] : [vm.category])))].sort();
      const words = await ports.inventory.guests.facts(vms.map((vm) => vm.vmId));
      const owners = [...new Set(vms.flatMap((vm) => ownerOf(vm, words, policy.owners)))]
        .filter((owner) => owner.includes('@'))
        .sort();
      const roles = new Set(
        policy.categories.filter((rule) => categories.includes(rule.name)).map((rule) => rule.approverRole),
      );
      const approvers = (await ports.policy.people())
        .filter((person) => person.roles.some((role) => roles.has(role)))
        .map((person) => person.mail);
      const patch = record?.patch;
      const lines = [
        `${input.patchId}: ${patch?.title ?? ''}`,
        `Severity ${patch?.severity ?? 'unknown'}, ${patch?.cves.length ?? 0} CVEs${patch?.exploited ? ', exploited' : ''}.`,
        `${vms.length} machines need it, in ${categories.join(', ')}.`,
        'It is tested in staging first. Nothing is installed in production without a decision.',
      ];
      const occasion = `notice/${input.patchId}/${patch?.source.document ?? ''}`;
      const about = {
        kind: 'patchAnnounced',
        urgency: 'routine',
        lines,
        patchId: input.patchId,
        category: null,
      } as const;
      await ports.notices.tell({
        ...about,
        to: owners,
        subject: `${input.patchId} concerns your machines`,
        occasion: `${occasion}/owners`,
      });
      await ports.notices.tell({
        ...about,
        to: approvers,
        subject: `${input.patchId} will need your decision`,
        occasion: `${occasion}/approvers`,
      });
      await ports.inventory.patches.setStage(
        input.patchId,
        'notified',
        `${owners.length} owners, ${approvers.length} approvers`,
      );
      return { owners: owners.length, approvers: approvers.length };
    },
  };
}

export function ownerOf(vm: Vm, words: (PersonsWord & { vmId: string })[], rules: OwnerRule[]): string[] {
  const mine = words.filter((word) => word.vmId === vm.vmId);
  return factsOf(vm, mine, rules).flatMap((fact) => (fact.name === 'owner' && fact.value !== null ? [fact.value] : []));
}
