// How new the definitions of each machine's scanner are, as its guest tells. No history: they change several times a day.

export interface GuestDefinitions {
  version: string;
  /** ISO instant; null where the guest does not tell. */
  updatedAt: string | null;
}

export interface DefinitionStore {
  save(vmId: string, told: GuestDefinitions, at: string): Promise<void>;
  definitions(): Promise<(GuestDefinitions & { vmId: string; seenAt: string })[]>;
}
