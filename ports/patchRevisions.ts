// What vendors changed of patches that were known; written by whoever saves the patches.

import type { Revision, RevisionWeight } from '../domain/revision.js';

export interface RecordedRevision extends Revision {
  seq: number;
  patchId: string;
  at: string;
  document: string;
  revision: string;
}

export interface RevisionStore {
  /** Oldest first. */
  revisions(filter: { patchId?: string; since?: string }): Promise<RecordedRevision[]>;
  /** The newest change of each patch's content, or of anything that is more than wording; patches without one are left out. */
  newest(patchIds: string[], weight: Exclude<RevisionWeight, 'wording'>): Promise<Map<string, string>>;
  /** More than wording, and nobody was told yet. */
  untold(): Promise<RecordedRevision[]>;
  told(seqs: number[], at: string): Promise<void>;
}
