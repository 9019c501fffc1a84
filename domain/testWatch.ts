// A patch that failed its test is not tried again until something is another: its failure is watched, and why it stands is said.

import type { ReachedState } from './testedState.js';

export interface WatchFacts {
  /** The newest test of the patch for the category; undefined: it was never tested. */
  test:
    | { verdict: 'passed' | 'failed' | 'inconclusive'; at: string; vmIds: string[]; reached?: ReachedState[] }
    | undefined;
  /** When the vendor changed its content last; undefined: never since it was read. */
  revisedAt: string | undefined;
  /** When a person asked for another test last; undefined: nobody did. */
  askedAgainAt: string | undefined;
  /** Staging machines that need the patch now, and the build that each shows. */
  twins: { vmId: string; build: string | null }[];
}

/** Why it is not tested now; null: it is. Only what stands exactly as it failed is left alone. */
export function watchedFor({ test, revisedAt, askedAgainAt, twins }: WatchFacts): string | null {
  if (test === undefined || test.verdict !== 'failed') return null;
  if (revisedAt !== undefined && revisedAt > test.at) return null;
  if (askedAgainAt !== undefined && askedAgainAt > test.at) return null;
  const failedOn = new Set(test.vmIds);
  if (twins.some(({ vmId }) => !failedOn.has(vmId))) return null;
  const moved = twins.some(({ vmId, build }) =>
    isElsewhere(
      build,
      test.reached?.find((one) => one.vmId === vmId),
    ),
  );
  if (moved) return null;
  return watchWords(test.at);
}

export function watchWords(at: string): string {
  return `failed at ${at} and is watched: a change of its content by the vendor, another state of staging or \`patchline test retry\` has it tested again`;
}

/** What the test reached is known, and the machine stands somewhere else by now. */
function isElsewhere(build: string | null, reached: ReachedState | undefined): boolean {
  return build !== null && reached !== undefined && reached.build !== null && reached.build !== build;
}
