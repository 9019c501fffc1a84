// Roles that people can have, and which of them the claims of an identity provider give. An unknown claim gives none.

export const roleNames = ['viewer', 'auditor', 'changeManager', 'sre', 'scheduler', 'administrator'] as const;

/** Of a group of approvers, which policy names where it says who decides: `approver-databases`. */
export const approverGroupForm = /^approver-[a-z0-9][a-z0-9-]{0,39}$/;

export const roleForm = new RegExp(`^(${roleNames.join('|')}|approver-[a-z0-9][a-z0-9-]{0,39})$`);

export function isRole(text: string): boolean {
  return roleForm.test(text);
}

/** `claim` contains `value`, exactly: then `role`. */
export interface RoleClaim {
  claim: string;
  value: string;
  role: string;
}

export interface SignInPolicy {
  roles: RoleClaim[];
  /** Claims that were told longer ago give no role. */
  claimsMaxAgeDays: number;
}

/** What a provider told of a person. Only values that are text count: nothing is converted into a role. */
export type Claims = Record<string, unknown>;

const dayMs = 24 * 3600_000;

/** `claimsAt`, `now`: ISO instants. Sorted, each once. */
export function rolesFromClaims(claims: Claims, claimsAt: string, policy: SignInPolicy, now: string): string[] {
  const age = Date.parse(now) - Date.parse(claimsAt);
  // An instant that cannot be read is not fresh.
  if (!(age <= policy.claimsMaxAgeDays * dayMs)) return [];
  const given = policy.roles.filter(({ claim, value }) => valuesOf(claims, claim).includes(value));
  return [...new Set(given.map((one) => one.role))].filter(isRole).sort();
}

function valuesOf(claims: Claims, claim: string): string[] {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((one) => typeof one === 'string');
}

/** Claims that roles are usually taken from, and those that policy takes them from: nothing else of a token is kept. */
export function keptClaims(claims: Claims, policy: SignInPolicy): Claims {
  const wanted = new Set(['roles', 'groups', 'wids', ...policy.roles.map((one) => one.claim)]);
  return Object.fromEntries(
    Object.entries(claims).flatMap(([claim, value]): [string, unknown][] => {
      if (!wanted.has(claim)) return [];
      return [[claim, valuesOf({ [claim]: value }, claim).slice(0, claimValuesMax)]];
    }),
  );
}

const claimValuesMax = 1000;
