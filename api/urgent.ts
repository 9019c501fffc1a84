// Deadlines beside what other lists show.

import { channelHealth } from '../domain/channel.js';
import { mostUrgent } from '../domain/due.js';
import type { DangerHours } from '../domain/priority.js';
import type { ManifestRow } from '../domain/run.js';
import { closedManifestStates } from '../domain/run.js';
import type { Policy } from '../domain/policy.js';
import { alarmKindOf, missedWords, outlookOf } from '../domain/urgency.js';
import type { DueGroup } from '../ports/due.js';
import type { Inventory } from '../ports/inventory.js';
import type { WindowPort } from '../ports/policy.js';
import type { DueGroupView, Status } from './contract/index.js';
import { grouped } from '../domain/grouped.js';

export interface DueShort {
  tier: string | null;
  deadline: string | null;
}

export const nothingDue: DueShort = { tier: null, deadline: null };

export function shortOf(rows: { tier: string; deadline: string | null }[]): DueShort {
  return mostUrgent(rows) ?? nothingDue;
}

/** By patch: the most urgent of all its machines, and how many are overdue. */
export async function dueOfPatches(
  { due }: Inventory,
  patchIds: string[],
  now: string,
): Promise<Map<string, DueShort & { overdue: number; waived: number }>> {
  const byPatch = grouped(await due.groups({ patchIds, now }), (group) => group.patchId);
  return new Map([...byPatch].map(([patchId, groups]) => [patchId, shownOf(groups)]));
}

/** What is waived everywhere is due nowhere. */
export function shownOf(groups: DueGroup[]): DueShort & { overdue: number; waived: number } {
  const missing = groups.filter((group) => group.waived < group.machines);
  const waived = groups.reduce((sum, group) => sum + group.waived, 0);
  return { ...shortOf(missing), overdue: sumOf(groups), waived };
}

export function sumOf(groups: DueGroup[]): number {
  return groups.reduce((sum, group) => sum + group.overdue, 0);
}

/** By machine and patch, of rows that are not closed. */
export async function dueOfRows({ due }: Inventory, rows: ManifestRow[]): Promise<Map<string, DueShort>> {
  const open = rows.filter((row) => !closedManifestStates.has(row.state));
  if (open.length === 0) return new Map();
  const held = await due.rows({
    patchIds: [...new Set(open.map((row) => row.patchId))],
    vmIds: [...new Set(open.map((row) => row.vmId))],
  });
  const known = new Map(held.map((row) => [rowKey(row), { tier: row.tier, deadline: row.deadline }]));
  return new Map(open.map((row) => [rowKey(row), known.get(rowKey(row)) ?? nothingDue]));
}

export function rowKey({ patchId, vmId }: { patchId: string; vmId: string }): string {
  return `${patchId}\n${vmId}`;
}

export function groupView(group: DueGroup, policy: Policy, windows: WindowPort, now: string): DueGroupView {
  const rule = policy.categories.find((one) => one.name === group.category);
  const window = policy.windows.find((one) => one.id === rule?.windows[group.environment]);
  const opensAt = window === undefined ? null : openingOf(window, windows, now);
  return {
    ...group,
    state: group.waived < group.machines ? alarmKindOf(group, policy.priority.danger, now) : null,
    opensAt,
    misses: missedWords(outlookOf(group.patchId, group.deadline, opensAt, now)),
  };
}

/** A rule that opens never is no window. */
function openingOf(rule: Policy['windows'][number], windows: WindowPort, now: string): string | null {
  try {
    return windows.next(rule, now).opensAt;
  } catch {
    return null;
  }
}

/** Of production, as the lists of today and of the status show it. */
export function dueSummary(groups: DueGroup[], danger: DangerHours, now: string): Status['due'] {
  const late = groups.filter((group) => group.overdue > 0);
  const ahead = groups.flatMap(({ deadline }) => (deadline === null || deadline < now ? [] : [deadline]));
  return {
    overdue: sumOf(late),
    overduePatches: new Set(late.map((group) => group.patchId)).size,
    inDanger: groups.filter((group) => alarmKindOf(group, danger, now) === 'deadlineInDanger').length,
    next: ahead[0] ?? null,
  };
}

/** Channels that are not healthy, and why. */
export async function troubledChannels(
  { channels }: Inventory,
  rules: Policy,
  now: string,
): Promise<Record<string, string>> {
  return Object.fromEntries(
    (await channels.channels()).flatMap((channel) => {
      const health = channelHealth(channel, rules.channels, now);
      return health.kind === 'healthy' ? [] : [[channel.name, health.reason] as const];
    }),
  );
}
