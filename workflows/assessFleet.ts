// Asks Azure what each machine misses, page by page; a machine that cannot be asked does not stop the others.

import { ActivityFailure, continueAsNew, setCurrentDetails } from '@temporalio/workflow';
import { inLanes } from './lanes.js';
import { operations, records } from './proxies.js';

export interface AssessInput {
  cycleId: string;
  offset: number;
}

const pageSize = 200;
const atOnce = 20;

export async function assessFleet(input: AssessInput): Promise<void> {
  const page = await records.machinesToAssess({ offset: input.offset, limit: pageSize });
  let failed = 0;
  await inLanes(page, atOnce, async (machine) => {
    if (!(await assess(input.cycleId, machine))) failed += 1;
  });
  setCurrentDetails(`${input.offset + page.length} machines assessed, ${failed} of the last page could not be`);
  if (page.length === pageSize) await continueAsNew<typeof assessFleet>({ ...input, offset: input.offset + pageSize });
}

async function assess(cycleId: string, { vmId, vmName }: { vmId: string; vmName: string }): Promise<boolean> {
  const sessionId = `assess/${cycleId}#${vmId}`;
  try {
    const result = await operations.performStep.executeWithOptions({ summary: `Assessing ${vmName}` }, [
      { sessionId, runKey: null, vmId, step: 'assess' },
    ]);
    return result.kind === 'succeeded';
  } catch (failure) {
    if (failure instanceof ActivityFailure) return false;
    throw failure;
  }
}
