// What owners hear of maintenance that touches their machines, and when: days before, at its start, at its end. Each once per run and owner.

import type { ManifestRow, ManifestState, Run, RunKey } from './run.js';

export interface OwnedMachine {
  vmId: string;
  vmName: string;
  /** A mail address. */
  owner: string;
}

export interface AnnouncedRun {
  runKey: RunKey;
  category: string;
  ring: string;
  opensAt: string;
  closesAt: string;
  patches: string[];
  machines: OwnedMachine[];
  /** Not enrolled yet: it follows if the rings before it are healthy. */
  expected: boolean;
}

export interface OwnerNotice {
  occasion: string;
  owner: string;
  subject: string;
  lines: string[];
}

/** Several that speak of the same run are one; what is enrolled is no longer only expected. */
export function oncePerRun(announced: AnnouncedRun[]): AnnouncedRun[] {
  const held = new Map<RunKey, AnnouncedRun>();
  for (const run of announced) {
    const same = held.get(run.runKey);
    const machines = [...(same?.machines ?? []), ...run.machines];
    held.set(run.runKey, {
      ...run,
      patches: [...new Set([...(same?.patches ?? []), ...run.patches])],
      machines: [...new Map(machines.map((machine) => [machine.vmId, machine])).values()],
      expected: run.expected && (same?.expected ?? true),
    });
  }
  return [...held.values()];
}

const dayMs = 24 * 3600_000;
/** So shortly before, the start itself tells it. */
export const aheadMsMin = 60_000;
const listedMax = 100;

/**
 * What is due now of a run that is to come. Enrolled late, its owners hear once and at once: what was told within the day before a mark
 * stands for that mark too. `told`: when each occasion was told.
 */
export function dueAhead(
  run: AnnouncedRun,
  told: ReadonlyMap<string, string>,
  now: string,
  aheadDays: number[],
): OwnerNotice[] {
  const opens = Date.parse(run.opensAt);
  const left = opens - Date.parse(now);
  const mark = aheadDays.filter((days) => left <= days * dayMs).sort((a, b) => a - b)[0];
  if (mark === undefined || left < aheadMsMin) return [];
  return byOwner(run.machines).flatMap(([owner, machines]) => {
    const heard = aheadDays.flatMap((days) => told.get(aheadOccasion(run.runKey, days, owner)) ?? []);
    const isTold = told.has(aheadOccasion(run.runKey, mark, owner));
    if (isTold || heard.some((at) => Date.parse(at) > opens - (mark + 1) * dayMs)) return [];
    return [{ owner, occasion: aheadOccasion(run.runKey, mark, owner), ...aheadLetter(run, machines) }];
  });
}

/** Every occasion that `dueAhead` may ask for. */
export function aheadOccasions({ runKey, machines }: AnnouncedRun, aheadDays: number[]): string[] {
  return byOwner(machines).flatMap(([owner]) => aheadDays.map((days) => aheadOccasion(runKey, days, owner)));
}

function aheadOccasion(runKey: RunKey, days: number, owner: string): string {
  return `${runKey}/ahead-${days}/${owner}`;
}

function aheadLetter(run: AnnouncedRun, machines: OwnedMachine[]): Pick<OwnerNotice, 'subject' | 'lines'> {
  return {
    subject: `${run.expected ? 'Expected maintenance' : 'Maintenance'} of ${counted(machines.length)} on ${inWords(run.opensAt)}`,
    lines: [
      `Window: ${inWords(run.opensAt)} to ${inWords(run.closesAt)}.`,
      `Category ${run.category}, ring ${run.ring}: ${run.patches.join(', ')}. Each machine restarts at most once.`,
      ...(run.expected
        ? ['It takes place if the rings before it are healthy; otherwise you hear of another time.']
        : []),
      '',
      ...listed(machines.map((machine) => machine.vmName)),
    ],
  };
}

export type MaintenanceStage = 'started' | 'ended';

function maintenanceOccasion(runKey: RunKey, stage: MaintenanceStage, owner: string): string {
  return `${runKey}/${stage}/${owner}`;
}

/** The first gate has opened: some machine is past being planned. */
export function hasBegun(rows: ManifestRow[]): boolean {
  return rows.some((row) => row.wave > 0 && row.state !== 'planned');
}

