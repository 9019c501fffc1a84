// What is kept of deadlines: one row per patch and machine that needs it, the moves that people have to hear of, and what they were told.

import type { Due, DueChange, DueMove } from '../domain/due.js';
import type { HeldFact } from '../domain/heldFact.js';
import type { Alarm } from '../domain/urgency.js';
import type { Environment } from '../domain/vm.js';

/** The waiver that excuses a machine from a patch for now. */
export interface DueWaiver {
  waiverId: string;
  until: string;
  by: string | null;
  reason: string;
}

export interface PlacedDueRow extends Due {
  vmName: string;
  environment: Environment;
  category: string | null;
  computedAt: string;
  /** Null: it is missing. */
  waived: DueWaiver | null;
}

/** One patch in one environment and category. */
export interface DueGroup {
  patchId: string;
  environment: Environment;
  category: string | null;
  /** The most urgent of its machines that no waiver excuses; of all of them where each is excused. */
  tier: string;
  deadline: string | null;
  rule: string | null;
  fact: string | null;
  cve: string | null;
  clockBegan: string | null;
  forensics: boolean;
  machines: number;
  /** Those that a waiver excuses for now. */
  waived: number;
  /** Whose deadline is over, and that nothing excuses. */
  overdue: number;
}

export interface RecordedMove extends DueMove {
  moveId: string;
  at: string;
}

export interface DueFilter {
  patchIds?: string[];
  vmIds?: string[];
  environment?: Environment;
  category?: string;
  /** Only deadlines before this instant. */
  before?: string;
  /** False: only what no waiver excuses. */
  waived?: false;
}

export interface DueStore {
  /** Patches of which anything is stored. */
  patchIds(): Promise<string[]>;
  /**
   * One transaction; recomputations of one patch come one after another. `decide` gets what is stored and tells what differs: that alone is
   * written. Moves are kept until somebody was told. `at`: when the facts were read; what was stored later than that stands.
   */
  recompute(patchId: string, decide: (held: Due[]) => DueChange[], at: string): Promise<DueChange[]>;
  /** In the order of time. */
  untoldMoves(): Promise<RecordedMove[]>;
  movesTold(moveIds: string[], at: string): Promise<void>;
  /** Those of the given that nobody was told of yet. */
  untoldAlarms(alarms: Alarm[]): Promise<Alarm[]>;
  alarmTold(alarm: Alarm, at: string): Promise<void>;
  heldFacts(cves: string[]): Promise<HeldFact[]>;
  /** Replaces what is held of these CVEs. */
  saveHeldFacts(cves: string[], facts: HeldFact[]): Promise<void>;
  /** Of existing machines that need the patch now; the earliest first. `after`: the place that a page before ended with. */
  rows(
    filter: DueFilter & {
      /** At which waivers are looked at; now when left out. */
      now?: string;
      after?: { deadline: string | null; patchId: string; vmId: string };
      limit?: number;
    },
  ): Promise<PlacedDueRow[]>;
  /** The same in groups; the earliest first. `now`: from when on a deadline is over. */
  groups(filter: DueFilter & { now: string }): Promise<DueGroup[]>;
}
