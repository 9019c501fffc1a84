// May this session touch its machine now? Last check before anything is written to Azure (I2, I3, I4, I5).

import type { Freeze } from './policy.js';
import type { ManifestRow, Run } from './run.js';
import { closedManifestStates, machineGone } from './run.js';
import type { Environment, PowerState, Vm } from './vm.js';
import { all } from './verdict.js';
import { freezeVerdict, windowVerdict } from './freeze.js';
import { emergencyVerdict, freezeOverride, type HeldOverride, type RunUnderOverride } from './override.js';

export interface AdmissionInput {
  run: Run;
  vm: Vm | null;
  rows: ManifestRow[];
  /** Sessions that are open now, this one left out. */
  openSessions: { sessionId: string; vmId: string; runKey: string }[];
  unfinishedOperations: { sessionId: string; step: string }[];
  now: { power: PowerState; agentReady: boolean; busy: boolean } | null;
  standingStop: { by: string; reason: string } | null;
  freezes: Freeze[];
  /** Of what is due on the machine. */
  overrides: HeldOverride[];
  /** The window that was approved, by patch; needed in an emergency run alone. */
  windowRules: Record<string, string>;
  mayInstall: string[];
  /** Machines that may be in flight at once: over everything, and of this category in this environment. */
  inFlightMax: { all: number; category: number };
  /** Minutes that a session may take: the window must hold them. */
  minutesNeeded: number;
  ringSpent: string | null;
  /** Known issues that hold what is due; empty: none does. */
  held: string[];
}

export type Admission =
  | { kind: 'admitted'; due: { patchId: string }[] }
  /** Try again later: nothing is wrong with the machine. */
  | { kind: 'later'; reason: string }
  | { kind: 'refused'; reasons: string[] };

export function decideAdmission(input: AdmissionInput, now: string): Admission {
  const refusals = standingRefusals(input, now);
  if (refusals.length > 0) return { kind: 'refused', reasons: refusals };
  const due = input.rows.filter((row) => !closedManifestStates.has(row.state));
  if (due.length === 0) return { kind: 'refused', reasons: ['nothing is due any more'] };
  const wait = waitReason(input);
  if (wait !== null) return { kind: 'later', reason: wait };
  const sick = machineRefusals(input);
  if (sick.length > 0) return { kind: 'refused', reasons: sick };
  return { kind: 'admitted', due: due.map(({ patchId }) => ({ patchId })) };
}

function standingRefusals(input: AdmissionInput, now: string): string[] {
  const { run, vm, standingStop, mayInstall, ringSpent, held } = input;
  const reasons: string[] = [];
  if (standingStop !== null) reasons.push(`everything is stopped by ${standingStop.by}: ${standingStop.reason}`);
  if (run.control === 'halted') reasons.push('the run is halted');
  if (run.status !== 'planned') reasons.push(`the run is ${run.status}`);
  if (ringSpent !== null) reasons.push(ringSpent);
  reasons.push(...held);
  reasons.push(...timeRefusals(input, now));
  if (vm === null || vm.goneAt !== null) return [...reasons, machineGone];
  if (vm.environment !== run.environment)
    reasons.push(`the machine is ${vm.environment}, the run is for ${run.environment}`);
  if (vm.category !== run.category)
    reasons.push(`the machine's category is ${vm.category ?? 'unknown'}, the run is for ${run.category}`);
  if (!mayInstall.includes(vm.subscriptionId))
    reasons.push(`subscription ${vm.subscriptionId} is observe-only: policy's mayInstall does not name it`);
  return reasons;
}

/** I2: in the window and outside of every freeze, but for what a signed override opens for each patch that is due. */
function timeRefusals(input: AdmissionInput, now: string): string[] {
  const { run, freezes, minutesNeeded, rows, overrides, windowRules } = input;
  const due = rows.filter((row) => !closedManifestStates.has(row.state));
  const under: RunUnderOverride = {
    run,
    patchIds: [...new Set(due.map((row) => row.patchId))],
    held: overrides,
    windowRules,
  };
  const verdict = all([
    windowVerdict(run, now, minutesNeeded),
    freezeVerdict(freezes, run, now, freezeOverride(under, now)),
    emergencyVerdict(under, now),
  ]);
  return verdict.kind === 'closed' ? verdict.reasons : [];
}

function waitReason(input: AdmissionInput): string | null {
  if (input.run.control === 'paused') return 'the run is paused';
  return machineWait({ ...input, scope: input.run });
}

/** Why the machine has to wait, null when it has not: busy is an outcome that is waited out. */
export function machineWait({
  scope,
  vm,
  openSessions,
  unfinishedOperations,
  now,
  inFlightMax,
}: Pick<AdmissionInput, 'vm' | 'openSessions' | 'unfinishedOperations' | 'now' | 'inFlightMax'> & {
  scope: { environment: Environment; category: string };
}): string | null {
  if (vm !== null && openSessions.some((session) => session.vmId === vm.vmId))
    return 'another session holds the machine';
  if (unfinishedOperations.length > 0) return 'an earlier operation on the machine is unfinished';
  if (!(openSessions.length < inFlightMax.all))
    return `${openSessions.length} machines are in flight, the limit over everything is ${inFlightMax.all}`;
  const mine = openSessions.filter((session) =>
    session.runKey.startsWith(`maintenance/${scope.environment}/${scope.category}/`),
  );
  if (!(mine.length < inFlightMax.category))
    return `${mine.length} machines of ${scope.category} are in flight, the limit is ${inFlightMax.category}`;
  if (now?.busy) return 'Azure is busy with the machine';
  return null;
}

function machineRefusals({ now }: AdmissionInput): string[] {
  if (now === null) return ['the machine could not be read'];
  const reasons: string[] = [];
  if (now.power !== 'running') reasons.push(`the machine is ${now.power}`);
  if (!now.agentReady) reasons.push('the guest agent does not answer');
  return reasons;
}
