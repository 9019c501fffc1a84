// What governs, and when windows open. Zone arithmetic needs a library, so windows are a port and their answers are data in UTC.

import type { Person, Policy, WindowRule } from '../domain/policy.js';
import type { RunTimes } from '../domain/run.js';

export interface PolicyPort {
  current(): Promise<Policy>;
  people(): Promise<Person[]>;
}

/** A policy as operators write it. */
export interface PolicySource {
  file: string;
  /** YAML. */
  text: string;
}

export interface PolicyProblem {
  file: string;
  line: number;
  column: number;
  path: string;
  /** What is wrong, and what to do. */
  message: string;
}

export interface PolicyReader {
  read(
    sources: readonly PolicySource[],
  ): { policy: Policy; problems: [] } | { policy: null; problems: PolicyProblem[] };
}

/** One opening of a window. `occurrence` names it, e.g. `web-weekly@2026-11-24`: rule id and the local date it opens on. */
export type WindowOccurrence = RunTimes & { occurrence: string };

export interface WindowPort {
  /** The first occurrence that is planned strictly after the instant: one already planned, or open, is never returned. */
  next(rule: WindowRule, after: string): WindowOccurrence;
}
