// Who may do what: one table, which guards the routes, tells the console and writes docs/permissions.md (I5).

import type { Person } from '../domain/policy.js';
import { approverGroupForm, isRole, roleNames } from '../domain/roles.js';

/** All groups of approvers alike, whatever they are called: `approver-databases`. */
const approverGroups = 'approver-*';
export const tableRoles = [...roleNames, approverGroups] as const;

interface Rule {
  roles: readonly string[];
  /** Whether a pipeline's token can be made for it. A decision needs a person, and so does what makes people or rules. */
  token: boolean;
  /** For docs/permissions.md. */
  means: string;
}

const rules = {
  signedIn: {
    roles: tableRoles,
    token: true,
    means: 'be asked who they are, and end their own sessions; needs no role',
  },
  read: { roles: tableRoles, token: true, means: 'see everything; tokens: by GET alone' },
  /** Writes down what people know: incidents, facts, notes. It opens no gate. */
  record: {
    roles: ['changeManager', 'sre', 'administrator'],
    token: true,
    means: 'write down what people know: incidents, facts, notes, requests that others decide',
  },
  /** Whoever may be woken says that it is theirs now. */
  acknowledge: {
    roles: ['changeManager', 'sre', 'scheduler', 'administrator', approverGroups],
    token: false,
    means: 'take a page',
  },
  /** It only opens the door: who is responsible for an item of a checklist is what counts. */
  check: { roles: tableRoles, token: false, means: 'answer for an item of a checklist that they are responsible for' },
  /** It only opens the door: the rollout's own check of role and duties is what counts. */
  decide: {
    roles: ['changeManager', 'sre', 'administrator', approverGroups],
    token: false,
    means: 'send a decision; whether it counts is judged by the rules of approval',
  },
  operate: { roles: ['sre', 'administrator'], token: false, means: 'pause, resume and halt runs, work on machines' },
  schedule: {
    roles: ['scheduler', 'administrator'],
    token: true,
    means: 'start cycles, have vendors and machines asked',
  },
  /** Guarded changes need two of them. */
  policy: { roles: ['changeManager', 'administrator'], token: false, means: 'change policy and baselines' },
  stop: {
    roles: ['sre', 'changeManager', 'administrator'],
    token: false,
    means: 'close every gate, and open them again',
  },
  administer: { roles: ['administrator'], token: false, means: 'end sessions of others, make and revoke tokens' },
} as const satisfies Record<string, Rule>;

export type Permission = keyof typeof rules;
export const permissions = Object.keys(rules) as Permission[];

/** What a pipeline's token can be made for. */
export const tokenPermissions = permissions.filter((one) => rules[one].token && one !== 'signedIn');

export function ruleOf(permission: Permission): Rule {
  return rules[permission];
}

/** Roles of the table; groups of approvers stand as `approver-*`. */
export function rolesFor(permission: Permission): readonly string[] {
  return rules[permission].roles;
}

export function mayBy(roles: readonly string[], permission: Permission): boolean {
  if (permission === 'signedIn') return true;
  const allowed = rolesFor(permission);
  return roles.some((role) => isRole(role) && allowed.includes(approverGroupForm.test(role) ? approverGroups : role));
}

/** Whoever a request comes from. */
export interface Caller {
  person: Person;
  by: 'token' | 'session' | 'bearer' | 'service';
  /** Of a pipeline's token: all that it is for. Null: a person, who may what their roles may. */
  scope: Permission[] | null;
  /** What state changes of this session must carry. */
  csrf: string | null;
  session: { sessionId: string; startedAt: string; idleEndsAt: string; endsAt: string } | null;
}

/** What the console shows buttons by; the API judges again. */
export function permissionsOf({ person, scope }: Caller): Permission[] {
  return permissions.filter((one) =>
    scope === null ? mayBy(person.roles, one) : one === 'signedIn' || scope.includes(one),
  );
}
