// Telling people: owners of the machines concerned and those who will have to decide.

import { isByHand } from '../domain/byHand.js';
import { toldIssue } from '../domain/knownIssue.js';
import { concernedBy } from './concerned.js';
import type { Ports } from './ports.js';

export function createNotifyActivities(ports: Ports) {
  return {
    /** `byHand`: nothing of it can be installed by itself, so its story ends with this. */
    async notifyPatch(input: {
      patchId: string;
    }): Promise<{ owners: number; approvers: number; byHand?: { machines: number } }> {
      const record = await ports.inventory.patches.patch(input.patchId);
      const demand = await ports.inventory.patches.demand({ patchId: input.patchId });
      const issues = await ports.inventory.knownIssues.issues({ patchIds: [input.patchId], open: true });
      const { owners, approvers, categories, machines } = await concernedBy(
        ports,
        new Set(demand.map((row) => row.vmId)),
      );
      const patch = record?.patch;
      const handOnly = patch !== undefined && isByHand(patch);
      const lines = [
        `${input.patchId}: ${patch?.title ?? ''}`,
        `Severity ${patch?.severity ?? 'unknown'}, ${patch?.cves.length ?? 0} CVEs${patch?.exploited ? ', exploited' : ''}.`,
        `${machines} machines need it, in ${categories.join(', ')}.`,
        ...issues.map((issue) => `Known issue: ${toldIssue(issue)}.`),
        handOnly
          ? `It has no automatic installation: install it by hand as the vendor says (patchline patch show ${input.patchId}), then patchline patch done-by-hand ${input.patchId}.`
          : 'It is tested in staging first. Nothing is installed in production without a decision.',
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
        subject: handOnly ? `${input.patchId} is to be installed by hand` : `${input.patchId} will need your decision`,
        occasion: `${occasion}/approvers`,
      });
      await ports.inventory.patches.setStage(
        input.patchId,
        'notified',
        `${owners.length} owners, ${approvers.length} approvers`,
      );
      return {
        owners: owners.length,
        approvers: approvers.length,
        ...(handOnly ? { byHand: { machines } } : {}),
      };
    },
  };
}
