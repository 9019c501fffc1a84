// What a patch's own life says against installing it in production now: a successor, a revision, a known issue (I1, I9, I11).

import { holdVerdict, type HoldFacts, type KnownIssuePolicy } from './knownIssue.js';
import { supersedenceVerdict, type SuccessionFacts, type SupersedencePolicy } from './succession.js';
import { closed, open, type Verdict } from './verdict.js';

export interface LifeFacts extends SuccessionFacts, HoldFacts {
  /** ISO instant at which the vendor's last change of its content was seen; null: it never changed. */
  revisedAt: string | null;
  /** ISO instant at which the request was opened that the standing approval answers; null: nothing was asked. */
  askedAt: string | null;
}

export interface LifePolicy {
  supersedence: SupersedencePolicy;
  knownIssues: KnownIssuePolicy;
}

export type LifeVerdict =
  | { kind: 'open' }
  /** It may go on later: closing the issue, or accepting it, opens. */
  | { kind: 'held'; reasons: string[] }
  /** It never goes on by this approval. */
  | { kind: 'superseded' | 'revised'; reasons: string[] };

export function lifeVerdict(facts: LifeFacts, policy: LifePolicy): LifeVerdict {
  const succession = supersedenceVerdict(facts, policy.supersedence);
  if (succession.kind === 'replaced') return { kind: 'superseded', reasons: [succession.reason] };
  if (facts.revisedAt !== null && facts.askedAt !== null && facts.revisedAt > facts.askedAt)
    return {
      kind: 'revised',
      reasons: [`the vendor changed its content at ${facts.revisedAt}, after it was asked for`],
    };
  const hold = holdVerdict(facts, policy.knownIssues);
  return hold.kind === 'closed' ? { kind: 'held', reasons: hold.reasons } : { kind: 'open' };
}

/** The same as a gate's answer, with the patch named. */
export function lifeGate(patchId: string, verdict: LifeVerdict): Verdict {
  return verdict.kind === 'open' ? open : closed(...verdict.reasons.map((reason) => `${patchId}: ${reason}`));
}
