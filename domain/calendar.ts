// What a category's calendar shows: when its windows open, when nothing may start, and which maintenance is planned. Concrete occurrences, since a
// rule in UTC would drift over summer time.

import type { Freeze, Policy, WindowRule } from './policy.js';
import type { Run, RunTimes } from './run.js';
import type { Environment } from './vm.js';

export interface CalendarEntry {
  /** Stays the same as long as the thing does: calendars replace by it. */
  uid: string;
  kind: 'window' | 'freeze' | 'maintenance';
  /** ISO instants; the end is exclusive. */
  start: string;
  end: string;
  title: string;
  lines: string[];
  environment: Environment | null;
  /** Tentative: nothing is fixed yet. Cancelled: it stands here so that calendars that show it strike it out. */
  status: 'confirmed' | 'tentative' | 'cancelled';
}

/** A window that opens, and the environments it opens for. */
export type OpenWindow = RunTimes & { occurrence: string; environments: Environment[] };

export interface PlannedRun extends Run {
  machines: number;
  patchIds: string[];
}

export interface CalendarFacts {
  category: string;
  windows: OpenWindow[];
  freezes: Freeze[];
  runs: PlannedRun[];
}

/** In the order of time. */
export function calendarOf({ category, windows, freezes, runs }: CalendarFacts): CalendarEntry[] {
  const mine = freezes.filter((freeze) => freeze.categories.length === 0 || freeze.categories.includes(category));
  return [
    ...windows.flatMap((window) => window.environments.map((environment) => windowEntry(window, environment, mine))),
    ...mine.map(freezeEntry),
    ...runs.map(runEntry),
  ].sort((a, b) => Date.parse(a.start) - Date.parse(b.start) || (a.uid < b.uid ? -1 : 1));
}

/** The rules by which a category's machines are patched, each with its environments; a window that is always near has no place in a calendar. */
export function windowsOf(policy: Pick<Policy, 'categories' | 'windows'>, category: string) {
  const rule = policy.categories.find((one) => one.name === category);
  const environments: Environment[] = ['staging', 'production'];
  return policy.windows.flatMap((window): { rule: WindowRule; environments: Environment[] }[] => {
    const used = environments.filter((environment) => rule?.windows[environment] === window.id);
    return used.length === 0 || window.kind === 'always' ? [] : [{ rule: window, environments: used }];
  });
}

function windowEntry(window: OpenWindow, environment: Environment, freezes: Freeze[]): CalendarEntry {
  const freeze = freezes.find(
    (one) =>
      (one.environments.length === 0 || one.environments.includes(environment)) &&
      Date.parse(one.from) < Date.parse(window.closesAt) &&
      Date.parse(window.opensAt) < Date.parse(one.until),
  );
  return {
    uid: `window/${environment}/${window.occurrence}`,
    kind: 'window',
    start: window.opensAt,
    end: window.closesAt,
    title: `Window (${environment})${freeze === undefined ? '' : ', in a freeze'}`,
    lines: [
      `What is planned is fixed at ${window.planAt}.`,
      ...(freeze === undefined ? [] : [`Freeze ${freeze.id}: ${freeze.reason}`]),
    ],
    environment,
    status: freeze === undefined ? 'confirmed' : 'tentative',
  };
}

function freezeEntry({ id, reason, from, until, environments }: Freeze): CalendarEntry {
  return {
    uid: `freeze/${id}`,
    kind: 'freeze',
    start: new Date(from).toISOString(),
    end: new Date(until).toISOString(),
    title: `Freeze: ${reason}`,
    lines: ['Nothing starts; what is under way is finished or unwound.'],
    environment: environments.length === 1 ? (environments[0] ?? null) : null,
    status: 'confirmed',
  };
}

function runEntry({
  runKey,
  environment,
  ring,
  opensAt,
  closesAt,
  status,
  outcome,
  control,
  ...run
}: PlannedRun): CalendarEntry {
  const isOff = outcome === 'empty' || (status !== 'settled' && control === 'halted');
  return {
    uid: runKey,
    kind: 'maintenance',
    start: opensAt,
    end: closesAt,
    title: `${environment === 'staging' ? 'Test' : 'Maintenance'}, ring ${ring}: ${run.machines} machines`,
    lines: [
      run.patchIds.join(', ') || 'no patch',
      status === 'settled' ? `Ended: ${outcome ?? 'unknown'}` : status === 'planned' ? 'Planned' : 'Not fixed yet',
      runKey,
    ],
    environment,
    status: isOff ? 'cancelled' : status === 'open' ? 'tentative' : 'confirmed',
  };
}
