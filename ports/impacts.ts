// Impacts as they were computed, what people said of them, and what was measured before.

import type { Impact } from '../domain/impact.js';
import type { ImpactEdit } from '../domain/impactEdit.js';
import type { OsType } from '../domain/vm.js';

/** A session that ended, with what tells how long its machine was away. */
export interface EndedSession {
  runKey: string;
  category: string | null;
  osType: OsType;
  osName: string | null;
  osVersion: string | null;
  startedAt: string;
  endedAt: string;
  outcome: string;
  /** What Azure said of the installation; null: nothing. */
  installed: unknown;
  /** When the way back began; null: it was not taken. */
  unwoundFrom: string | null;
}

export interface ImpactStore {
  /** Computed anew it takes the place of the one before; an unchanged one writes nothing. */
  save(impact: Impact): Promise<void>;
  impacts(filter: { patchId: string; category?: string }): Promise<Impact[]>;
  /** The newest sessions that installed or took back, and all of one run. */
  endedSessions(wanted: { runKey: string | null; limit: number }): Promise<EndedSession[]>;
  /** One transaction: a request that waits for the patch and category is asked again, so that nobody approves what was edited under them (I9). */
  edit(edit: ImpactEdit): Promise<{ recalled: boolean }>;
  /** Oldest first. */
  edits(filter: { patchId: string; category?: string }): Promise<ImpactEdit[]>;
  /** Edits of which those who wait were not told yet. */
  untold(): Promise<ImpactEdit[]>;
  told(editIds: string[], at: string): Promise<void>;
}
