// What is known of machines for a comparison with others.

import type { MachineFacts } from '../domain/machineProfile.js';
import type { Vm } from '../domain/vm.js';

export interface EquivalenceStore {
  /**
   * Whatever guests told last, however old: what is stale closes the gate of an installation anyway. `softwareAsOf`: as it was then, or at the
   * first answer after it; null: now.
   */
  facts(vms: Vm[], softwareAsOf: string | null): Promise<MachineFacts[]>;
}
