// What people know to be unsafe on a machine: entered, and closed with an outcome; never deleted.

export type IssueSeverity = 'critical' | 'high' | 'medium' | 'low';

export interface SecurityIssue {
  issueId: string;
  vmId: string;
  title: string;
  severity: IssueSeverity;
  cve: string | null;
  foundAt: string;
  foundBy: string;
  note: string;
  closedAt: string | null;
  closedBy: string | null;
  outcome: string | null;
}

export interface SecurityIssueStore {
  open(issue: Omit<SecurityIssue, 'closedAt' | 'closedBy' | 'outcome'>): Promise<SecurityIssue>;
  /** Null when there is none, or it is closed already. */
  close(issueId: string, end: { at: string; by: string; outcome: string }): Promise<SecurityIssue | null>;
  /** Newest first. */
  issues(filter: { vmId?: string; open?: boolean }): Promise<SecurityIssue[]>;
}
