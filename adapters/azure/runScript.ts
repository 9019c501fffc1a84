// A script in a guest from beginning to end: brought by Run Command, waited for, its answer read, its resource removed.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { AzureFailure, type AzurePort, type VmAddress } from '../../ports/azure.js';
import { lastLineOf } from './powershell.js';

export interface ScriptRun {
  azure: Pick<AzurePort, 'start' | 'runCommandResult' | 'removeRunCommand'>;
  vm: VmAddress;
  /** Key of `guestScripts`. */
  verb: string;
  parameters: Record<string, string>;
  /** Seconds between looks. */
  pollSeconds: number;
  timeoutSeconds: number;
}

/** What all scripts of a guest have in common. */
export type GuestOptions = Omit<ScriptRun, 'vm' | 'verb' | 'parameters'>;

/** The last line of its output. Only for scripts that are safe to repeat: a lost answer is asked for again under a new name. */
export async function runScript({
  azure,
  vm,
  verb,
  parameters,
  pollSeconds,
  timeoutSeconds,
}: ScriptRun): Promise<string> {
  const name = `patchline-${verb.replace(/\W/g, '-')}-${randomUUID().slice(0, 8)}`;
  await azure.start({ kind: 'runCommand', vm, name, script: verb, parameters, timeoutSeconds });
  try {
    for (const until = Date.now() + timeoutSeconds * 1000; Date.now() < until; await pause(pollSeconds * 1000)) {
      const answer = await azure.runCommandResult(vm, name);
      if (answer.kind === 'failed') throw unavailable(`${verb}: ${answer.message}`);
      if (answer.kind === 'pending') continue;
      if (answer.exitCode !== 0)
        throw unavailable(`${verb} ended with ${answer.exitCode}: ${answer.error.slice(0, 300)}`);
      return lastLineOf(answer.output);
    }
    throw unavailable(`the guest did not answer to ${verb} in ${timeoutSeconds} s`);
  } finally {
    // A machine holds few of them; one that stays behind harms nobody today.
    await azure.removeRunCommand(vm, name).catch(() => {});
  }
}

export function unavailable(message: string): AzureFailure {
  return new AzureFailure('unavailable', message, null, null);
}
