// Delegations that may count for a category: signed by the API, whatever wrote the row (I6).

import { delegationText, type KeptDelegation } from '../domain/delegation.js';
import type { Ports } from './ports.js';

/** Whether one stands is asked for each word: it depends on when that was given. */
export async function signedDelegations(
  { inventory, digests }: Pick<Ports, 'inventory' | 'digests'>,
  category: string,
): Promise<KeptDelegation[]> {
  const kept = await inventory.delegations.delegations({ category });
  return kept.filter((one) => digests.verify(delegationText(one), one.signature));
}
