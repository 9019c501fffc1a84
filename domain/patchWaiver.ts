// Waivers of patches: a machine or a category may lack a patch until a date, by a second person's word. Not a rejection, and no gate opens by one.
// Waivers of baseline items are `waiver.ts`.

import type { Item } from './baseline.js';
import type { Vm } from './vm.js';

export const waiverStatuses = ['asked', 'approved', 'rejected', 'revoked', 'expired', 'replaced'] as const;
export type WaiverStatus = (typeof waiverStatuses)[number];

export interface PatchWaiver {
  waiverId: string;
  patchId: string;
  /** Whose approvers decide. It counts for machines of this category alone: whoever is moved elsewhere is decided on there. */
  category: string;
  /** Null: every machine of the category. */
  vmId: string | null;
  vmName: string | null;
  /** ISO instant; the end is exclusive. */
  until: string;
  reason: string;
  /** What protects the machines meanwhile. */
  control: string;
  /** Name of a person whom policy knows, else a mail address. */
  owner: string;
  /** Newest change of the patch's content when it was asked for: it holds for that content alone. */
  revisedAt: string | null;
  /** The waiver that it prolongs: that one stands until this one is approved. */
  renews: string | null;
  status: WaiverStatus;
  requestedBy: string;
  requestedAt: string;
  /** Unanswered by then it has expired: silence waives nothing (I5). */
  askedUntil: string;
  decidedBy: string | null;
  decidedAt: string | null;
  justification: string | null;
  endedBy: string | null;
  endedAt: string | null;
  endReason: string | null;
}

export interface PatchWaiverPolicy {
  /** The longest that one may last. */
  daysMax: number;
  /** Tiers of deadlines for which none is granted. */
  forbiddenTiers: string[];
}

const dayMs = 24 * 3_600_000;
export const waiverTextMin = 10;
export const waiverTextMax = 4000;

export interface AskedWaiver {
  until: string;
  reason: string;
  control: string;
}

export interface AskedFacts {
  policy: PatchWaiverPolicy;
  /** Tiers of the deadlines that it would waive, as they are stored. */
  tiers: string[];
  /** Why there is nothing to waive, e.g. the machine has the patch; null: there is. */
  needless: string | null;
}

/** Everything that speaks against asking for it; empty: it may be asked for. */
export function waiverProblems({ until, reason, control }: AskedWaiver, facts: AskedFacts, now: string): string[] {
  const problems = [...textProblems('reason', reason), ...textProblems('compensating control', control)];
  if (facts.needless !== null) problems.push(facts.needless);
  return [...problems, ...spanProblems(until, facts.policy, now), ...forbiddenTiersOf(facts.tiers, facts.policy)];
}

function textProblems(name: string, text: string): string[] {
  const words = text.trim();
  if (words.length < waiverTextMin) return [`a ${name} of at least ${waiverTextMin} characters is required`];
  return words.length > waiverTextMax ? [`the ${name} is longer than ${waiverTextMax} characters`] : [];
}

function spanProblems(until: string, { daysMax }: PatchWaiverPolicy, now: string): string[] {
  const end = Date.parse(until);
  if (Number.isNaN(end)) return ['the end of a waiver is an instant such as 2027-01-31T00:00:00Z'];
  if (!(end > Date.parse(now))) return [`the waiver would have ended already, at ${until}`];
  const last = new Date(Date.parse(now) + daysMax * dayMs).toISOString();
  return end > Date.parse(last) ? [`policy lets no waiver last longer than ${daysMax} days: until ${last}`] : [];
}

/** One problem for each tier of these of which policy lets nobody waive anything. */
export function forbiddenTiersOf(tiers: string[], policy: PatchWaiverPolicy): string[] {
  const found = [...new Set(tiers)].filter((tier) => policy.forbiddenTiers.includes(tier)).sort();
  return found.map((tier) => `policy lets nobody waive what is due in tier ${tier}`);
}

/** The person as the current policy knows them. */
export interface WaiverPerson {
  name: string;
  mail: string;
  roles: string[];
}

export interface WaiverDecision {
  by: WaiverPerson;
  verdict: 'approve' | 'reject';
  justification: string;
}

export interface WaiverDecisionFacts extends Pick<AskedFacts, 'policy' | 'tiers'> {
  /** One of them is enough; none: nobody may decide. */
  approverRoles: string[];
  /** Newest change of the patch's content by now. */
  revisedAt: string | null;
}

/** I6: whoever asked for it or owns it never approves it. Everything that speaks against the decision; empty: it stands. */
export function waiverDecisionProblems(
  { by, verdict, justification }: WaiverDecision,
  waiver: PatchWaiver,
  facts: WaiverDecisionFacts,
  now: string,
): string[] {
  if (waiver.status !== 'asked') return [`the waiver is ${waiver.status}: nothing awaits a decision`];
  const problems = textProblems('justification', justification);
  if (!by.roles.some((role) => facts.approverRoles.includes(role)))
    problems.push(`${by.name} lacks the role ${facts.approverRoles.join(' or ') || 'that may decide'}`);
  if (waiver.requestedBy === by.name) problems.push(`${by.name} asked for it: somebody else decides`);
  if (isOwner(waiver, by)) problems.push(`${by.name} owns it: somebody else decides`);
  if (verdict === 'reject') return problems;
  if (!(Date.parse(now) < Date.parse(waiver.askedUntil))) problems.push(`nobody decided until ${waiver.askedUntil}`);
  if (facts.revisedAt !== waiver.revisedAt)
    problems.push(`the vendor changed the patch's content at ${facts.revisedAt ?? 'no time'}: ask for it anew`);
  // From when it was asked for: who waited for an approval loses nothing by it.
  return [
    ...problems,
    ...spanProblems(waiver.until, facts.policy, waiver.requestedAt),
    ...forbiddenTiersOf(facts.tiers, facts.policy),
  ];
}

