// The policy in force: the file as last found valid. A change that is not valid has no effect and is reported.

import { stat } from 'node:fs/promises';
import type { Person, Policy } from '../../domain/policy.js';
import type { PolicyPort } from '../../ports/policy.js';
import { loadPolicy } from './loadPolicy.js';

export interface PolicySource {
  file: string;
  people: Person[];
  /** Divides the polls' floor and forecasts: where a simulated Azure runs faster than the file is written for. */
  pollsFasterBy?: number;
  /** Told once for each state of the file that cannot be used. */
  onProblem: (error: unknown) => void;
}

/** Rejects with a `PolicyError` if the file is not valid at the start: there is nothing to fall back on. */
export async function createPolicy({ file, people, onProblem, pollsFasterBy = 1 }: PolicySource): Promise<PolicyPort> {
  let seen = await stampOf(file);
  let policy: Policy = withFasterPolls(await loadPolicy(file), pollsFasterBy);

  return {
    async current() {
      const stamp = await stampOf(file).catch((error: unknown) => String(error));
      if (stamp === seen) return policy;
      seen = stamp;
      try {
        policy = withFasterPolls(await loadPolicy(file), pollsFasterBy);
      } catch (error) {
        // Stopping here would also stop unwinding, which is always allowed (I2).
        onProblem(error);
      }
      return policy;
    },
    people: async () => people,
  };
}

function withFasterPolls(policy: Policy, factor: number): Policy {
  if (factor === 1) return policy;
  const { floorSeconds, forecastSeconds } = policy.polls;
  const { install, restorePoint, assess, power, disk, runCommand } = forecastSeconds;
  return {
    ...policy,
    polls: {
      floorSeconds: floorSeconds / factor,
      forecastSeconds: {
        install: install / factor,
        restorePoint: restorePoint / factor,
        assess: assess / factor,
        power: power / factor,
        disk: disk / factor,
        runCommand: runCommand / factor,
      },
    },
  };
}

async function stampOf(file: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(file);
  return `${mtimeMs}/${size}/${ino}`;
}
