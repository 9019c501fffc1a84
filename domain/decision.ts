// What a person decides on, what exactly is signed, and whether a decision that arrives counts (I1, I5, I6, I9).

import type { SignedArrivals } from './arrivalRule.js';
import { canonical } from './canonical.js';
import { deferralProblems, isDeferEvent, type DeferEvent } from './deferral.js';
import type { SignedException } from './testException.js';
import type { SignedEquivalence } from './equivalenceReport.js';
import type { SignedImpact } from './impactSigned.js';
import type { TestedPackage } from './installation.js';
import { bundleFreshMinutesMax, freshMinutesMax, freshnessProblem, nameIn, textIn } from './received.js';
import { justificationProblem } from './justification.js';
import { closed, open, type Verdict } from './verdict.js';

/** Everything that was shown to the approver; its canonical text is what the digest covers. */
export interface DecisionSubject {
  patchId: string;
  category: string;
  /** Revision of the vendor's document the patch was read from. */
  revision: string;
  /** Production machines in rollout order, by inventory id. */
  vmIds: string[];
  /** Patches that were tested together with this one, and passed, for this category. */
  testedSet: string[];
  testRunKey: string;
  testVerdict: string;
  /** Of Linux: the versions that the test got, and that production gets. */
  packages?: TestedPackage[];
  impact: { downtimeMinutes: number; reboots: number; vms: number; services: string[]; order: string[] } & SignedImpact;
  rings: { name: string; vmIds: string[]; failureBudget: number }[];
  windowRule: string;
  unwind: 'restorePoint' | 'ask';
  subsetAllowed: boolean;
  /** Which staging machine stands for which of the machines, and how well. Left out before it was shown. */
  equivalence?: SignedEquivalence;
  /** Machines that nothing in staging stands for and that get it last, alone, by a signed exception; left out when there are none. */
  exceptions?: SignedException[];
  /** By which rule machines that come later may join; left out: nobody joins. */
  arrivals?: SignedArrivals;
  /** The emergency by which fewer people decide than otherwise, and how many; left out where none does. */
  shortened?: ShortenedQuorum;
  /** Known issues that were open when it was asked: who approves accepts them. Left out before they were shown. */
  knownIssues?: { issueId: string; text: string; url: string | null }[];
  /** The patch that had taken its place when it was asked, null: none. Left out before it was shown. */
  successor?: string | null;
  /** The newest approval that was taken back: who decides again is told, and what was enrolled by it stays revoked. Left out when there is none. */
  withdrawn?: { by: string; at: string; reason: string };
}

/** By which emergency a decision needs fewer people, as it is signed with the decision. */
export interface ShortenedQuorum {
  emergencyId: string;
  /** Why it cannot wait. */
  reason: string;
  /** Whoever asked for the emergency: never one of those who decide by it. */
  requestedBy: string;
  ruleId: string;
  /** Who signed for exactly this rule. */
  signedBy: string;
  /** ISO instant; the end is exclusive. */
  expiresAt: string;
  /** `decision: 1 of role changeManager` */
  steps: string[];
}

export type DecisionVerdict = 'approve' | 'defer' | 'reject';

/** What the API sends to the rollout on a person's behalf. */
export interface SignedDecision {
  decisionId: string;
  patchId: string;
  category: string;
  verdict: DecisionVerdict;
  justification: string;
  /** ISO instant; only with `defer`. Where it waits for something, the limit of that. */
  deferUntil: string | null;
  /** What a deferral waits for besides its date. */
  deferEvent?: DeferEvent | null;
  digest: string;
  by: string;
  /** ISO instant. */
  at: string;
  /** Whose word it is, where a delegate gives it. */
  onBehalfOf?: string | null;
  /** How the person had signed in at the API, e.g. by token. */
  signedInBy?: string | null;
  /** The decision over many that it is one of. */
  bundle?: BundleMark | null;
  signature: string;
}

export interface BundleMark {
  bundleId: string;
  /** SHA-256 of the bundle's text. */
  digest: string;
  size: number;
}

const decisionVerdicts: readonly string[] = ['approve', 'defer', 'reject'];

