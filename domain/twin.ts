// A copy of a production machine in staging, where nothing there stands for it: what is proposed, who decided it, and whether it may still be
// built as it was decided (I1, I5, I6, I9). A twin is staging by policy's own rules, or it is not built.

import { canonical } from './canonical.js';
import { justificationProblem } from './justification.js';
import type { TwinPlace } from './twinPolicy.js';

export const twinStatuses = [
  'proposed',
  'approved',
  'refused',
  'expired',
  'building',
  'built',
  'failed',
  'retired',
] as const;
export type TwinStatus = (typeof twinStatuses)[number];

/** Of which there may be one for each machine, and so many over everything. */
export const openTwinStatuses = ['proposed', 'approved', 'building', 'built'] as const satisfies TwinStatus[];

/** What is decided on; the decision names its digest. */
export interface TwinSubject {
  twinId: string;
  category: string;
  /** The production machine that is copied. */
  source: { vmId: string; name: string; azureId: string };
  /** Null: one is taken of the machine once it is approved. */
  restorePoint: { name: string; takenAt: string } | null;
  /** Of the twin. */
  name: string;
  subscriptionId: string;
  resourceGroup: string;
  region: string;
  subnet: string;
  size: string;
  tags: Record<string, string>;
  lifeDays: number;
  /** Production machines without an equivalent that it would stand for, by name, and the score that is expected of it. */
  standsFor: string[];
  expectedScore: number;
  cautions: string[];
}

/** A disk of the restore point; `lun` null: the one that the system starts from. */
export interface TwinDisk {
  name: string;
  lun: number | null;
  /** ARM id of the disk's own restore point. */
  source: string;
}

export interface Twin {
  twinId: string;
  subject: TwinSubject;
  /** SHA-256 of the canonical subject. */
  digest: string;
  status: TwinStatus;
  proposedBy: string;
  reason: string;
  /** ISO instants. */
  proposedAt: string;
  expiresAt: string;
  decidedBy: string | null;
  decidedAt: string | null;
  justification: string | null;
  /** Of the API, over `twinDecisionText`. */
  signature: string | null;
  /** Of the restore point; null before it was read. */
  disks: TwinDisk[] | null;
  /** Of the twin, once the inventory knows it. */
  vmId: string | null;
  /** As measured against the machine that was copied, 0 to 1; null until then. */
  score: number | null;
  /** How many production machines it stands for, as measured. */
  standsFor: number | null;
  builtAt: string | null;
  /** When its life is over. */
  retiresAt: string | null;
  /** Somebody wants it gone before. */
  retireAskedBy: string | null;
  retireReason: string | null;
  detail: string;
  endedAt: string | null;
}

export const twinChanged = 'twinChanged';

export function twinWorkflowId(twinId: string): string {
  return `twin/${twinId}`;
}

/** Operations at Azure are kept under it, as those of a session are. */
export function twinSessionId(twinId: string): string {
  return `twin/${twinId}`;
}

/** What tells our resources from those of others. */
export const twinTag = 'patchline-twin';
export const twinOfTag = 'patchline-twin-of';

export function isTaggedFor(twinId: string, tags: Record<string, string>): boolean {
  return Object.entries(tags).some(([key, value]) => key.toLowerCase() === twinTag && value === twinId);
}

export function twinAddress({ subscriptionId, resourceGroup, name, region }: TwinSubject) {
  const group = `/subscriptions/${subscriptionId}/resourcegroups/${resourceGroup}`;
  const azureId = `${group}/providers/microsoft.compute/virtualmachines/${name}`.toLowerCase();
  return { azureId, location: region };
}

export interface TwinDecision {
  twinId: string;
  verdict: 'approve' | 'refuse';
  digest: string;
  by: string;
  /** ISO instant. */
  at: string;
  justification: string;
}

export function twinDecisionText({ twinId, verdict, digest, by, at, justification }: TwinDecision): string {
  return canonical({ twinId, verdict, digest, by, at, justification });
}

interface Decider {
  person: { name: string; roles: string[] } | null;
  /** One of them is enough; none: nobody may decide. */
  approverRoles: string[];
}

/** Why this person does not decide it (I6): looked at when it is decided, and again before it is built. */
function deciderProblems(
  by: string,
  { proposedBy, subject }: Pick<Twin, 'proposedBy' | 'subject'>,
  { person, approverRoles }: Decider,
): string[] {
  const problems: string[] = [];
  if (by === proposedBy) problems.push(`${by} proposed it and cannot decide it`);
  if (person === null) problems.push(`${by} is not a person that the policy knows`);
  else if (!person.roles.some((role) => approverRoles.includes(role)))
    problems.push(
      `${by} does not decide for ${subject.category}: it takes ${approverRoles.join(' or ') || 'a role that policy does not name'}`,
    );
  return problems;
}

