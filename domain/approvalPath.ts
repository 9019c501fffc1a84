// How long a decision is waited for, and by whom it may be given, by how urgent the patch is. It never approves by itself (I5).

export interface ApprovalPath {
  /** Null: as for every other request. */
  remindAfterMinutes: number | null;
  expireAfterMinutes: number | null;
  /** Roles of which one decides; empty: the category's own role alone. */
  approverRoles: string[];
}

export interface ApprovalRules {
  remindAfterMinutes: number;
  expireAfterMinutes: number;
  deferBlocksLaterTiers: boolean;
  /** By tier of urgency, e.g. `P0`. */
  paths: Record<string, ApprovalPath>;
}

export interface ChosenPath {
  remindAfterMinutes: number;
  expireAfterMinutes: number;
  approverRoles: string[];
}

/** A tier that is not known goes the way of every other request, and only the category's own role decides. */
export function approvalPath(rules: ApprovalRules, categoryRole: string, tier: string | null): ChosenPath {
  const path = tier !== null && Object.hasOwn(rules.paths, tier) ? rules.paths[tier] : undefined;
  return {
    remindAfterMinutes: path?.remindAfterMinutes ?? rules.remindAfterMinutes,
    expireAfterMinutes: path?.expireAfterMinutes ?? rules.expireAfterMinutes,
    approverRoles: path === undefined || path.approverRoles.length === 0 ? [categoryRole] : path.approverRoles,
  };
}
