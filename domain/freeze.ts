// May installing start now: inside the window, outside every freeze? Freezes win, and what cannot be read is closed (I2, I5).

import type { Freeze } from './policy.js';
import type { RunTimes } from './run.js';
import type { Environment } from './vm.js';
import { closed, open, type Verdict } from './verdict.js';
import { instantOf } from './window.js';

export interface Frozen {
  category: string;
  environment: Environment;
}

export function freezeVerdict(freezes: Freeze[], subject: Frozen, now: string): Verdict {
  const at = instantOf(now);
  if (at === null) return closed(`the time ${JSON.stringify(now)} cannot be read`);
  const reasons = freezes.filter((freeze) => concerns(freeze, subject)).flatMap((freeze) => reasonOf(freeze, at));
  return reasons.length === 0 ? open : closed(...reasons);
}

/** An empty list narrows nothing. */
function concerns(freeze: Freeze, { category, environment }: Frozen): boolean {
  const isNamed = freeze.categories.length === 0 || freeze.categories.includes(category);
  return isNamed && (freeze.environments.length === 0 || freeze.environments.includes(environment));
}

function reasonOf(freeze: Freeze, at: number): string[] {
  const from = instantOf(freeze.from);
  const until = instantOf(freeze.until);
  if (from === null || until === null) return [`freeze ${freeze.id} has times that cannot be read`];
  return from <= at && at < until ? [`freeze ${freeze.id} until ${freeze.until}: ${freeze.reason}`] : [];
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
