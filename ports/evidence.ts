// Evidence of one change as a file that speaks for itself, years later and without Patchline.

/** Name of the file in the pack, and what it holds: texts as they are, everything else as JSON. */
export type EvidenceFiles = Record<string, unknown>;

export interface EvidencePort {
  /** A ZIP of the files with their digests, signed, and the program that verifies it. */
  pack(files: EvidenceFiles): Uint8Array;
}
