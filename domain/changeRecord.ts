// The change record of one approved patch in one category: opened when its first ring is to begin, kept up with the rows, closed at the rollout's end.

import { harmStates } from './ringOutcome.js';
import { closedManifestStates, type ManifestRow, type Run } from './run.js';

export const changeStates = [
  'opened',
  'scheduled',
  'started',
  'implemented',
  'partly',
  'backedOut',
  'cancelled',
] as const;
export type ChangeState = (typeof changeStates)[number];

export const closedChangeStates: ReadonlySet<ChangeState> = new Set([
  'implemented',
  'partly',
  'backedOut',
  'cancelled',
]);

/** What a receiver called it, e.g. the number of a ticket. */
export interface ExternalChange {
  target: string;
  number: string | null;
  url: string | null;
  acceptedAt: string;
}

export interface ChangeCounts {
  machines: number;
  installed: number;
  rolledBack: number;
  failed: number;
  inDoubt: number;
  /** Neither: skipped, waived, or never reached. */
  left: number;
}

/** What is told of a change to people and programs. */
export interface ChangeContent {
  patchId: string;
  category: string;
  /** Of the approved subject. */
  digest: string;
  requestId: string;
  title: string;
  state: ChangeState;
  /** The windows that it has or had, in order. */
  windows: { runKey: string; opensAt: string; closesAt: string }[];
  counts: ChangeCounts;
  /** Names, the first of them. */
  machines: string[];
  requestedBy: string[];
  approvedBy: { by: string; at: string; justification: string; decisionId: string }[];
  test: { runKey: string; verdict: string; set: string[] };
  rollbackPlan: string;
  outcome: string;
}

export interface ChangeRecord extends ChangeContent {
  changeId: string;
  /** Counts its versions. */
  version: number;
  openedAt: string;
  updatedAt: string;
  closedAt: string | null;
  external: ExternalChange[];
}

/** The signal of the workflow that tells webhooks. */
export const changeUpdated = 'changeUpdated';

const digestShown = 12;

export function changeIdOf(patchId: string, category: string, digest: string): string {
  return `change/${patchId}/${category}/${digest.slice(0, digestShown)}`;
}

export interface ChangeFacts {
  /** Everything that was approved. */
  vmIds: string[];
  /** Of this change's runs alone. */
  rows: ManifestRow[];
  runs: Pick<Run, 'runKey' | 'opensAt' | 'closesAt' | 'status'>[];
  /** A gate of it has opened. */
  starting: boolean;
  /** Its rollout has ended, or another approval took its place. */
  ended: boolean;
}

/** Where it stands by the rows. A machine counts by the best that came of it. */
export function changeStanding(facts: ChangeFacts): { state: ChangeState; counts: ChangeCounts } {
  const counts = countsOf(facts);
  return { state: stateOf(facts, counts), counts };
}

function countsOf({ vmIds, rows }: ChangeFacts): ChangeCounts {
  const counts = { machines: vmIds.length, installed: 0, rolledBack: 0, failed: 0, inDoubt: 0, left: 0 };
  for (const vmId of vmIds) counts[endOf(rows.filter((row) => row.vmId === vmId))] += 1;
  return counts;
}

function endOf(rows: ManifestRow[]): Exclude<keyof ChangeCounts, 'machines'> {
  const has = (state: ManifestRow['state']) => rows.some((row) => row.state === state);
  if (has('installed')) return 'installed';
  if (has('inDoubt')) return 'inDoubt';
  if (has('failed')) return 'failed';
  return has('rolledBack') ? 'rolledBack' : 'left';
}

function stateOf({ vmIds, rows, runs, starting, ended }: ChangeFacts, counts: ChangeCounts): ChangeState {
  const isOpen = rows.some((row) => !closedManifestStates.has(row.state));
  const isWhole = vmIds.length > 0 && counts.installed === vmIds.length;
  if (isWhole && !isOpen) return 'implemented';
  if (ended) {
    if (counts.installed > 0) return 'partly';
    return counts.rolledBack + counts.failed + counts.inDoubt > 0 ? 'backedOut' : 'cancelled';
  }
  const begun = rows.some(
    (row) => row.state === 'installing' || row.state === 'installed' || harmStates.includes(row.state),
  );
  if (begun || starting) return 'started';
  return runs.length > 0 ? 'scheduled' : 'opened';
}

/** A few words on what came of it. */
export function outcomeWords(state: ChangeState, counts: ChangeCounts): string {
  const { machines, installed, rolledBack, failed, inDoubt, left } = counts;
  const parts = [
    `${installed} of ${machines} machines have it`,
    ...(rolledBack === 0 ? [] : [`${rolledBack} returned to their restore point`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(inDoubt === 0 ? [] : [`${inDoubt} await a person`]),
    ...(left === 0 || !closedChangeStates.has(state) ? [] : [`${left} were left out`]),
  ];
  return parts.join(', ');
}

const externalLengthMax = 200;

/** What a receiver said of its own ticket: `number` and `url` of a JSON object, bounded; anything else says nothing. */
export function readExternal(text: string): { number: string | null; url: string | null } {
  const held = objectIn(text);
  const { number: said, url } = held;
  const number = typeof said === 'string' || typeof said === 'number' ? String(said).trim() : '';
  const isNumber = number !== '' && number.length <= externalLengthMax && !/[\p{Cc}<>]/u.test(number);
  return { number: isNumber ? number : null, url: isWebAddress(url) ? url : null };
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const held: unknown = JSON.parse(text);
    return held !== null && typeof held === 'object' && !Array.isArray(held) ? (held as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** As text: nothing here follows it. */
function isWebAddress(url: unknown): url is string {
  return typeof url === 'string' && url.length <= 1000 && /^https?:\/\/[^\s<>"\p{Cc}]+$/u.test(url);
}
