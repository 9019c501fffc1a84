// A signed exception: a machine that no staging machine stands for may get a patch nevertheless, last and alone (I1). It lets nothing else pass.

import { canonical } from './canonical.js';
import { justificationProblem } from './justification.js';

export interface TestException {
  exceptionId: string;
  vmId: string;
  category: string;
  /** Null: every patch until it ends. */
  patchId: string | null;
  reason: string;
  by: string;
  /** ISO instants; the end is exclusive. */
  at: string;
  until: string;
  /** Of the API, over everything above. */
  signature: string;
}

export interface GrantedException extends TestException {
  revokedAt: string | null;
  revokedBy: string | null;
  revokeReason: string | null;
}

export function exceptionText({
  exceptionId,
  vmId,
  category,
  patchId,
  reason,
  by,
  at,
  until,
}: Omit<TestException, 'signature'>): string {
  return canonical({ exceptionId, vmId, category, patchId, reason, by, at, until });
}

export const exceptionDaysMax = 90;

export interface GrantFacts {
  person: { name: string; roles: string[] } | null;
  /** One of them is enough; none: nobody may grant. */
  approverRoles: string[];
  environment: 'production' | 'staging';
}

/** Why it cannot be granted; empty when it can. */
export function grantProblems(
  { by, reason, at, until, category }: Pick<TestException, 'by' | 'reason' | 'at' | 'until' | 'category'>,
  { person, approverRoles, environment }: GrantFacts,
): string[] {
  const problems: string[] = [];
  const words = justificationProblem(reason);
  if (words !== null) problems.push(words.replace('justification', 'reason'));
  const span = Date.parse(until) - Date.parse(at);
  if (!(span > 0)) problems.push('it must end in the future');
  else if (span > exceptionDaysMax * 24 * 3_600_000) problems.push(`it may last ${exceptionDaysMax} days at most`);
  if (environment !== 'production') problems.push('a staging machine needs none: it is where patches are tested');
  if (person === null) problems.push(`${by} is not a person that the policy knows`);
  else if (!person.roles.some((role) => approverRoles.includes(role)))
    problems.push(
      `${by} does not decide for ${category}: it takes ${approverRoles.join(' or ') || 'a role that policy does not name'}`,
    );
  return problems;
}

export interface StandingFacts {
  patchId: string;
  category: string;
  /** People who asked for the change, or edited what is decided on. */
  requestedBy: string[];
  signatureValid: (exception: TestException) => boolean;
  now: string;
}

/** The exception that lets this machine have this patch, null when none does. Whoever asked for the change grants none for it (I6). */
export function standingException(
  vmId: string,
  exceptions: GrantedException[],
  { patchId, category, requestedBy, signatureValid, now }: StandingFacts,
): GrantedException | null {
  return (
    exceptions.find(
      (one) =>
        one.vmId === vmId &&
        one.category === category &&
        (one.patchId === null || one.patchId === patchId) &&
        one.revokedAt === null &&
        Date.parse(one.at) <= Date.parse(now) &&
        Date.parse(now) < Date.parse(one.until) &&
        !requestedBy.includes(one.by) &&
        signatureValid(one),
    ) ?? null
  );
}

/** What is signed of it by whoever approves. */
export interface SignedException {
  vmId: string;
  vmName: string;
  exceptionId: string;
  by: string;
  until: string;
  reason: string;
}

export function exceptionLine({ vmName, by, until, reason }: SignedException): string {
  return `${vmName} has no equivalent in staging and gets it last, alone, by the exception of ${by} until ${until}: ${reason}`;
}
