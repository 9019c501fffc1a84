// What one gate opens: the wave's machines, page by page, so many at once as the category allows. Busy machines are waited out.

import { ParentClosePolicy, executeChild, setCurrentDetails, sleep } from '@temporalio/workflow';
import { sessionWorkflowId } from '../domain/run.js';
import { records } from './proxies.js';
import { ofMachine } from './searchAttributes.js';
import { vmSession, type SessionResult } from './vmSession.js';

export interface WaveInput {
  runKey: string;
  wave: number;
  inFlightMax: number;
}

const pageSize = 250;
/** How often a machine that is busy is tried again, and how long between: the window bounds the whole. */
const triesMax = 40;
const busyPauseSeconds = 15;

export async function wave(input: WaveInput): Promise<{ machines: number }> {
  let machines = 0;
  for (;;) {
    const page = await records.waveMachines({
      runKey: input.runKey,
      wave: input.wave,
      offset: machines,
      limit: pageSize,
    });
    await patchPage(input, page);
    machines += page.length;
    setCurrentDetails(`${machines} machines done`);
    if (page.length < pageSize) return { machines };
  }
}

async function patchPage(input: WaveInput, page: { vmId: string; vmName: string }[]): Promise<void> {
  const queue = [...page];
  const lane = async (): Promise<void> => {
    for (let machine = queue.shift(); machine !== undefined; machine = queue.shift())
      await patchMachine(input.runKey, machine);
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(input.inFlightMax, page.length)) }, lane));
}

async function patchMachine(runKey: string, { vmId, vmName }: { vmId: string; vmName: string }): Promise<void> {
  for (let attempt = 1; attempt <= triesMax; attempt += 1) {
    const result = await session(runKey, vmId, vmName, attempt);
    if (result !== null && result.kind !== 'later') return;
    await sleep(busyPauseSeconds * 1000, { summary: `${vmName} is busy` });
  }
}

/** Null: another session holds the machine's workflow id. */
async function session(runKey: string, vmId: string, vmName: string, attempt: number): Promise<SessionResult | null> {
  const sessionId = attempt === 1 ? `${runKey}#${vmId}` : `${runKey}#${vmId}#${attempt}`;
  try {
    return await executeChild(vmSession, {
      workflowId: sessionWorkflowId(vmId),
      // The session goes on when the wave dies: its end would free the lock while Azure still installs.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `${vmName}: maintenance`,
      typedSearchAttributes: ofMachine(vmName),
      args: [{ sessionId, runKey, vmId, vmName }],
    });
  } catch (failure) {
    if (isAlreadyStarted(failure)) return null;
    throw failure;
  }
}

/** The class of this failure is not exported to workflow code: its name is its contract. */
function isAlreadyStarted(failure: unknown): boolean {
  return failure instanceof Error && failure.name === 'WorkflowExecutionAlreadyStartedError';
}
