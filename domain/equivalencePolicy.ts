// How alike a staging machine must be for its test to count: what is compared, how much each part weighs, and from which score on.

/** What is compared, the weightiest first. */
export const dimensions = [
  'software',
  'system',
  'role',
  'patchLevel',
  'services',
  'domainRole',
  'size',
  'image',
  'availability',
] as const;
export type Dimension = (typeof dimensions)[number];

export interface EquivalencePolicy {
  /** The least score, 0 to 1, of a machine that stands for another. */
  threshold: number;
  /** By category, instead of `threshold`. */
  thresholds: Record<string, number>;
  weights: Record<Dimension, number>;
  /** Globs of names: a machine that has other versions of these, or lacks them, stands for no other. */
  decisiveSoftware: string[];
  /** Globs of names that are left out of the comparison. */
  ignoredSoftware: string[];
  /** The least share of software that must be alike, 0 to 1, whatever the score. */
  softwareAlikeMin: number;
}

export interface Difference {
  dimension: Dimension;
  /** `unknown`: no evidence, so it counts for nothing. */
  kind: 'differs' | 'unknown';
  /** It stands for the other no more, whatever the score. */
  rulesOut: boolean;
  words: string;
  /** What would make the staging machine alike. */
  remedy: string;
}

export function thresholdOf(policy: EquivalencePolicy, category: string): number {
  return Object.hasOwn(policy.thresholds, category) ? (policy.thresholds[category] ?? 1) : policy.threshold;
}
