// What the fleet is: listed from Azure, then every guest asked for itself, page by page; one that cannot be asked does not stop the others.

import { ActivityFailure, continueAsNew, setCurrentDetails } from '@temporalio/workflow';
import { inLanes } from './lanes.js';
import { bulk, guests, records } from './proxies.js';

export interface InventorySyncInput {
  /** Where the next page of machines begins; 0 also lists the fleet. */
  offset: number;
  /** For a cycle, which has listed the fleet itself: only guests whose facts grow old are asked. */
  onlyStale?: boolean;
  asked: number;
  failed: number;
}

export interface InventorySyncResult {
  asked: number;
  /** Guests that could not be asked: their facts stay, marked with why. */
  failed: number;
}

const pageSize = 200;
const atOnce = 20;

export async function inventorySync(input: InventorySyncInput): Promise<InventorySyncResult> {
  if (input.offset === 0 && !input.onlyStale) {
    const { machines, added, gone } = await bulk.syncInventory();
    setCurrentDetails(`${machines} machines listed, ${added} new, ${gone} gone`);
  }
  const page = await records.machinesToAsk({ offset: input.offset, limit: pageSize });
  let { asked, failed } = input;
  await inLanes(page, atOnce, async (machine) => {
    asked += 1;
    if (!(await ask(machine, input.onlyStale))) failed += 1;
  });
  setCurrentDetails(`${asked} guests asked, ${failed} could not be`);
  if (page.length < pageSize) return { asked, failed };
  return continueAsNew<typeof inventorySync>({ ...input, offset: input.offset + pageSize, asked, failed });
}

async function ask(
  { vmId, vmName }: { vmId: string; vmName: string },
  onlyStale: boolean | undefined,
): Promise<boolean> {
  try {
    const answer = await guests.askGuest.executeWithOptions({ summary: `Asking ${vmName}` }, [
      onlyStale ? { vmId, onlyStale } : { vmId },
    ]);
    return answer.kind !== 'failed';
  } catch (failure) {
    if (failure instanceof ActivityFailure) return false;
    throw failure;
  }
}
