// What is kept of emergencies: asked for, signed for, used, ended and reviewed; never deleted.

import type { Emergency, EmergencyStatus } from '../domain/emergency.js';
import type { Obstacle, SignedOverride } from '../domain/override.js';

export type OpenedEmergency = Pick<
  Emergency,
  | 'emergencyId'
  | 'patchId'
  | 'category'
  | 'reason'
  | 'requestedBy'
  | 'requestedAt'
  | 'expiresAt'
  | 'wanted'
  | 'soakSeconds'
>;

export interface KeptOverride extends SignedOverride {
  revokedBy: string | null;
  revokedAt: string | null;
  revokeReason: string | null;
}

export interface EmergencyFilter {
  emergencyIds?: string[];
  patchIds?: string[];
  category?: string;
  status?: EmergencyStatus;
  /** Only those whose review is done, or is not. */
  reviewed?: boolean;
  /** Id of the one that a page before ended with. */
  after?: string;
  limit?: number;
}

export interface EmergencyStore {
  /** Null when one is open for the patch and category already. */
  open(asked: OpenedEmergency): Promise<Emergency | null>;
  emergency(emergencyId: string): Promise<Emergency | null>;
  /** Newest first. */
  emergencies(filter: EmergencyFilter): Promise<Emergency[]>;
  /** One transaction: locks the row, calls `judge`; without problems the override is stored. Null when there is no such emergency. */
  sign(
    override: SignedOverride,
    judge: (held: Emergency) => string[],
  ): Promise<{ emergency: Emergency; problems: string[] } | null>;
  /** In the order of time. */
  overrides(filter: { emergencyIds?: string[]; patchIds?: string[]; category?: string }): Promise<KeptOverride[]>;
  /** Takes back what stands; null when nothing does. */
  revoke(
    emergencyId: string,
    obstacle: Obstacle,
    word: { by: string; reason: string; at: string },
  ): Promise<KeptOverride | null>;
  /** What has ended stays as it is. Its review is opened by that, unless it was before. */
  end(
    emergencyId: string,
    end: { by: string; reason: string; at: string; reviewDueAt: string },
  ): Promise<Emergency | null>;
  /** The first time counts. */
  openReview(
    emergencyId: string,
    review: { at: string; reviewDueAt: string; reason: string },
  ): Promise<Emergency | null>;
  /** Like `sign`. */
  review(
    emergencyId: string,
    review: { by: string; outcome: string; at: string },
    judge: (held: Emergency) => string[],
  ): Promise<{ emergency: Emergency; problems: string[] } | null>;
  /** A run that goes on by it, told once. */
  use(emergencyId: string, runKey: string, how: string, at: string): Promise<void>;
  uses(filter: {
    emergencyIds?: string[];
    runKey?: string;
  }): Promise<{ emergencyId: string; runKey: string; at: string }[]>;
}
