// What a deadline asks of people: overdue, in danger while nobody has approved it, or missed by the windows that there are.

import { byUrgency, type Due } from './due.js';
import type { DangerHours } from './priority.js';
import { instantOf } from './window.js';

/** Of a production machine that needs the patch now. */
export type PlacedDue = Pick<Due, 'patchId' | 'vmId' | 'tier' | 'deadline' | 'rule' | 'fact' | 'cve'> & {
  category: string;
};

export type AlarmKind = 'overdue' | 'deadlineInDanger';

/** Told once per patch, category and deadline. */
export interface Alarm extends Omit<PlacedDue, 'vmId' | 'deadline'> {
  kind: AlarmKind;
  deadline: string;
  vmIds: string[];
}

/**
 * `isUnderWay`: an approval that is being carried out, or a planned run, covers the patch on that machine. What is not known to be
 * under way is not (I5); what is overdue is told either way.
 */
export function alarmsOf(
  rows: PlacedDue[],
  isUnderWay: (row: PlacedDue) => boolean,
  danger: DangerHours,
  now: string,
): Alarm[] {
  const alarms = new Map<string, Alarm>();
  for (const row of rows) {
    const kind = alarmKindOf(row, danger, now);
    if (kind === null || row.deadline === null || (kind === 'deadlineInDanger' && isUnderWay(row))) continue;
    const key = [kind, row.patchId, row.category, Date.parse(row.deadline)].join('\n');
    const alarm = alarms.get(key);
    const { vmId, deadline, ...said } = row;
    if (alarm === undefined) alarms.set(key, { ...said, kind, deadline, vmIds: [vmId] });
    else alarm.vmIds.push(vmId);
  }
  return [...alarms.values()].sort(byUrgency);
}

/** By the time alone: what is near its deadline may still be under way. A tier that policy does not know is in danger the longest before. */
export function alarmKindOf(
  { deadline, tier }: Pick<Due, 'deadline' | 'tier'>,
  danger: DangerHours,
  now: string,
): AlarmKind | null {
  const left = deadline === null ? Number.POSITIVE_INFINITY : Date.parse(deadline) - Date.parse(now);
  if (Number.isNaN(left)) return null;
  if (left < 0) return 'overdue';
  const hours = danger[tier] ?? Math.max(0, ...Object.values(danger));
  return left <= hours * 3_600_000 ? 'deadlineInDanger' : null;
}

/** A ring, or a whole category, and when it may be patched at the earliest by the regular windows. */
export interface Outlook {
  name: string;
  deadline: string | null;
  /** ISO instant; null: no window is known. */
  opensAt: string | null;
  /** Milliseconds by which the window comes too late; null: it comes in time, or nothing is due. */
  missesByMs: number | null;
}

/** A window that nobody knows misses every deadline (I5). */
export function outlookOf(name: string, deadline: string | null, opensAt: string | null): Outlook {
  if (deadline === null) return { name, deadline, opensAt, missesByMs: null };
  const opens = opensAt === null ? null : instantOf(opensAt);
  const late = opens === null ? Number.MAX_SAFE_INTEGER : opens - Date.parse(deadline);
  return { name, deadline, opensAt, missesByMs: late > 0 ? late : null };
}

/** `misses its deadline by 3 d: no window before`; null where it does not. */
export function missedWords({ missesByMs, opensAt }: Pick<Outlook, 'missesByMs' | 'opensAt'>): string | null {
  if (missesByMs === null) return null;
  if (opensAt === null) return 'misses its deadline: no window is known';
  return `misses its deadline by ${spanWords(missesByMs)}: no window before ${opensAt}`;
}

/** `3 d`, `5 h`, `20 min`: the largest unit that says something, rounded down. */
export function spanWords(milliseconds: number): string {
  const minutes = Math.max(0, milliseconds) / 60_000;
  if (minutes >= 48 * 60) return `${Math.floor(minutes / (24 * 60))} d`;
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h`;
  return `${Math.floor(minutes)} min`;
}

/** What a request for a decision showed of urgency. It moves from day to day, so it is kept beside what is signed, never in it. */
export interface RequestUrgency {
  tier: string;
  deadline: string | null;
  rule: string | null;
  fact: string | null;
  cve: string | null;
  clockBegan: string | null;
  forensics: boolean;
  estimated: string[];
  /** How many of its machines were overdue then. */
  overdue: number;
  /** By ring: the first in the next window, each later one in the window after. */
  rings: Outlook[];
}

/** Of the machines of a request: the earliest deadline with its reason, the most urgent tier. Null when none of them is due. */
export function requestUrgency(rows: Due[], rings: Outlook[], now: string): RequestUrgency | null {
  const first = rows.toSorted(byUrgency)[0];
  if (first === undefined) return null;
  const { deadline, rule, fact, cve, clockBegan } = first;
  return {
    tier: rows.reduce((tier, row) => (row.tier < tier ? row.tier : tier), first.tier),
    deadline,
    rule,
    fact,
    cve,
    clockBegan,
    forensics: rows.some((row) => row.forensics),
    estimated: [...new Set(rows.flatMap((row) => row.estimated))],
    overdue: rows.filter((row) => row.deadline !== null && Date.parse(row.deadline) < Date.parse(now)).length,
    rings,
  };
}
