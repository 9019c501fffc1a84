// Patches that people enter and install: what the vendor wrote, what came with it, and where it was done.

import type { DoneByHand, HandFacts } from '../domain/byHand.js';

export interface ManualPatch {
  patchId: string;
  vendor: string;
  instructions: string;
  enteredBy: string;
  enteredAt: string;
  changedBy: string;
  changedAt: string;
}

export interface Attachment {
  sha256: string;
  name: string;
  size: number;
  addedBy: string;
  addedAt: string;
}

export interface ByHandStore {
  /** Entered, or changed when it is there already. */
  enter(entry: Pick<ManualPatch, 'patchId' | 'vendor' | 'instructions'>, by: string, at: string): Promise<ManualPatch>;
  entry(patchId: string): Promise<ManualPatch | null>;
  /** Kept by content. Null when the patch was never entered; `tooMuch` when all of its attachments together would pass the cap. */
  attach(
    patchId: string,
    file: { sha256: string; name: string; bytes: Buffer },
    cap: { togetherBytesMax: number; filesMax: number },
    by: string,
    at: string,
  ): Promise<Attachment | 'tooMuch' | null>;
  attachments(patchId: string): Promise<Attachment[]>;
  content(patchId: string, sha256: string): Promise<(Attachment & { bytes: Buffer }) | null>;
  /** A person's word that it was done on a machine; a later word replaces an earlier one. */
  markDone(patchId: string, vmId: string, done: DoneByHand): Promise<void>;
  done(patchId: string): Promise<HandFacts['done']>;
  /** What is known of the existing fleet for a patch whose software has these names (`*` stands for any characters). */
  facts(patchId: string, names: string[]): Promise<HandFacts>;
}
