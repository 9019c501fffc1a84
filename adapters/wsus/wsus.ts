// WSUS has no network interface of its own for this: scripts on its host, brought by Run Command, one per verb.

import { z } from 'zod';
import type { AzurePort, VmAddress } from '../../ports/azure.js';
import type { UpdateServerPort } from '../../ports/updateServer.js';
import { listOf } from '../azure/powershell.js';
import { runScript, unavailable } from '../azure/runScript.js';

export interface WsusOptions {
  azure: AzurePort;
  /** Where the server stands; asked at each use. */
  host: () => Promise<VmAddress>;
  /** Seconds between looks at a running script. */
  pollSeconds: number;
  /** Seconds that a script may take. */
  timeoutSeconds: number;
}

const Synchronized = z.object({ started: z.boolean() });
const Approved = z.object({ approved: listOf(z.string()), unknown: listOf(z.string()) });
const Status = z.object({
  synchronizing: z.boolean(),
  lastSynchronization: z.string().nullable(),
  updates: listOf(z.object({ kb: z.string(), title: z.string(), state: z.string(), approvals: listOf(z.string()) })),
});

export function createWsus(options: WsusOptions): UpdateServerPort {
  return {
    synchronise: () => run(options, 'wsus-synchronize/1', {}, Synchronized),
    approve: (kbs, group) => run(options, 'wsus-approve/1', { kbs: kbs.join(','), group }, Approved),
    async status(kbs) {
      const { updates, ...rest } = await run(options, 'wsus-status/1', { kbs: kbs.join(',') }, Status);
      return { ...rest, updates: updates.map((update) => ({ ...update, state: stateOf(update.state) })) };
    },
  };
}

/** https://learn.microsoft.com/previous-versions/windows/desktop/mt748969(v=vs.85) (UpdateState) */
function stateOf(state: string): 'NotReady' | 'Ready' | 'Failed' | 'NotNeeded' {
  if (state === 'Ready' || state === 'Failed' || state === 'NotNeeded') return state;
  return 'NotReady';
}

async function run<T>(
  { azure, host, pollSeconds, timeoutSeconds }: WsusOptions,
  verb: string,
  parameters: Record<string, string>,
  shape: z.ZodType<T>,
): Promise<T> {
  const line = await runScript({ azure, vm: await host(), verb, parameters, pollSeconds, timeoutSeconds });
  try {
    return shape.parse(JSON.parse(line));
  } catch (failure) {
    const kind = failure instanceof Error ? failure.name : 'error';
    throw unavailable(`${verb} answered garbage: ${line.slice(0, 200)} (${kind})`);
  }
}
