// Who may do what on machines, as Azure tells.

export interface RoleAssignment {
  assignmentId: string;
  /** The subscription that it was seen from. */
  subscriptionId: string;
  /** ARM id of what it is on, lower case: a management group, a subscription, a resource group or one machine. */
  scope: string;
  principalId: string;
  principalType: string;
  role: string;
}

export interface SeenAssignment extends RoleAssignment {
  firstSeenAt: string;
  seenAt: string;
}

export interface AccessStore {
  /** Takes what Azure lists now of these subscriptions; what is no longer listed is gone, never deleted. */
  saveAssignments(assignments: RoleAssignment[], subscriptions: string[], at: string): Promise<void>;
  /** Of a machine: on itself and on everything above it. */
  assignmentsOn(vm: { azureId: string; subscriptionId: string }): Promise<SeenAssignment[]>;
}
