// Baselines and compliance with them.

import type { Baseline, BaselineStatus, Item } from '../domain/baseline.js';
import type { FleetKnowledge } from '../domain/baselineFacts.js';

/** One machine against its baseline, and the audit before. */
export interface ComplianceRecord {
  vmId: string;
  baseline: string;
  version: number;
  items: Item[];
  at: string;
  itemsBefore: Item[] | null;
  before: string | null;
}

export interface BaselineStore {
  /** Existing machines, or one, with what guests and history tell of them. */
  fleetKnowledge(vmId?: string): Promise<FleetKnowledge>;
  /** The next version of the name, as a draft. */
  draft(baseline: Omit<Baseline, 'version' | 'status'>): Promise<Baseline>;
  /**
   * draft → tested → approved; an approved one takes the place of the version approved before. Why it could not be: `unknown`,
   * `wrongStatus`, or `samePerson` when its author would approve it (I6).
   */
  advance(
    name: string,
    version: number,
    to: 'tested' | 'approved' | 'retired',
    who: { by: string; reason: string; at: string },
  ): Promise<Baseline | 'unknown' | 'wrongStatus' | 'samePerson'>;
  /** By name, newest version first. */
  baselines(filter: { name?: string; version?: number; status?: BaselineStatus }): Promise<Baseline[]>;
  /** The newest results; those of before are kept once. A baseline that is another one than before begins anew. */
  saveCompliance(rows: Pick<ComplianceRecord, 'vmId' | 'baseline' | 'version' | 'items'>[], at: string): Promise<void>;
  compliance(vmIds?: string[]): Promise<ComplianceRecord[]>;
}