/** Whether its end may be brought about by this person: whoever asked for it, owns it, or decides there. */
export function revocationProblems(by: WaiverPerson, reason: string, waiver: PatchWaiver, roles: string[]): string[] {
  if (waiver.status !== 'asked' && waiver.status !== 'approved') return [`the waiver is ${waiver.status} already`];
  const isTheirs =
    waiver.requestedBy === by.name || isOwner(waiver, by) || by.roles.some((role) => roles.includes(role));
  const problems = textProblems('reason', reason);
  if (!isTheirs) problems.push(`${by.name} neither asked for it nor owns it, and lacks the role ${roles.join(' or ')}`);
  return problems;
}

function isOwner({ owner }: PatchWaiver, { name, mail }: WaiverPerson): boolean {
  const held = owner.toLowerCase();
  return held === name.toLowerCase() || held === mail.toLowerCase();
}

type Machine = Pick<Vm, 'vmId' | 'category'>;

function concerns(waiver: PatchWaiver, vm: Machine, patchId: string): boolean {
  return (
    waiver.patchId === patchId && waiver.category === vm.category && (waiver.vmId === null || waiver.vmId === vm.vmId)
  );
}

/** Approved, and not over: by it nothing is asked for, planned or installed. */
export function stands({ status, until }: Pick<PatchWaiver, 'status' | 'until'>, now: string): boolean {
  return status === 'approved' && Date.parse(now) < Date.parse(until);
}

/** The standing waiver that keeps this patch from this machine; of several the one that lasts longest. */
export function waiverOn(waivers: PatchWaiver[], vm: Machine, patchId: string, now: string): PatchWaiver | null {
  const mine = waivers.filter((one) => concerns(one, vm, patchId) && stands(one, now));
  return mine.toSorted((a, b) => Date.parse(b.until) - Date.parse(a.until))[0] ?? null;
}

/**
 * Whether it also excuses: what it was granted for is what the vendor offers still. Once the content has changed the machine lacks the
 * patch again and is shown so, and still nothing is installed until somebody renews or revokes it (I5).
 */
export function excuses(waiver: PatchWaiver, revisedAt: string | null): boolean {
  return waiver.revisedAt === revisedAt;
}

/** `waived until 2027-01-31T00:00:00.000Z, by riley: the print server breaks` */
export function waivedWords({ until, decidedBy, reason }: Pick<PatchWaiver, 'until' | 'decidedBy' | 'reason'>): string {
  return `waived until ${until}, by ${decidedBy ?? 'nobody'}: ${reason}`;
}

/** Patches that a baseline requires and that a waiver excuses say so. */
export function withPatchWaivers(items: Item[], waivers: PatchWaiver[], vm: Machine, now: string): Item[] {
  return items.map((item) => {
    if (item.kind !== 'patch' || item.verdict !== 'missing' || item.waived !== undefined) return item;
    const waiver = waiverOn(waivers, vm, item.name, now);
    return waiver === null ? item : { ...item, waived: waivedWords(waiver) };
  });
}

/** What has to be done about a waiver by itself. */
export type WaiverMoment =
  | { kind: 'askedFor' | 'askedAgain' | 'unanswered'; at: string }
  | { kind: 'endsInAWeek' | 'endsInADay' | 'over'; at: string };

/** The newest moment that has come and was not overtaken by a later one, and when the next comes. Null: none; nothing more happens by itself. */
export function waiverMoment(waiver: PatchWaiver, now: string): { due: WaiverMoment | null; nextAt: string | null } {
  const moments = momentsOf(waiver);
  const isPast = ({ at }: WaiverMoment) => Date.parse(at) <= Date.parse(now);
  return { due: moments.findLast(isPast) ?? null, nextAt: moments.find((one) => !isPast(one))?.at ?? null };
}

/** In the order of time. */
function momentsOf({ status, requestedAt, askedUntil, decidedAt, until }: PatchWaiver): WaiverMoment[] {
  const [asked, answer, end] = [Date.parse(requestedAt), Date.parse(askedUntil), Date.parse(until)];
  const iso = (milliseconds: number) => new Date(milliseconds).toISOString();
  if (status === 'asked')
    return [
      { kind: 'askedFor', at: requestedAt },
      { kind: 'askedAgain', at: iso(asked + (answer - asked) / 2) },
      { kind: 'unanswered', at: askedUntil },
    ];
  if (status !== 'approved') return [];
  const ahead: WaiverMoment[] = [
    { kind: 'endsInAWeek', at: iso(end - 7 * dayMs) },
    { kind: 'endsInADay', at: iso(end - dayMs) },
  ];
  // Who approves one for three days knows when it ends.
  const since = Date.parse(decidedAt ?? requestedAt);
  return [...ahead.filter((one) => Date.parse(one.at) > since), { kind: 'over', at: until }];
}

/** The signal of its workflow. */
export const waiverChanged = 'waiverChanged';

export function waiverWorkflowId(waiverId: string): string {
  return `waiver/${waiverId}`;
}
