// The impact that approvers read: computed from what was measured and from what production is, once the tests are done.

import { ringsOf } from '../domain/ring.js';
import { categoryRule } from './concerned.js';
import { givenUp } from './failures.js';
import { impactNow } from './impactFacts.js';
import type { Ports } from './ports.js';
import { needingMachines, testedMachines } from './subject.js';

export function createImpactActivities(ports: Ports) {
  const { patches, decisions, tests } = ports.inventory;

  return {
    /** Per category that passed. It is computed again when it is asked for: machines come and go. */
    async recordImpact(input: { patchId: string; categories: string[] }): Promise<void> {
      const { patchId } = input;
      const record = await patches.patch(patchId);
      if (record === null) throw givenUp(`${patchId} is not in the inventory`);
      for (const category of input.categories) {
        const { rule } = await categoryRule(ports, category);
        const [test] = await tests.testResults({ patchId, category });
        const needing = await needingMachines(ports, patchId, category, 'production');
        const { machines, exceptions } =
          test === undefined
            ? { machines: needing, exceptions: [] }
            : await testedMachines(ports, patchId, category, test, []);
        const rings = ringsOf(rule, machines, new Set(exceptions.map((one) => one.vmId)));
        await impactNow(ports, { record, rule, test, machines, rings, leftOut: needing.length - machines.length });
        await decisions.saveImpact({
          patchId,
          category,
          downtimeMinutes: test?.downtimeMinutes ?? 0,
          reboots: test?.reboots ?? 0,
          vmIds: needing.map((vm) => vm.vmId),
          services: rule.services,
          order: rule.rings.map((ring) => ring.name),
          at: ports.clock.now(),
        });
      }
      await patches.setStage(patchId, 'recordingImpact', input.categories.join(', '));
    },
  };
}
