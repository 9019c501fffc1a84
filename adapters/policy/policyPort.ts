// The policy in force: the newest version that was applied, read from the inventory by every process alike.

import type { Person, Policy } from '../../domain/policy.js';
import type { PolicyStore } from '../../ports/policyVersions.js';
import type { SignInStore } from '../../ports/signIns.js';
import { rolesFromClaims } from '../../domain/roles.js';
import { embeddedIssuer } from '../../ports/identity.js';
import type { PolicyPort, PolicyReader, PolicySource } from '../../ports/policy.js';
import { parseSources, PolicyError } from './loadPolicy.js';

export interface PolicyOptions {
  store: PolicyStore;
  /** The local people. Those of an identity provider are known from `accounts`. */
  people: Person[];
  accounts: Pick<SignInStore, 'accounts'>;
  /** Divides the polls' floor and forecasts: where a simulated Azure runs faster than the policy is written for. */
  pollsFasterBy?: number;
}

/** How long an applied change may go unnoticed. */
const rememberedMs = 1000;

export function createPolicy({ store, people, accounts, pollsFasterBy = 1 }: PolicyOptions): PolicyPort {
  let held: { seq: number; policy: Policy } | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;

  async function look(): Promise<Policy> {
    const applied = await store.current();
    if (applied === null)
      throw new Error('no policy was ever applied: start with PATCHLINE_POLICY, or run `patchline policy apply`');
    if (held === null || held.seq !== applied.seq) {
      // What was applied was valid then; a later release that no longer reads it must not guess (I5).
      held = { seq: applied.seq, policy: withFasterPolls(parseSources(applied.sources), pollsFasterBy) };
    }
    lookedAt = performance.now();
    return held.policy;
  }

  const current = async () => (held !== null && performance.now() - lookedAt < rememberedMs ? held.policy : look());

  return {
    current,
    async people() {
      const { signIn } = await current();
      const now = new Date().toISOString();
      // A name of the file is the local person's, whoever else may claim it.
      const local = new Set(people.map((one) => one.name.toLowerCase()));
      const known = (await accounts.accounts()).filter(
        (one) => one.issuer !== embeddedIssuer && !local.has(one.name.toLowerCase()),
      );
      return [
        ...people,
        ...known.map(({ name, mail, claims, claimsAt }) => ({
          name,
          mail,
          roles: rolesFromClaims(claims, claimsAt, signIn, now),
        })),
      ];
    },
  };
}

/** The first policy of an installation comes from its files; later ones are applied by people. */
export async function seedPolicy(
  store: PolicyStore,
  sources: PolicySource[],
  at: string,
): Promise<'seeded' | 'same' | 'differs'> {
  const { version } = parseSources(sources);
  const current = await store.current();
  if (current !== null) return current.version === version ? 'same' : 'differs';
  await store.seed({ version, sources, at });
  return 'seeded';
}

export const policyReader: PolicyReader = {
  read(sources) {
    try {
      return { policy: parseSources(sources), problems: [] };
    } catch (failure) {
      if (failure instanceof PolicyError) return { policy: null, problems: failure.problems };
      throw failure;
    }
  },
};

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
