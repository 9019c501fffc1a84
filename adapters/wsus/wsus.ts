// WSUS has no network interface of its own for this: scripts on its host, brought by Run Command, one per verb.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { AzureFailure, type AzurePort, type VmAddress } from '../../ports/azure.js';
import type { UpdateServerPort } from '../../ports/updateServer.js';
import { lastLineOf, listOf } from '../azure/powershell.js';

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

/** Each verb is safe to repeat, so a lost answer is simply asked for again under a new name. */
async function run<T>(
  { azure, host: address, pollSeconds, timeoutSeconds }: WsusOptions,
  verb: string,
  parameters: Record<string, string>,
  shape: z.ZodType<T>,
): Promise<T> {
  const host = await address();
  const name = `patchline-${verb.replace(/\W/g, '-')}-${randomUUID().slice(0, 8)}`;
  await azure.start({ kind: 'runCommand', vm: host, name, script: verb, parameters, timeoutSeconds });
  const until = Date.now() + timeoutSeconds * 1000;
  while (Date.now() < until) {
    const answer = await azure.runCommandResult(host, name);
    if (answer.kind === 'failed') throw new AzureFailure('unavailable', `${verb}: ${answer.message}`, null, null);
    if (answer.kind === 'done') return parse(verb, answer, shape);
    await pause(pollSeconds * 1000);
  }
  throw new AzureFailure(
    'unavailable',
    `the update server did not answer to ${verb} in ${timeoutSeconds} s`,
    null,
    null,
  );
}

function parse<T>(
  verb: string,
  { exitCode, output, error }: { exitCode: number; output: string; error: string },
  shape: z.ZodType<T>,
): T {
  if (exitCode !== 0)
    throw new AzureFailure('unavailable', `${verb} ended with ${exitCode}: ${error.slice(0, 300)}`, null, null);
  const line = lastLineOf(output);
  try {
    return shape.parse(JSON.parse(line));
  } catch (failure) {
    throw new AzureFailure(
      'unavailable',
      `${verb} answered garbage: ${line.slice(0, 200)} (${failure instanceof Error ? failure.name : 'error'})`,
      null,
      null,
    );
  }
}
