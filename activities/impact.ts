// What the test measured and what production it touches: the impact that approvers read.

import { categoryRule } from './concerned.js';
import type { Ports } from './ports.js';
import { needingMachines } from './subject.js';

export function createImpactActivities(ports: Ports) {
  const { patches, decisions, tests } = ports.inventory;

  return {
    /** What the test measured and what production it touches, per category that passed. */
    async recordImpact(input: { patchId: string; categories: string[] }): Promise<void> {
      for (const category of input.categories) {
        const { rule } = await categoryRule(ports, category);
        const [test] = await tests.testResults({ patchId: input.patchId, category });
        const machines = await needingMachines(ports, input.patchId, category, 'production');
        await decisions.saveImpact({
          patchId: input.patchId,
          category,
          downtimeMinutes: test?.downtimeMinutes ?? 0,
          reboots: test?.reboots ?? 0,
          vmIds: machines.map((vm) => vm.vmId),
          services: rule.services,
          order: rule.rings.map((ring) => ring.name),
          at: ports.clock.now(),
        });
      }
      await patches.setStage(input.patchId, 'recordingImpact', input.categories.join(', '));
    },
  };
}
