// What an approver signs of an impact: the parts that do not move from day to day, and what people said of them. Each part is optional: older subjects lack it.

import { canonical } from './canonical.js';
import { saidOf, type ImpactEdit } from './impactEdit.js';
import { distributionWords, type Distribution } from './impactDowntime.js';
import { lowestWords, type Capacity } from './impactCapacity.js';
import type { DependentPlace, Impact } from './impact.js';
import type { Restart } from './patch.js';

export interface SignedImpact {
  /** By system: whether it restarts, and how long a machine is away. */
  forecast?: { system: string; restart: Restart; downtime: Distribution }[] | undefined;
  /** Who is interrupted, and what they need of it. */
  dependents?: string[] | undefined;
  lowestCapacity?: Capacity['lowest'] | undefined;
  orderProblems?: string[] | undefined;
  rollback?: { way: string; minutes: Distribution; impossible: string | null } | undefined;
  /** What people said in place of what was computed; left out: nobody said anything. */
  edits?: SignedEdit[] | undefined;
}

interface SignedEdit {
  by: string;
  at: string;
  vm: string | null;
  downtimeMinutes: number | null;
  note: string | null;
  reason: string;
}

export function signedImpact(impact: Impact, edits: readonly ImpactEdit[]): SignedImpact {
  const standing = signedEdits(edits);
  const { way, minutes, impossible } = impact.rollback;
  return {
    forecast: impact.forecast.map(({ system, restart, downtime }) => ({ system, restart, downtime })),
    dependents: signedDependents(impact.dependents),
    lowestCapacity: impact.capacity.lowest,
    orderProblems: impact.order.problems,
    rollback: { way, minutes, impossible },
    ...(standing.length === 0 ? {} : { edits: standing }),
  };
}

function signedEdits(edits: readonly ImpactEdit[]): SignedEdit[] {
  return saidOf(edits).map(({ by, at, vmName, downtimeMinutes, note, reason }) => {
    return { by, at, vm: vmName, downtimeMinutes, note, reason };
  });
}

/** What people said of the impact and what this subject does not show: nobody approves it unseen (I9). Earlier subjects show nothing of it. */
export function unseenEdits({ edits: shown = [] }: SignedImpact, edits: readonly ImpactEdit[]): string[] {
  const seen = new Set(shown.map((one) => canonical(one)));
  return signedEdits(edits)
    .filter((one) => !seen.has(canonical(one)))
    .map((one) => `the impact was edited: ${editWords(one)}`);
}

const dependentsMax = 500;

/** A fleet may hang on one machine: the record names all of them. */
function signedDependents(places: readonly DependentPlace[]): string[] {
  const named = places.slice(0, dependentsMax).map(({ place, since }) => `${place} (needs ${since})`);
  return places.length <= dependentsMax ? named : [...named, `and ${places.length - dependentsMax} more`];
}

/** For whoever decides, a line each. Nothing is said of what was not signed. */
export function impactLines(signed: SignedImpact): string[] {
  const { forecast, dependents, lowestCapacity, orderProblems, rollback, edits } = signed;
  if (forecast === undefined) return [];
  const away = forecast.map(forecastWords).join('; ');
  return [
    `A machine is away for ${away}; ${lowestWords(lowestCapacity ?? null)}.`,
    ...(edits ?? []).map((edit) => `${editWords(edit)}.`),
    ...(dependents === undefined || dependents.length === 0 ? [] : [`Interrupted with it: ${short(dependents)}.`]),
    ...(orderProblems ?? []).map((problem) => `Order: ${problem}.`),
    ...(rollback === undefined || rollback.impossible === null ? [] : [`Way back: ${rollback.impossible}.`]),
  ];
}

/** Each signed part as text, by its name: for telling what changed. */
export function impactTexts({
  forecast,
  lowestCapacity,
  rollback,
  edits,
  ...rest
}: SignedImpact): Record<string, unknown> {
  return {
    ...rest,
    forecast: forecast?.map(forecastWords),
    lowestCapacity: lowestCapacity === undefined ? undefined : lowestWords(lowestCapacity),
    rollback: rollback === undefined ? undefined : (rollback.impossible ?? distributionWords(rollback.minutes)),
    edits: edits?.map(editWords),
  };
}

function forecastWords({ system, downtime, restart }: NonNullable<SignedImpact['forecast']>[number]): string {
  return `${distributionWords(downtime)}, ${restartWords[restart]} on ${system}`;
}

const restartWords: Record<Restart, string> = {
  yes: 'with a restart',
  no: 'without a restart',
  maybe: 'perhaps with a restart',
  unknown: 'and nobody knows whether it restarts',
};

function editWords({ by, at, vm, downtimeMinutes, note, reason }: SignedEdit): string {
  const about = vm === null ? '' : ` of ${vm}`;
  const said = [...(downtimeMinutes === null ? [] : [`${downtimeMinutes} minutes`]), ...(note === null ? [] : [note])];
  return `${by} said${about} at ${at}: ${said.join(', ')} (${reason})`;
}

const shownMax = 8;

function short(texts: readonly string[]): string {
  const more = texts.length > shownMax ? ` and ${texts.length - shownMax} more` : '';
  return `${texts.slice(0, shownMax).join(', ')}${more}`;
}
