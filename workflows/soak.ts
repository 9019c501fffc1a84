// A staging run soaks: its machines are probed again every so often, and always at the end (I1, I5). Each round is a workflow of its own, so that
// no history grows with fleet and time together.

import { ActivityFailure, ParentClosePolicy, executeChild, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { ProbeOfSoak, SoakingMachine, SoakProbed } from '../activities/soak.js';
import { inLanes } from './lanes.js';
import { guests, records } from './proxies.js';

export interface SoakInput {
  runKey: string;
  inFlightMax: number;
  /** Seconds from now. */
  probesAt: number[];
}

export async function soak({ runKey, inFlightMax, probesAt }: SoakInput): Promise<void> {
  const begunAt = Date.now();
  for (const [place, seconds] of probesAt.entries()) {
    const isLast = place === probesAt.length - 1;
    const left = begunAt + seconds * 1000 - Date.now();
    // The round before took longer than the pause.
    if (left <= 0 && !isLast) continue;
    setCurrentDetails(`Soaking: probe ${place + 1} of ${probesAt.length} comes next`);
    if (left > 0) await sleep(left, { summary: 'Soaking' });
    const number = place + 1;
    await executeChild(soakRound, {
      workflowId: `${runKey}/soak-${number}`,
      parentClosePolicy: ParentClosePolicy.TERMINATE,
      staticSummary: `Probe ${number} of ${probesAt.length} while it soaks`,
      args: [{ runKey, number, isLast, inFlightMax }],
    });
  }
}

export interface SoakRoundInput {
  runKey: string;
  number: number;
  isLast: boolean;
  inFlightMax: number;
}

const pageSize = 250;

export async function soakRound({
  runKey,
  number,
  isLast,
  inFlightMax,
}: SoakRoundInput): Promise<{ machines: number }> {
  let machines = 0;
  for (let after: string | null = null; ; ) {
    const page: SoakingMachine[] = await records.soakingMachines({ runKey, after, limit: pageSize });
    await inLanes(page, Math.max(1, inFlightMax), (machine) => probeMachine({ runKey, number, isLast, ...machine }));
    machines += page.length;
    after = page.at(-1)?.vmId ?? null;
    if (page.length < pageSize) return { machines };
  }
}

/** How often one that does not answer is asked, and one that another session holds is waited for. */
const unknownTriesMax = 3;
const busyTriesMax = 40;
const pauseSeconds = 15;

/** I10: bounded. I5: whoever was never told to be well is in doubt; only a probe between may be left out where the machine is busy. */
async function probeMachine(input: ProbeOfSoak): Promise<void> {
  let [unknown, busy, reason] = [0, 0, ''];
  while (unknown < unknownTriesMax && busy < busyTriesMax) {
    if (unknown + busy > 0) await sleep(pauseSeconds * 1000, { summary: `${input.vmName}: ${reason}`.slice(0, 200) });
    const probed = await probe(input);
    if (probed.kind === 'told') return;
    if (probed.kind === 'busy' && !input.isLast) return;
    reason = probed.reason;
    if (probed.kind === 'busy') busy += 1;
    else unknown += 1;
  }
  await records.doubtSoaking({ ...input, reason });
}

async function probe(input: ProbeOfSoak): Promise<SoakProbed> {
  try {
    return await guests.probeSoaking.executeWithOptions({ summary: `Probing ${input.vmName}` }, [input]);
  } catch (failure) {
    if (!(failure instanceof ActivityFailure)) throw failure;
    return { kind: 'unknown', reason: `its probes did not answer: ${failure.cause?.message ?? failure.message}` };
  }
}
