// The test repository: every test that ever was, with its evidence.

import type { RunKey } from '../domain/run.js';
import type { BoundedText } from '../domain/testEvidence.js';
import type { SetVerdict } from '../domain/stageTest.js';
import type { PersonsVerdict } from '../domain/testVerdict.js';
import type { ReachedState } from '../domain/testedState.js';

/** A category's verdict on the set that was tested together; one row per patch of the set. */
export interface TestResult {
  runKey: RunKey;
  patchId: string;
  category: string;
  /** Patch ids of everything that was installed together. */
  testedSet: string[];
  verdict: 'passed' | 'failed' | 'inconclusive';
  reasons: string[];
  vmIds: string[];
  downtimeMinutes: number;
  reboots: number;
  at: string;
  /** The state that each staging machine reached; empty of tests from before it was kept. */
  reached?: ReachedState[];
  /** What the patch superseded by the vendor's word when it was tested; null of tests from before it was kept. */
  supersedes?: string[] | null;
}

export interface TestEvidence {
  runKey: string;
  vmId: string;
  item: string;
  /** SHA-256 of what is kept. */
  sha256: string;
  characters: number;
  cut: boolean;
  at: string;
}

export interface StageTestStore {
  /** Newest first. `after`: the test that a page before ended with. */
  tests(filter: {
    patchId?: string | undefined;
    category?: string | undefined;
    vmId?: string;
    verdict?: TestResult['verdict'] | undefined;
    runKey?: string;
    since?: string;
    after?: { at: string; runKey: string; patchId: string };
    limit: number;
  }): Promise<TestResult[]>;
  /** Kept once for each machine and item of a run: what came first stays. */
  keep(runKey: string, texts: (BoundedText & { sha256: string })[], at: string): Promise<void>;
  /** Characters that are kept of a run's tests already. */
  kept(runKey: string): Promise<number>;
  /** Without the texts. */
  evidence(runKey: string): Promise<TestEvidence[]>;
  text(runKey: string, vmId: string, item: string): Promise<string | null>;
  /** The test then says what `settled` says. False when somebody's word stands already: then nothing is changed. */
  judge(verdict: PersonsVerdict, settled: SetVerdict): Promise<boolean>;
  /** What was open until people had looked says what they saw; a person's word that stands is not touched. */
  settleChecked(test: Pick<TestResult, 'runKey' | 'category'>, settled: SetVerdict, at: string): Promise<void>;
  /** Somebody wants what failed to be tested again. */
  askAgain(retry: { patchId: string; category: string; by: string; reason: string; at: string }): Promise<void>;
  /** When that was last, null: never. */
  askedAgainAt(patchId: string, category: string): Promise<string | null>;
  /** The oldest first. */
  verdicts(filter: { runKey?: string; patchId?: string; category?: string }): Promise<PersonsVerdict[]>;
}
