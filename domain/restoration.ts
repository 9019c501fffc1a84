// Bringing one machine back to its baseline: what differs, by which way, who decided it, and whether the machine may be touched now.

import { machineWait, type Admission, type AdmissionInput } from './admission.js';
import type { Item } from './baseline.js';
import { justificationProblem } from './justification.js';
import { freezeVerdict, windowVerdict } from './freeze.js';
import type { RunTimes } from './run.js';
import type { Environment } from './vm.js';

/** A patch of the machine that can be installed again, by what allowed it before. */
export interface Reinstallable {
  patchId: string;
  /** The ring that the machine is in by the signed decision; `staging` in staging. */
  ring: string;
  /** Null in staging, where no decision is needed. */
  digest: string | null;
  decisionId: string | null;
}

export type RestorationWay =
  | {
      kind: 'restorePoint';
      /** The session that took the restore point. */
      sessionId: string;
      restorePoint: string;
      takenAt: string;
      /** Patches that came after it: they go with it. */
      undoes: string[];
    }
  /** Through the machine's next maintenance, with every gate of it. */
  | { kind: 'reinstall'; patches: Reinstallable[] };

/** What is decided on; the decision names its digest. */
export interface RestorationSubject {
  vmId: string;
  vmName: string;
  environment: Environment;
  category: string;
  baseline: string;
  version: number;
  differences: Item[];
  way: RestorationWay;
  /** What differs and stays so, with why: nothing is promised that cannot be done. */
  left: { name: string; why: string }[];
  windowRule: string;
}

export type RestorationStatus = 'waiting' | 'approved' | 'rejected' | 'expired' | 'ended';
/** `incomplete`: the way was gone to its end, and something still differs. */
export type RestorationOutcome = 'restored' | 'incomplete' | 'failed' | 'refused';

export interface Restoration {
  restorationId: string;
  subject: RestorationSubject;
  /** SHA-256 of the canonical subject. */
  digest: string;
  status: RestorationStatus;
  requestedBy: string;
  reason: string;
  requestedAt: string;
  expiresAt: string;
  decidedBy: string | null;
  justification: string | null;
  decidedAt: string | null;
  outcome: RestorationOutcome | null;
  detail: string;
  /** What differed afterwards; null until it ended, or where nobody could look. */
  differencesAfter: Item[] | null;
  endedAt: string | null;
}

/** Stands where a run's key stands, so that the machine counts among its category's machines in flight (I4). */
export function restorationRunKey({ environment, category }: RestorationSubject, restorationId: string): string {
  return `maintenance/${environment}/${category}/restoration/${restorationId}`;
}

export interface RestorationDecision {
  by: { name: string; roles: string[] };
  verdict: 'approve' | 'reject';
  digest: string;
  justification: string;
}

/** Why the decision cannot stand (I5, I6); empty when it can. */
export function restorationDecisionProblems(
  { by, digest, justification }: RestorationDecision,
  restoration: Restoration,
  approverRole: string | null,
  now: string,
): string[] {
  const problems: string[] = [];
  if (restoration.status !== 'waiting') problems.push(`it is ${restoration.status}: nothing awaits a decision`);
  if (!(Date.parse(now) < Date.parse(restoration.expiresAt)))
    problems.push(`the request expired at ${restoration.expiresAt}`);
  if (digest !== restoration.digest) problems.push('the decision is on something else than what is shown now');
  if (approverRole === null || !by.roles.includes(approverRole))
    problems.push(`${by.name} lacks the role ${approverRole ?? 'of a category that policy does not know'}`);
  if (by.name === restoration.requestedBy) problems.push(`${by.name} requested it and cannot decide it`);
  const problem = justificationProblem(justification);
  return problem === null ? problems : [...problems, problem];
}

export type RestorationFacts = Pick<
  AdmissionInput,
  | 'vm'
  | 'openSessions'
  | 'unfinishedOperations'
  | 'now'
  | 'standingStop'
  | 'freezes'
  | 'mayInstall'
  | 'inFlightMax'
  | 'minutesNeeded'
> & { restoration: Restoration; times: RunTimes };

/**
 * May the machine go back to its restore point now? As for an installation, but a machine that is down may: that is what the restore
 * point is for (I2, I3, I4, I5).
 */
export function decideRestoration(facts: RestorationFacts, now: string): Admission {
  const reasons = refusals(facts, now);
  if (reasons.length > 0) return { kind: 'refused', reasons };
  const wait = machineWait({ ...facts, scope: facts.restoration.subject });
  return wait === null ? { kind: 'admitted', due: [] } : { kind: 'later', reason: wait };
}

function refusals(
  { restoration, vm, times, standingStop, freezes, mayInstall, minutesNeeded, now: azure }: RestorationFacts,
  now: string,
): string[] {
  const { subject } = restoration;
  const reasons: string[] = [];
  if (restoration.status !== 'approved') reasons.push(`the restoration is ${restoration.status}`);
  if (standingStop !== null) reasons.push(`everything is stopped by ${standingStop.by}: ${standingStop.reason}`);
  for (const verdict of [windowVerdict(times, now, minutesNeeded), freezeVerdict(freezes, subject, now)])
    if (verdict.kind === 'closed') reasons.push(...verdict.reasons);
  if (azure === null) reasons.push('the machine could not be read');
  if (vm === null || vm.goneAt !== null) return [...reasons, 'the machine is gone'];
  if (vm.environment !== subject.environment || vm.category !== subject.category)
    reasons.push(
      `the machine is in ${vm.environment}, ${vm.category ?? 'no category'} now: decided was ${subject.environment}, ${subject.category}`,
    );
  if (!mayInstall.includes(vm.subscriptionId))
    reasons.push(`subscription ${vm.subscriptionId} is observe-only: policy's mayInstall does not name it`);
  return reasons;
}

/** What can be put back by a reinstallation, and what cannot, with why. */
export function reinstallation(
  differences: Item[],
  allowed: Map<string, Reinstallable>,
): { patches: Reinstallable[]; left: { name: string; why: string }[] } {
  const patches: Reinstallable[] = [];
  const left: { name: string; why: string }[] = [];
  for (const { kind, name, verdict } of differences) {
    const again = kind === 'patch' && verdict === 'missing' ? allowed.get(name) : undefined;
    if (again !== undefined) patches.push(again);
    else left.push({ name, why: whyLeft(kind, verdict) });
  }
  return { patches, left };
}

function whyLeft(kind: Item['kind'], verdict: Item['verdict']): string {
  if (verdict === 'unknown') return 'it is not known whether it differs';
  if (kind === 'patch' && verdict === 'missing') return 'no standing approval of it covers this machine';
  if (verdict === 'forbidden') return 'nothing is uninstalled: go back to a restore point, or remove it by hand';
  if (kind === 'system') return 'the build follows the patches';
  return 'software comes from elsewhere: install it by hand, or go back to a restore point';
}
