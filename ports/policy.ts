// What governs, and when windows open. Zone arithmetic needs a library, so windows are a port and their answers are data in UTC.

import type { Person, Policy, WindowRule } from '../domain/policy.js';
import type { RunTimes } from '../domain/run.js';

export interface PolicyPort {
  current(): Promise<Policy>;
  people(): Promise<Person[]>;
}

/** One opening of a window. `occurrence` names it, e.g. `web-weekly@2026-11-24`: rule id and the local date it opens on. */
export type WindowOccurrence = RunTimes & { occurrence: string };

export interface WindowPort {
  /** The first occurrence that is planned strictly after the instant: one already planned, or open, is never returned. */
  next(rule: WindowRule, after: string): WindowOccurrence;
}