/** A decision as it came from outside, null when it has not the shape of one. */
export function readDecision(received: unknown): SignedDecision | null {
  if (received === null || typeof received !== 'object') return null;
  const held = received as Record<string, unknown>;
  const names = ['decisionId', 'patchId', 'category', 'verdict', 'digest', 'by', 'at', 'signature'];
  if (names.some((name) => nameIn(held, name) === '')) return null;
  const justification = textIn(held, 'justification');
  if (justification === '' || justification.includes('\u0000')) return null;
  if (!decisionVerdicts.includes(String(held['verdict']))) return null;
  if (Number.isNaN(Date.parse(String(held['at'])))) return null;
  if (
    held['deferUntil'] !== null &&
    (typeof held['deferUntil'] !== 'string' || Number.isNaN(Date.parse(held['deferUntil'])))
  )
    return null;
  if (!isDeferEvent(held['deferEvent']) || !isBundleMark(held['bundle'])) return null;
  const besides = ['signedInBy', 'onBehalfOf'].map((name) => held[name] ?? undefined);
  if (besides.some((one) => one !== undefined && (typeof one !== 'string' || one.includes('\u0000')))) return null;
  return held as unknown as SignedDecision;
}

/** Nothing is one as well. */
function isBundleMark(received: unknown): boolean {
  if (received === undefined || received === null) return true;
  if (typeof received !== 'object') return false;
  const { bundleId, digest, size } = received as Record<string, unknown>;
  return typeof bundleId === 'string' && typeof digest === 'string' && Number.isInteger(size);
}

/** The text that the API signs: every field of the decision but the signature. */
export function decisionText(decision: Omit<SignedDecision, 'signature'>): string {
  return canonical({
    decisionId: decision.decisionId,
    patchId: decision.patchId,
    category: decision.category,
    verdict: decision.verdict,
    justification: decision.justification,
    deferUntil: decision.deferUntil,
    digest: decision.digest,
    by: decision.by,
    at: decision.at,
    // Left out where they are not there, so that texts of before are as they were.
    deferEvent: decision.deferEvent ?? undefined,
    onBehalfOf: decision.onBehalfOf ?? undefined,
    signedInBy: decision.signedInBy ?? undefined,
    bundle: decision.bundle ?? undefined,
  });
}

export interface DecisionFacts {
  /** Null: nothing awaits a decision. */
  request: { patchId: string; category: string; digest: string; expiresAt: string } | null;
  signatureValid: boolean;
  /** Whether it is theirs to say, by role, turn and duties. */
  place: { kind: 'counts' } | { kind: 'refused'; reasons: string[] };
  /** It was taken or refused before, for another request: a replayed decision never counts twice. */
  alreadyUsed: boolean;
}

/** May this decision stand? Closed for anything missing, stale or wrong; the reasons say all of it. */
export function judgeDecision(decision: SignedDecision, facts: DecisionFacts, now: string): Verdict {
  if (!facts.signatureValid)
    return closed('the decision is not signed by the API: it may have been sent straight to the engine');
  if (facts.request === null) return closed('nothing awaits a decision here');
  const reasons: string[] = [];
  const { request } = facts;
  if (request.patchId !== decision.patchId || request.category !== decision.category)
    reasons.push('the decision names another patch or category');
  if (request.digest !== decision.digest)
    reasons.push('what was shown has changed since: look at the decision again and decide on the new digest');
  if (!(Date.parse(now) < Date.parse(request.expiresAt))) reasons.push(`the request expired at ${request.expiresAt}`);
  if (facts.alreadyUsed) reasons.push('this decision was already used');
  const isOne = decision.bundle === undefined || decision.bundle === null;
  const stale = freshnessProblem(decision.at, now, isOne ? freshMinutesMax : bundleFreshMinutesMax);
  if (stale !== null) reasons.push(stale);
  if (facts.place.kind === 'refused') reasons.push(...facts.place.reasons);
  const problem = justificationProblem(decision.justification);
  if (problem !== null) reasons.push(problem);
  reasons.push(...deferralProblems(decision.verdict, decision, now));
  return reasons.length === 0 ? open : closed(...reasons);
}
