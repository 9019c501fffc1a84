// Which rules of approval for emergencies stand signed, and what of it is shown and signed by whoever decides (I2, I5, I6).

import type { ApprovalRule, ApprovalStep } from './approvalPath.js';
import { groupWords } from './approvalRules.js';
import type { ShortenedQuorum } from './decision.js';
import type { Emergency } from './emergency.js';
import { overrideVerdict, quorumObstacle, type HeldOverride } from './override.js';

export interface StandingRule {
  rule: ApprovalRule;
  signedBy: string;
  emergencyId: string;
}

/** Those of the rules for emergencies, in their order, that somebody's override of exactly this rule lets count now. */
export function standingRules(
  rules: ApprovalRule[],
  held: HeldOverride[],
  place: { patchId: string; category: string },
  now: string,
): StandingRule[] {
  return rules
    .filter((rule) => rule.emergency === true)
    .flatMap((rule) => {
      const asked = { ...place, obstacle: quorumObstacle(rule) };
      const standing = held.find((one) => overrideVerdict([one], asked, now).kind === 'overridden');
      if (standing === undefined) return [];
      return [{ rule, signedBy: standing.override.by, emergencyId: standing.override.emergencyId }];
    });
}

export function shortenedQuorum(
  { rule, signedBy }: StandingRule,
  { emergencyId, reason, requestedBy, expiresAt }: Emergency,
): ShortenedQuorum {
  return {
    emergencyId,
    reason,
    requestedBy,
    ruleId: rule.id,
    signedBy,
    expiresAt,
    steps: rule.steps.map(stepWords),
  };
}

function stepWords({ name, quorum, who }: ApprovalStep): string {
  return `${name}: ${quorum} of ${groupWords(who)}`;
}

export function shortenedLine({ emergencyId, ruleId, signedBy, expiresAt, steps }: ShortenedQuorum): string {
  return `SHORTENED by emergency ${emergencyId}, rule ${ruleId}, signed by ${signedBy}, until ${expiresAt}: ${steps.join('; ')}.`;
}
