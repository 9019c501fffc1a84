// The policy in force: the file as last found valid. A change that is not valid has no effect and is reported.

import { stat } from 'node:fs/promises';
import type { Person, Policy } from '../../domain/policy.js';
import type { PolicyPort } from '../../ports/policy.js';
import { loadPolicy } from './loadPolicy.js';

export interface PolicySource {
  file: string;
  people: Person[];
  /** Told once for each state of the file that cannot be used. */
  onProblem: (error: unknown) => void;
}

/** Rejects with a `PolicyError` if the file is not valid at the start: there is nothing to fall back on. */
export async function createPolicy({ file, people, onProblem }: PolicySource): Promise<PolicyPort> {
  let seen = await stampOf(file);
  let policy: Policy = await loadPolicy(file);

  return {
    async current() {
      const stamp = await stampOf(file).catch((error: unknown) => String(error));
      if (stamp === seen) return policy;
      seen = stamp;
      try {
        policy = await loadPolicy(file);
      } catch (error) {
        // Stopping here would also stop unwinding, which is always allowed (I2).
        onProblem(error);
      }
      return policy;
    },
    people: async () => people,
  };
}

async function stampOf(file: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(file);
  return `${mtimeMs}/${size}/${ino}`;
}