/** Why the decision cannot stand (I5, I6); empty when it can. */
export function twinDecisionProblems(decision: TwinDecision, twin: Twin, decider: Decider): string[] {
  const problems: string[] = [];
  if (twin.status !== 'proposed') problems.push(`it is ${twin.status}: nothing awaits a decision`);
  if (!(Date.parse(decision.at) < Date.parse(twin.expiresAt)))
    problems.push(`the proposal expired at ${twin.expiresAt}: propose it again`);
  if (decision.digest !== twin.digest) problems.push('the decision is on something else than what is shown now');
  problems.push(...deciderProblems(decision.by, twin, decider));
  const words = justificationProblem(decision.justification);
  return words === null ? problems : [...problems, words.replace('justification', 'reason')];
}

export interface BuildFacts extends Decider {
  signatureValid: (text: string, signature: string) => boolean;
  digestOf: (subject: TwinSubject) => string;
  /** By the policy of this moment; null: it builds no such twin any more. */
  place: { place: TwinPlace; resourceGroup: string; size: string | null; lifeDays: number } | null;
  /** Why policy lets nothing be built there, and what else keeps everything closed. */
  closed: string[];
  /** Why whoever decided may not have, besides role and proposal. */
  barred: string[];
  /** Twins other than this one that are being built, or are there. */
  others: number;
  atOnceMax: number;
}

/**
 * Why it may not be built now; empty when it may. The row alone opens nothing: the decision is verified by its signature, and what was decided
 * has to be what policy would have built today (I9).
 */
export function buildProblems(twin: Twin, facts: BuildFacts): string[] {
  const { subject, decidedBy: by, decidedAt: at, justification, signature, digest, twinId } = twin;
  if (twin.status !== 'approved' && twin.status !== 'building') return [`it is ${twin.status}`];
  if (by === null || at === null || justification === null || signature === null)
    return ['nobody decided it by a signed word'];
  const text = twinDecisionText({ twinId, verdict: 'approve', digest, by, at, justification });
  const isSigned = facts.signatureValid(text, signature);
  const isSame = subject.twinId === twinId && facts.digestOf(subject) === digest;
  return [
    ...(isSigned ? [] : ['its decision is not signed by the API']),
    ...(isSame ? [] : ['it is not what was decided on']),
    ...deciderProblems(by, twin, facts),
    ...facts.barred,
    ...facts.closed,
    ...changedSince(subject, facts.place),
    ...(facts.others < facts.atOnceMax
      ? []
      : [`${facts.others} twins are there, and policy allows ${facts.atOnceMax} at once`]),
  ];
}

function changedSince(subject: TwinSubject, now: BuildFacts['place']): string[] {
  if (now === null) return [`policy builds no twin in ${subject.region} any more`];
  const changes: [string, unknown, unknown][] = [
    ['its resource group', subject.resourceGroup, now.resourceGroup],
    ['its subnet', subject.subnet, now.place.subnet],
    ['its life in days', subject.lifeDays, now.lifeDays],
    ['its size', subject.size, now.size ?? subject.size],
  ];
  const changed = changes.filter(([, signed, today]) => signed !== today);
  if (changed.length === 0) return [];
  const words = changed.map(
    ([what, signed, today]) => `${what} was ${String(signed)} when it was decided, and is ${String(today)} by policy`,
  );
  return [`${words.join('; ')}: propose it again`];
}

/** Why what is there now is not what was decided on: nothing is installed on it, and it goes (I1, I5). */
export function misplaced(
  { subject }: Pick<Twin, 'subject'>,
  vm: { environment: string; environmentReason: string; category: string | null; categoryReason: string },
): string[] {
  return [
    ...(vm.environment === 'staging' ? [] : [`it counts as ${vm.environment} (${vm.environmentReason})`]),
    ...(vm.category === subject.category
      ? []
      : [`it is in ${vm.category ?? 'no category'} instead of ${subject.category} (${vm.categoryReason})`]),
  ];
}

/** The next moment at which something happens by itself; null: nothing does (I10). */
export function twinWaitsUntil({ status, expiresAt, retiresAt }: Pick<Twin, 'status' | 'expiresAt' | 'retiresAt'>) {
  return status === 'proposed' ? expiresAt : status === 'built' ? retiresAt : null;
}
