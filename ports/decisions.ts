// What is kept of requests for a decision, of the words that answered them, and of approvals that stand.

import type { RuleProof } from '../domain/automaticApproval.js';
import type { RequestApproval } from '../domain/approvalRules.js';
import type { DecisionSubject, SignedDecision } from '../domain/decision.js';
import type { RequestUrgency } from '../domain/urgency.js';

export interface ImpactRecord {
  patchId: string;
  category: string;
  downtimeMinutes: number;
  reboots: number;
  vmIds: string[];
  services: string[];
  order: string[];
  at: string;
}

export type RequestStatus = 'waiting' | 'decided' | 'expired' | 'superseded' | 'withdrawn';

export interface DecisionRequest {
  /** `patchId/category/digest` prefix; unique. */
  requestId: string;
  patchId: string;
  category: string;
  digest: string;
  subject: DecisionSubject;
  requestedBy: string[];
  requestedAt: string;
  expiresAt: string;
  /** As it was shown; null where nothing was due, and before it was kept. Not signed: it moves from day to day. */
  urgency: RequestUrgency | null;
  /** The rules that it was asked by, and who could have decided; left out before that was kept. */
  approval?: RequestApproval | null;
  status: RequestStatus;
  /** ISO instant at which it waited no longer; null while it does, and of requests from before that was kept. */
  closedAt?: string | null;
}

export interface RecordedDecision extends SignedDecision {
  accepted: boolean;
  /** Why it was refused; empty when accepted. */
  reasons: string[];
  policyVersion: string;
  recordedAt: string;
  /** The request that it was accepted for; null: none. */
  requestId: string | null;
  /** It answered its request: nothing more was needed. An accepted one that did not is one of several that are. */
  complete: boolean;
  /** Of the request's rules, the one that it counts for. */
  step: string | null;
  /** Who it was, as policy knew them at that time; null before that was kept. */
  claims: Claims | null;
  /** A rule of policy decided, and what it rests on; null or left out: a person. */
  byRule?: RuleProof | null;
  /** By which it was taken back; null: it was not. */
  withdrawalId: string | null;
}

export interface Claims {
  name: string;
  mail: string;
  roles: string[];
  /** E.g. by token; null: it was not said. */
  signedInBy: string | null;
  /** Whose word a delegate gave, by which delegation. */
  onBehalfOf?: { name: string; mail: string; roles: string[]; delegationId: string };
}

/** What a judge says of a decision that arrives. */
export interface Judged {
  accepted: boolean;
  reasons: string[];
  policyVersion: string;
  complete: boolean;
  step: string | null;
  claims: Claims | null;
  /** Only of the judge's making, never of a message. */
  byRule?: RuleProof | null;
}

export interface JudgedFacts {
  request: DecisionRequest | null;
  alreadyUsed: boolean;
  /** Accepted for that request and not taken back, in the order in which they were taken. */
  votes: RecordedDecision[];
}

/** An approval that is complete and that nobody withdrew. */
export interface StandingApproval {
  request: DecisionRequest;
  decision: RecordedDecision;
}

/** I1: where the API asks for an approval, one by rule is looked at again, as everywhere. */
export interface ApprovalPort {
  /** Null: nothing is approved by the newest request, or its rule would not approve it now. */
  standing(patchId: string, category: string): Promise<StandingApproval | null>;
}

export interface DecisionStore {
  saveImpact(impact: ImpactRecord): Promise<void>;
  impact(patchId: string, category: string): Promise<ImpactRecord | null>;
  /** Any other waiting request for the same patch and category becomes `superseded`. The same request again changes nothing; the stored one is returned. */
  openRequest(request: Omit<DecisionRequest, 'status'>): Promise<DecisionRequest>;
  request(patchId: string, category: string): Promise<DecisionRequest | null>;
  requests(filter: {
    status?: DecisionRequest['status'];
    patchId?: string;
    patchIds?: string[];
  }): Promise<DecisionRequest[]>;
  /** A waiting one; `why` is told. */
  closeRequest(requestId: string, status: 'decided' | 'expired' | 'superseded', why?: string): Promise<void>;
  /**
   * One transaction: locks the newest request, calls `judge`, and stores the decision with the answer; a complete one closes the
   * request. Called again for the same request it returns the stored answer; for a later request the decision was already used.
   */
  recordDecision(
    decision: SignedDecision,
    judge: (facts: JudgedFacts) => Judged,
    at: string,
  ): Promise<RecordedDecision>;
  decisions(filter: {
    patchId?: string;
    patchIds?: string[];
    category?: string;
    requestId?: string;
    accepted?: boolean;
    complete?: boolean;
  }): Promise<RecordedDecision[]>;
  /** As it is kept: whoever enrols, plans, opens a gate or installs again asks whether it stands still. Null: nothing is approved by the newest request. */
  approval(patchId: string, category: string): Promise<StandingApproval | null>;
}
