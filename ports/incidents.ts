// Incidents and their notes.

import type { Fix } from '../domain/patchHistory.js';

export interface IncidentNote {
  /** ISO instant. */
  at: string;
  by: string;
  text: string;
}

/** A case with the vendor or another provider about a patch, a machine, or both. */
export interface Incident {
  incidentId: string;
  patchId: string | null;
  vmId: string | null;
  provider: string;
  /** The provider's own number. */
  number: string;
  title: string;
  openedAt: string;
  openedBy: string;
  closedAt: string | null;
  closedBy: string | null;
  outcome: string | null;
  /** What made the patch usable in the end, if anything did. */
  fix: Fix | null;
  notes: IncidentNote[];
  links: string[];
}

export interface IncidentStore {
  /** Null when the provider's number is known already: then nothing is changed. */
  open(
    incident: Omit<Incident, 'closedAt' | 'closedBy' | 'outcome' | 'fix' | 'notes'> & { note: string | null },
  ): Promise<Incident | null>;
  /** Null when there is none, or it is closed. */
  note(incidentId: string, note: IncidentNote): Promise<Incident | null>;
  /** Null when there is none, or it is closed already. */
  close(
    incidentId: string,
    end: { at: string; by: string; outcome: string; fix: Fix | null },
  ): Promise<Incident | null>;
  /** Newest first. */
  incidents(filter: {
    incidentId?: string;
    patchId?: string;
    vmId?: string;
    open?: boolean;
    /** Id of the one that a page before ended with. */
    after?: string;
    limit?: number;
  }): Promise<Incident[]>;
}
