// One decision over everything of a category that waits, with exceptions: what is shown, what is signed, and what each rollout gets of it (I1, I6, I9).

import { canonical } from './canonical.js';
import type { DecisionVerdict, SignedDecision } from './decision.js';
import { deferralProblems, type Deferral } from './deferral.js';
import { justificationProblem } from './justification.js';

/** What waits, as it was shown. */
export interface ShownRequest {
  requestId: string;
  patchId: string;
  digest: string;
}

export interface BundleException extends Deferral {
  patchId: string;
  /** `leave`: it is not decided now. */
  verdict: 'defer' | 'reject' | 'leave';
  justification: string;
}

/** What a person orders. */
export interface BundleOrder extends Deferral {
  category: string;
  verdict: DecisionVerdict;
  justification: string;
  except: BundleException[];
}

export interface BundleEntry extends ShownRequest, Deferral {
  verdict: DecisionVerdict;
  justification: string;
}

export interface DecisionBundle extends Omit<BundleOrder, 'except'> {
  bundleId: string;
  entries: BundleEntry[];
  by: string;
  /** Whose word it is, where a delegate gives it. */
  onBehalfOf?: string | null;
  /** ISO instant. */
  at: string;
}

/** What the digest of a list covers that somebody looks at. */
export function shownText(requests: ShownRequest[]): string {
  const listed = requests.map(({ requestId, patchId, digest }) => ({ requestId, patchId, digest }));
  return canonical(listed.toSorted((a, b) => (a.requestId < b.requestId ? -1 : 1)));
}

/** The one text that a person signs. */
export function bundleText(bundle: DecisionBundle): string {
  const { bundleId, category, verdict, justification, deferUntil, by, at } = bundle;
  // Left out where they are not there, so that texts of before are as they were.
  const [deferEvent, onBehalfOf] = [bundle.deferEvent ?? undefined, bundle.onBehalfOf ?? undefined];
  const entries = bundle.entries.map((entry) => ({
    requestId: entry.requestId,
    patchId: entry.patchId,
    digest: entry.digest,
    verdict: entry.verdict,
    justification: entry.justification,
    deferUntil: entry.deferUntil,
    deferEvent: entry.deferEvent ?? undefined,
  }));
  return canonical({ bundleId, category, verdict, justification, deferUntil, deferEvent, by, onBehalfOf, at, entries });
}

/** What is no longer as it was shown: one such request refuses the whole. What came since is simply not decided. */
export function changedSince(shown: ShownRequest[], waiting: ShownRequest[]): string[] {
  return shown.flatMap(({ requestId, patchId, digest }) => {
    const held = waiting.find((one) => one.patchId === patchId);
    if (held === undefined) return [`${patchId} no longer waits`];
    if (held.digest !== digest) return [`${patchId} is asked anew: what was shown of it has changed`];
    return held.requestId === requestId ? [] : [`${patchId} was asked again`];
  });
}

/** One entry per request, or everything that is wrong with the order. */
export function entriesOf(
  order: BundleOrder,
  shown: ShownRequest[],
  now: string,
): { entries: BundleEntry[] } | { problems: string[] } {
  const problems = [...orderProblems(order, now), ...order.except.flatMap((one) => exceptionProblems(one, shown, now))];
  const asked = shown.map((one) => one.patchId);
  if (new Set(asked).size < asked.length) problems.push('a patch is listed twice');
  const named = order.except.map((one) => one.patchId);
  for (const twice of new Set(named.filter((patchId, place) => named.indexOf(patchId) !== place)))
    problems.push(`${twice} is excepted twice`);
  if (problems.length > 0) return { problems };
  const entries = shown.flatMap((request): BundleEntry[] => {
    const { requestId, patchId, digest } = request;
    const said = order.except.find((one) => one.patchId === patchId) ?? order;
    const { verdict, justification, deferUntil, deferEvent = null } = said;
    return verdict === 'leave' ? [] : [{ requestId, patchId, digest, verdict, justification, deferUntil, deferEvent }];
  });
  return entries.length === 0 ? { problems: ['nothing is left to decide'] } : { entries };
}

function orderProblems(order: BundleOrder, now: string): string[] {
  const problem = justificationProblem(order.justification);
  return [...(problem === null ? [] : [problem]), ...deferralProblems(order.verdict, order, now)];
}

function exceptionProblems(exception: BundleException, shown: ShownRequest[], now: string): string[] {
  const { patchId, verdict, justification } = exception;
  const problem = verdict === 'leave' ? null : justificationProblem(justification);
  return [
    ...(shown.some((one) => one.patchId === patchId) ? [] : ['it does not wait here']),
    ...(problem === null ? [] : [problem]),
    ...deferralProblems(verdict, exception, now),
  ].map((why) => `exception ${patchId}: ${why}`);
}

/** Stable: sent again it is the same decision, and counts once. */
export function decisionIdOf(bundleId: string, patchId: string): string {
  return `${bundleId}.${patchId}`;
}

/** What a rollout gets: a decision of its own, judged like any other, that says which bundle it comes from. */
export function decisionOf(
  bundle: DecisionBundle,
  digest: string,
  entry: BundleEntry,
): Omit<SignedDecision, 'signature'> {
  const { bundleId, category, by, at, entries, onBehalfOf = null } = bundle;
  const { patchId, verdict, justification, deferUntil, deferEvent = null } = entry;
  return {
    decisionId: decisionIdOf(bundleId, patchId),
    patchId,
    category,
    verdict,
    justification,
    deferUntil,
    deferEvent,
    digest: entry.digest,
    by,
    at,
    onBehalfOf,
    bundle: { bundleId, digest, size: entries.length },
  };
}
