// What is kept of culprit isolations: one for each staging run that failed, with every trial of it.

import type { Isolation, IsolatedVerdict, IsolationTrial } from '../domain/isolation.js';

export interface IsolationStore {
  /** The stored one where there is one already. */
  begin(isolation: Omit<Isolation, 'status' | 'detail' | 'verdicts' | 'endedAt' | 'trials'>): Promise<Isolation>;
  isolation(isolationId: string): Promise<Isolation | null>;
  /** Newest first. */
  isolations(filter: {
    runKey?: string;
    patchId?: string;
    status?: Isolation['status'];
    limit: number;
  }): Promise<Isolation[]>;
  /** Trials of one number, one for each group that still looks; opened once. */
  openTrials(
    isolationId: string,
    trials: Pick<IsolationTrial, 'number' | 'group' | 'patchIds' | 'startedAt'>[],
  ): Promise<void>;
  enrolTrials(isolationId: string, number: number, runKey: string): Promise<void>;
  /** The first verdict stays. */
  closeTrial(
    isolationId: string,
    place: { number: number; group: number },
    end: { verdict: NonNullable<IsolationTrial['verdict']>; reasons: string[]; at: string },
  ): Promise<void>;
  /** The first end stays, and is returned. */
  end(
    isolationId: string,
    end: { status: 'named' | 'inconclusive'; detail: string; verdicts: IsolatedVerdict[]; at: string },
  ): Promise<Isolation>;
}
