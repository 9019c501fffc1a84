// Long Azure operations without an idempotency key: when to post, adopt, wait or leave it to a person (I3).

export type OperationStep =
  | 'restorePoint'
  | 'install'
  | 'assess'
  | 'probe'
  | 'deallocate'
  | 'restoreDisk'
  | 'swapDisk'
  | 'start'
  | 'assessAfterUnwind'
  | 'probeAfterUnwind'
  | ProbeStep
  | TwinStep;

/** Probes that a category asks for besides services; each is scripts in the guest, and holds nothing up at Azure. */
export type ProbeStep = 'probesBefore' | 'probesAfter' | 'probesAfterUnwind';

/** Making and removing a copy of a machine, whose resources have names of ours; disks by their place in the list. */
export type TwinStep = 'makeMachine' | 'removeMachine' | `makeDisk${number}` | `removeDisk${number}`;

/** What is asked of Azure about a machine that is there. */
export type AzureStep = Exclude<OperationStep, ProbeStep | TwinStep>;

/** One row per (session, step). `intent` is written before the request leaves, `accepted` after Azure answered. */
export type OperationState = 'intent' | 'accepted' | 'succeeded' | 'failed' | 'inDoubt';

export interface Operation {
  sessionId: string;
  step: OperationStep;
  vmId: string;
  state: OperationState;
  /** ISO instant of the intent. */
  intendedAt: string;
  /** Opaque signed URL of Azure: never rebuilt, never put into a workflow's history. Null while intended, and when adopted. */
  operationUrl: string | null;
  /** Plain JSON result of a finished operation. */
  result: unknown;
  error: string | null;
}

/** What Azure shows of the machine's latest patch installation, and when we looked. */
export interface ShownInstallation {
  /** ISO instant of the newest installation that Azure reports, null when it never reported any. */
  startedAt: string | null;
  activityId: string | null;
  inProgress: boolean;
}

export type StartDecision =
  | { kind: 'post' }
  /** The answer was lost but Azure shows our installation: follow it on the machine itself, never post again. */
  | { kind: 'adopt'; activityId: string | null }
  | { kind: 'continue' }
  | { kind: 'waitToSettle'; seconds: number }
  | { kind: 'inDoubt'; reason: string };

/**
 * Decides about an installation whose row may already exist. A row that is `intent` without a URL means that we died between
 * the request and its answer: Azure may or may not be installing.
 */
export function decideInstallStart(
  row: Operation | null,
  shown: ShownInstallation | null,
  now: string,
  settleSeconds: number,
): StartDecision {
  if (row === null) return { kind: 'post' };
  if (row.state !== 'intent') return { kind: 'continue' };
  const ageSeconds = (Date.parse(now) - Date.parse(row.intendedAt)) / 1000;
  if (!Number.isFinite(ageSeconds)) return { kind: 'inDoubt', reason: 'the time of the intent cannot be read' };
  if (
    shown !== null &&
    shown.startedAt !== null &&
    Date.parse(shown.startedAt) >= Date.parse(row.intendedAt) - clockSkewMs
  ) {
    return { kind: 'adopt', activityId: shown.activityId };
  }
  if (ageSeconds < settleSeconds) return { kind: 'waitToSettle', seconds: Math.ceil(settleSeconds - ageSeconds) };
  if (shown === null) return { kind: 'inDoubt', reason: 'the machine could not be read after a lost answer' };
  if (shown.inProgress) return { kind: 'inDoubt', reason: 'an installation begun before ours is in progress' };
  return { kind: 'post' };
}

/**
 * The client request id of a session's installation: a GUID, as Azure wants it, that anybody can derive from the session again.
 * `hash`: SHA-256 of `<session id>/install`, hexadecimal. Azure does not act on it; it ties Azure's records to ours.
 */
export function requestIdOf(hash: string): string {
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

/** What a session makes is called so. `hash`: SHA-256 of the session's id, hexadecimal. */
export function nameFrom(hash: string): string {
  return `patchline-${hash.slice(0, 12)}`;
}

/** Where the restore points of a machine are. */
export function collectionOf(vmName: string): string {
  return `patchline-${vmName}`;
}

/** Azure's clocks and ours differ by at most this much. */
const clockSkewMs = 5_000;
