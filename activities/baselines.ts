// Each machine against its baseline.

import { complianceOf, isCompliant } from '../domain/baseline.js';
import { withPatchWaivers } from '../domain/patchWaiver.js';
import { withWaivers } from '../domain/waiver.js';
import { baselineFacts, baselineFor } from '../domain/baselineFacts.js';
import type { Ports } from './ports.js';

export function createBaselineActivities(ports: Ports) {
  const { baselines } = ports.inventory;

  return {
    async auditCompliance(): Promise<{ machines: number; compliant: number; withoutBaseline: number }> {
      const now = ports.clock.now();
      const { limits, waivers } = await ports.policy.current();
      const standing = await ports.inventory.patchWaivers.standing({ now, excusing: true });
      const approved = await baselines.baselines({ status: 'approved' });
      const fleet = baselineFacts(await baselines.fleetKnowledge(), now, limits.factsMaxAgeMinutes);
      const rows = fleet.flatMap((facts) => {
        const mine = baselineFor(approved, facts.vm.category);
        if (mine === null) return [];
        const judged = withWaivers(complianceOf(mine.content, facts), waivers, facts.vm, now);
        const items = withPatchWaivers(judged, standing, facts.vm, now);
        return [{ vmId: facts.vm.vmId, baseline: mine.name, version: mine.version, items }];
      });
      await baselines.saveCompliance(rows, now);
      return {
        machines: rows.length,
        compliant: rows.filter((row) => isCompliant(row.items)).length,
        withoutBaseline: fleet.length - rows.length,
      };
    },
  };
}
