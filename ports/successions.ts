// Patches in flight whose successor is known, and those that are kept nevertheless.

export interface Succession {
  patchId: string;
  successor: string | null;
  since: string;
  keptAgainst: string | null;
  keptBy: string | null;
  keptReason: string | null;
  keptAt: string | null;
}

export interface SuccessionStore {
  /** Writes what differs: a new successor, another one, or none any more. */
  save(found: { patchId: string; successor: string | null }[], at: string): Promise<void>;
  /** The guard is lifted for this patch against this successor. */
  keep(patchId: string, kept: { successor: string; by: string; reason: string; at: string }): Promise<Succession>;
  successions(patchIds: string[]): Promise<Succession[]>;
  /** Those whose successor this patch is. */
  replacedBy(successor: string): Promise<Succession[]>;
  /** Those that are kept. */
  kept(): Promise<Succession[]>;
  /** Superseded ones that nobody was told of yet. */
  untold(): Promise<Succession[]>;
  told(patchId: string, at: string): Promise<void>;
}
