// The way to the policy in force: seeded from files the first time, from then on changed by people alone.

import { readSources } from '../adapters/policy/loadPolicy.js';
import { createPolicy, seedPolicy, type PolicyOptions } from '../adapters/policy/policyPort.js';
import type { PolicyPort } from '../ports/policy.js';

export interface OpenPolicy extends PolicyOptions {
  /** A policy file or a folder of them; null where another process seeds. */
  path: string | null;
  say: (message: string) => void;
}

export async function openPolicy({ path, say, ...options }: OpenPolicy): Promise<PolicyPort> {
  if (path !== null) {
    const seeded = await seedPolicy(options.store, await readSources(path), new Date().toISOString());
    if (seeded === 'differs')
      say(
        `The policy in force differs from ${path}: \`patchline policy plan ${path}\` shows how, \`policy apply\` makes it so.`,
      );
  }
  const policy = createPolicy(options);
  // One that cannot be read stops the start: there is nothing to fall back on.
  await policy.current();
  return policy;
}
