// May installing start now: inside the window, outside every freeze? A freeze wins unless exactly it is overridden, and what cannot be read is
// closed (I2, I5).

import type { Freeze } from './policy.js';
import type { RunTimes } from './run.js';
import type { Environment } from './vm.js';
import { all, closed, open, type Verdict } from './verdict.js';
import { instantOf } from './window.js';

export interface Frozen {
  category: string;
  environment: Environment;
}

/** `overrideOf`: whether a freeze is overridden for all that is to be installed; left out, none ever is. */
export function freezeVerdict(
  freezes: Freeze[],
  subject: Frozen,
  now: string,
  overrideOf: (freeze: Freeze) => Verdict = () => closed('no override is known'),
): Verdict {
  const at = instantOf(now);
  if (at === null) return closed(`the time ${JSON.stringify(now)} cannot be read`);
  const mine = freezes.filter((freeze) => concerns(freeze, subject));
  return all(mine.map((freeze) => verdictOf(freeze, at, overrideOf)));
}

function verdictOf(freeze: Freeze, at: number, overrideOf: (freeze: Freeze) => Verdict): Verdict {
  const from = instantOf(freeze.from);
  const until = instantOf(freeze.until);
  if (from === null || until === null) return closed(`freeze ${freeze.id} has times that cannot be read`);
  if (!(from <= at && at < until)) return open;
  const overridden = overrideOf(freeze);
  return overridden.kind === 'overridden'
    ? overridden
    : closed(`freeze ${freeze.id} until ${freeze.until}: ${freeze.reason}`);
}

/** An empty list narrows nothing. */
function concerns(freeze: Freeze, { category, environment }: Frozen): boolean {
  const isNamed = freeze.categories.length === 0 || freeze.categories.includes(category);
  return isNamed && (freeze.environments.length === 0 || freeze.environments.includes(environment));
}

/** `neededMinutes`: how long what starts now may take; it must end before the window does. */
export function windowVerdict(times: RunTimes, now: string, neededMinutes: number): Verdict {
  const at = instantOf(now);
  const opensAt = instantOf(times.opensAt);
  const closesAt = instantOf(times.closesAt);
  if (at === null || opensAt === null || closesAt === null) return closed('the times of the window cannot be read');
  if (!(neededMinutes >= 0)) return closed('how long it takes is not known');
  if (at < opensAt) return closed(`the window opens at ${times.opensAt}`);
  if (at >= closesAt) return closed(`the window closed at ${times.closesAt}`);
  const left = (closesAt - at) / 60_000;
  if (left < neededMinutes) {
    return closed(`${Math.floor(left)} minutes of the window are left, ${neededMinutes} are needed`);
  }
  return open;
}