/** `rows`: the manifest. What was left out at planning (wave 0) is told at the end. */
export function startNotices(run: Run, machines: OwnedMachine[], rows: ManifestRow[]): OwnerNotice[] {
  const due = new Set(rows.filter((row) => row.wave > 0).map((row) => row.vmId));
  return byOwner(machines.filter((machine) => due.has(machine.vmId))).map(([owner, mine]) => ({
    occasion: maintenanceOccasion(run.runKey, 'started', owner),
    owner,
    subject: `Maintenance of ${counted(mine.length)} has begun`,
    lines: [
      `Category ${run.category}, ring ${run.ring}, until ${inWords(run.closesAt)} at the latest.`,
      '',
      ...listed(mine.map((machine) => `${machine.vmName}: ${patchesOf(rows, machine.vmId)}`)),
    ],
  }));
}

export function endNotices(run: Run, machines: OwnedMachine[], rows: ManifestRow[]): OwnerNotice[] {
  return byOwner(machines).map(([owner, mine]) => {
    const ids = new Set(mine.map((machine) => machine.vmId));
    const ours = rows.filter((row) => ids.has(row.vmId));
    return {
      occasion: maintenanceOccasion(run.runKey, 'ended', owner),
      owner,
      subject: `Maintenance of ${counted(mine.length)} has ended: ${summed(ours)}`,
      lines: [
        `Category ${run.category}, ring ${run.ring}: ${run.outcome ?? 'settled'}.`,
        '',
        ...listed(mine.map((machine) => `${machine.vmName}: ${outcomeOf(ours, machine.vmId)}`)),
      ],
    };
  });
}

const words: Record<ManifestState, string> = {
  planned: 'not begun',
  installing: 'unfinished',
  installed: 'installed',
  failed: 'failed',
  rolledBack: 'rolled back',
  skipped: 'skipped',
  revoked: 'revoked',
  inDoubt: 'in doubt',
};

function outcomeOf(rows: ManifestRow[], vmId: string): string {
  const mine = rows.filter((row) => row.vmId === vmId);
  const told = mine.map(
    ({ patchId, state, reason }) => `${patchId} ${words[state]}${reason === null ? '' : ` (${reason})`}`,
  );
  return told.join(', ') || 'nothing was due';
}

function patchesOf(rows: ManifestRow[], vmId: string): string {
  return rows.flatMap((row) => (row.vmId === vmId && row.wave > 0 ? [row.patchId] : [])).join(', ');
}

/** Machines by their worst row: each is counted once. */
function summed(rows: ManifestRow[]): string {
  const order: ManifestState[] = [
    'inDoubt',
    'failed',
    'rolledBack',
    'installing',
    'planned',
    'skipped',
    'revoked',
    'installed',
  ];
  const worst = new Map<string, ManifestState>();
  for (const { vmId, state } of rows) {
    const held = worst.get(vmId);
    if (held === undefined || order.indexOf(state) < order.indexOf(held)) worst.set(vmId, state);
  }
  const counts = order.toReversed().flatMap((state) => {
    const number = [...worst.values()].filter((one) => one === state).length;
    return number === 0 ? [] : [`${number} ${words[state]}`];
  });
  return counts.join(', ') || 'nothing was due';
}

function byOwner(machines: OwnedMachine[]): [string, OwnedMachine[]][] {
  const held = new Map<string, OwnedMachine[]>();
  for (const machine of machines) held.set(machine.owner, [...(held.get(machine.owner) ?? []), machine]);
  return [...held];
}

function counted(machines: number): string {
  return `${machines} of your machines`.replace(/^1 of your machines$/, 'one of your machines');
}

function listed(names: string[]): string[] {
  return names.length <= listedMax ? names : [...names.slice(0, listedMax), `… and ${names.length - listedMax} more`];
}

/** `2026-11-28 22:00 UTC`: owners sit in several zones, the calendar shows each their own. */
function inWords(instant: string): string {
  return `${instant.slice(0, 16).replace('T', ' ')} UTC`;
}

/** How long after its window opened a run may still be on its way. */
export const lateMinutes = 10;

/** Why a run whose window has opened counts as not started; null while all is well. */
export function notStarted(run: Pick<Run, 'status' | 'opensAt'>, workflowRuns: boolean, now: string): string | null {
  if (run.status === 'settled' || Date.parse(now) < Date.parse(run.opensAt) + lateMinutes * 60_000) return null;
  if (!workflowRuns) return 'its workflow does not run';
  return run.status === 'open' ? `it is not planned yet, ${lateMinutes} minutes after its window opened` : null;
}
