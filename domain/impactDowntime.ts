// How long a machine will be away: from what was measured before, as a distribution. Nothing measured is unknown, never zero (I5).

import { strongestRestart } from './restartHint.js';
import type { Restart } from './patch.js';

/** One session that ended: its length is the most that its machine can have been away. */
export interface Observation {
  runKey: string;
  category: string | null;
  system: string;
  /** Null: nobody said. */
  restarted: boolean | null;
  minutes: number;
}

export type ObservationKind = 'test' | 'categoryAndSystem' | 'category' | 'system' | 'restart' | 'any';

export type Distribution =
  | { kind: 'unknown' }
  | {
      kind: 'known';
      p50: number;
      p90: number;
      max: number;
      observations: number;
      /** How far it had to look for machines that are alike. */
      from: ObservationKind;
    };

export interface Alike {
  testRunKey: string | null;
  category: string;
  system: string;
  restart: Restart;
}

/** Fewer say little: then a wider kind is looked at. */
export const observationsWanted = 5;

const kinds: [ObservationKind, (one: Observation, asked: Alike) => boolean][] = [
  ['test', (one, asked) => one.runKey === asked.testRunKey && one.system === asked.system],
  [
    'categoryAndSystem',
    (one, asked) => one.category === asked.category && one.system === asked.system && restartsAlike(one, asked),
  ],
  ['category', (one, asked) => one.category === asked.category && restartsAlike(one, asked)],
  ['system', (one, asked) => one.system === asked.system && restartsAlike(one, asked)],
  ['restart', restartsAlike],
  ['any', () => true],
];

function restartsAlike({ restarted }: Observation, { restart }: Alike): boolean {
  if (restart === 'yes') return restarted === true;
  return restart === 'no' ? restarted === false : true;
}

/** The narrowest kind with enough observations; where none has enough, the one with the most. */
export function forecastOf(observations: readonly Observation[], asked: Alike): Distribution {
  let best: { from: ObservationKind; minutes: number[] } | null = null;
  for (const [from, isAlike] of kinds) {
    const minutes = observations.filter((one) => isAlike(one, asked)).map((one) => one.minutes);
    if (minutes.length > (best?.minutes.length ?? 0)) best = { from, minutes };
    if (minutes.length >= observationsWanted) break;
  }
  return best === null ? { kind: 'unknown' } : distributionOf(best.minutes, best.from);
}

export function distributionOf(minutes: readonly number[], from: ObservationKind): Distribution {
  const sorted = minutes.filter((one) => Number.isFinite(one) && one >= 0).sort((a, b) => a - b);
  const max = sorted.at(-1);
  if (max === undefined) return { kind: 'unknown' };
  // The smallest value that so large a share of the observations does not exceed.
  const at = (share: number) => rounded(sorted[Math.ceil(share * sorted.length) - 1] ?? max);
  return { kind: 'known', p50: at(0.5), p90: at(0.9), max: rounded(max), observations: sorted.length, from };
}

/** Upwards, so that a short while never reads as none. */
function rounded(minutes: number): number {
  return Math.max(0.01, Math.ceil(minutes * 100 - 1e-6) / 100);
}

/** The stronger of what the test of this patch showed on such machines, and of what its vendor says. */
export function expectedRestart(observations: readonly Observation[], asked: Omit<Alike, 'restart'>, vendor: Restart) {
  const tested = observations.filter((one) => one.runKey === asked.testRunKey && asked.testRunKey !== null);
  const same = tested.filter((one) => one.system === asked.system);
  return strongestRestart([vendor, shownBy(same.length > 0 ? same : tested)]);
}

function shownBy(observations: readonly Observation[]): Restart {
  const told = observations.flatMap(({ restarted }) => (restarted === null ? [] : [restarted]));
  if (told.length === 0) return 'unknown';
  if (told.every((restarted) => restarted)) return 'yes';
  return told.some((restarted) => restarted) ? 'maybe' : 'no';
}

const spoken: Record<ObservationKind, string> = {
  test: 'of its test',
  categoryAndSystem: 'of the category on this system',
  category: 'of the category',
  system: 'on this system',
  restart: 'of machines that restart alike',
  any: 'of any machine',
};

/** `4.5 minutes (9 of 10 within 7, at most 9.2; 12 observations of the category)` */
export function distributionWords(one: Distribution): string {
  if (one.kind === 'unknown') return 'unknown: nothing alike was measured yet';
  const { p50, p90, max, observations, from } = one;
  const seen = `${observations} observation${observations === 1 ? '' : 's'} ${spoken[from]}`;
  return `${p50} minutes (9 of 10 within ${p90}, at most ${max}; ${seen})`;
}
