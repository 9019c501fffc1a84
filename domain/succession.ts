// What becomes of a patch in flight whose successor has arrived. A superseded patch never starts a new ring unless somebody chose that (I11).

import type { Patch } from './patch.js';
import { currentPatches } from './supersedence.js';
import type { PatchStage } from './stage.js';

/** Where a patch is in its life, for one category. */
export type LifePhase = 'inTest' | 'awaiting' | 'deploying';

export interface SupersedencePolicy {
  inTest: 'continue' | 'replace';
  awaiting: 'continue' | 'replace';
  /** `finishRing`: machines of a ring that has begun still get it; `stop`: only those whose session was admitted. */
  deploying: 'finishRing' | 'continue' | 'stop';
}

export interface SuccessionFacts {
  /** The patch that took its place on every product; null while it is current. */
  successor: string | null;
  /** The successor that somebody who decides keeps it against; a later successor ends that. */
  keptAgainst: string | null;
  phase: LifePhase;
  /** Of the ring that is looked at: some machine got it there, or is getting it. */
  ringBegun: boolean;
  /** The approval that stands was given by somebody who had been told of the successor. */
  decidedKnowing: boolean;
}

export type SupersedenceVerdict =
  | { kind: 'current' }
  /** Superseded, and a person or policy chose that it goes on. */
  | { kind: 'goesOn'; successor: string; reason: string }
  | { kind: 'finishesRing'; successor: string; reason: string }
  | { kind: 'replaced'; successor: string; reason: string };

export function supersedenceVerdict(facts: SuccessionFacts, policy: SupersedencePolicy): SupersedenceVerdict {
  const { successor, phase } = facts;
  if (successor === null) return { kind: 'current' };
  const told = (reason: string) => ({ successor, reason: `superseded by ${successor}: ${reason}` });
  if (facts.keptAgainst === successor) return { kind: 'goesOn', ...told('kept by a person') };
  if (phase !== 'deploying') {
    return policy[phase] === 'continue'
      ? { kind: 'goesOn', ...told(`policy lets it go on (supersedence.${phase})`) }
      : { kind: 'replaced', ...told(`policy has it replaced (supersedence.${phase})`) };
  }
  if (policy.deploying === 'continue')
    return { kind: 'goesOn', ...told('policy lets it go on (supersedence.deploying)') };
  if (policy.awaiting === 'continue' && facts.decidedKnowing)
    return { kind: 'goesOn', ...told('approved by somebody who knew, as policy allows (supersedence.awaiting)') };
  if (policy.deploying === 'finishRing' && facts.ringBegun)
    return { kind: 'finishesRing', ...told('the ring that has begun is finished, no other begins') };
  return { kind: 'replaced', ...told('it starts no new ring') };
}

const phases: Partial<Record<PatchStage, LifePhase>> = {
  notified: 'inTest',
  downloading: 'inTest',
  inTest: 'inTest',
  recordingImpact: 'awaiting',
  awaitingDecision: 'awaiting',
  deferred: 'awaiting',
  rollingOut: 'deploying',
};

/** Null: nothing of it is under way. */
export function phaseOf(stage: PatchStage): LifePhase | null {
  return phases[stage] ?? null;
}

/** Successors of these patches among all that are known; looks only at patches that have anything to do with them. */
export function successorsOf(patchIds: readonly string[], patches: Patch[]): Map<string, string> {
  const successors = new Map<string, string>();
  for (const patchId of patchIds) {
    const patch = patches.find((one) => one.patchId === patchId);
    if (patch === undefined) continue;
    const { supersededBy } = currentPatches(patches.filter((other) => other === patch || areRelated(patch, other)));
    const successor = supersededBy[patchId];
    if (successor !== undefined) successors.set(patchId, successor);
  }
  return successors;
}

function areRelated(patch: Patch, other: Patch): boolean {
  return (
    other.products.some(({ id }) => patch.products.some((mine) => mine.id === id)) ||
    other.packages.some(({ name }) => patch.packages.some((mine) => mine.name === name)) ||
    names(other, patch) ||
    names(patch, other)
  );
}

function names(newer: Patch, older: Patch): boolean {
  return newer.supersedes.some((id) => id === older.kb || id === older.patchId);
}

/** Ends after which an older patch may be wanted again: a person decides that (`patch keep`). */
const badEnds: readonly PatchStage[] = ['failedTest', 'rejected', 'incomplete', 'withdrawn'];

/** A kept patch goes before its successor where that ended badly: the successor is not begun again until then. */
export function waitsForKept(
  successor: { patchId: string; stage: PatchStage },
  kept: readonly { patchId: string; keptAgainst: string | null }[],
): string | null {
  if (!badEnds.includes(successor.stage)) return null;
  return kept.find((one) => one.keptAgainst === successor.patchId)?.patchId ?? null;
}

export function endedBadly(stage: PatchStage): boolean {
  return badEnds.includes(stage);
}

/** Why this person may not have it kept; null when they may. It opens a gate, so whoever asked for the patch does not do it (I6). */
export function keepProblem(
  person: { name: string; roles: string[] },
  {
    successor,
    approverRoles,
    requestedBy,
  }: { successor: string | null; approverRoles: string[]; requestedBy: string[] },
): string | null {
  if (successor === null) return 'it is current: nothing supersedes it, so there is nothing to keep it against';
  if (approverRoles.length === 0) return 'no machine needs it: there is nothing to keep it for';
  const lacking = approverRoles.filter((role) => !person.roles.includes(role));
  if (lacking.length > 0) return `${person.name} lacks the role ${lacking.join(', ')}`;
  if (requestedBy.includes(person.name))
    return `${person.name} requested this change: somebody else who decides has to keep it`;
  return null;
}
