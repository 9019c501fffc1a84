// Chains of patches with where each link stands: current, in flight, deployed how far.

import { phaseOf } from '../domain/succession.js';
import { currentPatches, type Chain } from '../domain/supersedence.js';
import type { Inventory } from '../ports/inventory.js';
import type { PatchRecord } from '../ports/patches.js';
import type { ChainView } from './contract/index.js';

export async function markedChains(
  { sessions, successions }: Pick<Inventory, 'sessions' | 'successions'>,
  chains: Chain[],
  records: PatchRecord[],
): Promise<ChainView[]> {
  const patchIds = [...new Set(chains.flatMap(({ links }) => links.map((link) => link.patchId)))];
  const [counts, kept] = await Promise.all([sessions.installationCounts(patchIds), successions.kept()]);
  const byId = new Map(records.map((record) => [record.patch.patchId, record]));
  const { supersededBy } = currentPatches(records.map((record) => record.patch));
  return chains.map(({ product, links }) => ({
    product,
    links: links.map((link) => {
      const record = byId.get(link.patchId);
      const successor = supersededBy[link.patchId];
      const mine = counts.filter((one) => one.patchId === link.patchId && one.environment === 'production');
      return {
        ...link,
        stage: record?.stage ?? 'known',
        current: successor === undefined,
        kept: kept.some((one) => one.patchId === link.patchId && one.keptAgainst === successor),
        inFlight: record !== undefined && phaseOf(record.stage) !== null,
        needed: record?.needed ?? 0,
        installed: mine.filter((one) => one.state === 'installed').reduce((sum, one) => sum + one.machines, 0),
      };
    }),
  }));
}
