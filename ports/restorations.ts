// What is kept of restorations: asked for, decided once, ended once.

import type { Item } from '../domain/baseline.js';
import type { Restoration, RestorationOutcome, RestorationStatus } from '../domain/restoration.js';

export interface RestorationStore {
  /** Null when one of this machine is under way already: then nothing is changed. */
  ask(
    asked: Pick<
      Restoration,
      'restorationId' | 'subject' | 'digest' | 'requestedBy' | 'reason' | 'requestedAt' | 'expiresAt'
    >,
  ): Promise<Restoration | null>;
  restoration(restorationId: string): Promise<Restoration | null>;
  /** Newest first. */
  restorations(filter: { vmId?: string; status?: RestorationStatus }): Promise<Restoration[]>;
  /** One transaction: locks the row, calls `judge`; without problems the decision is stored. Null when there is no such restoration. */
  decide(
    restorationId: string,
    decision: { by: string; verdict: 'approve' | 'reject'; justification: string; at: string },
    judge: (held: Restoration) => string[],
  ): Promise<{ restoration: Restoration; problems: string[] } | null>;
  /** A waiting one expires; a decided one stays as it is. */
  expire(restorationId: string, at: string): Promise<Restoration>;
  /** Idempotent: the first outcome stays. */
  end(
    restorationId: string,
    end: { outcome: RestorationOutcome; detail: string; differencesAfter: Item[] | null; at: string },
  ): Promise<Restoration>;
}
