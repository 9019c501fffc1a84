// Patches and what needs them.

import type { Patch } from '../domain/patch.js';
import type { RunKey } from '../domain/run.js';
import type { PatchStage } from '../domain/stage.js';
import type { TestResult } from './stageTests.js';

export interface Demand {
  vmId: string;
  patchId: string;
  reason: string;
}

export interface PatchRecord {
  patch: Patch;
  stage: PatchStage;
  stageDetail: string;
  firstSeenAt: string;
  needed: number;
}

export interface PatchStore {
  /**
   * Takes what documents say of patches; one that several tell is what all of them say. Stores patches whose content changed; an unchanged
   * one writes nothing.
   */
  savePatches(patches: Patch[], at: string): Promise<{ added: string[]; revised: string[]; unchanged: number }>;
  /** In the order of ids. `after`: id of the patch that a page before ended with. */
  patches(page?: { after?: string; limit: number }): Promise<PatchRecord[]>;
  /** These patches, and all that could supersede them or be superseded by the same: of the same products, packages, or by the vendor's word. */
  related(patchIds: string[]): Promise<Patch[]>;
  /** Patches of which the vendor changed more than the wording after they were first read, and when that was seen last. */
  revisions(): Promise<{ patchId: string; at: string }[]>;
  patch(patchId: string): Promise<PatchRecord | null>;
  /** CVEs that patches name, sorted; `needed`: only of patches that a machine needs. */
  cves(filter: { needed: boolean }): Promise<string[]>;
  setStage(patchId: string, stage: PatchStage, detail: string): Promise<void>;
  /** Replaces the whole demand by what was computed now, in one transaction. */
  replaceDemand(rows: Demand[], at: string): Promise<void>;
  /** These machines need the patch no longer. */
  endDemand(patchId: string, vmIds: string[]): Promise<void>;
  demand(filter: { patchId?: string; vmId?: string; vmIds?: string[] }): Promise<Demand[]>;
}

export interface TestStore {
  saveTestResult(result: TestResult): Promise<void>;
  /** Newest first. */
  testResults(filter: {
    patchId?: string;
    patchIds?: string[];
    category?: string;
    runKey?: RunKey;
    verdict?: TestResult['verdict'];
  }): Promise<TestResult[]>;
}
