// The stage test: enrol a patch on the staging machines of each affected category, and read the verdict from the rows.

import { currentBuild } from '../domain/demand.js';
import { stagingVerdicts, type CategoryTest } from '../domain/stageTest.js';
import { watchedFor, watchWords } from '../domain/testWatch.js';
import type { Vm } from '../domain/vm.js';
import { keepChecked, withChecklist } from './checklists.js';
import { enrolIn } from './deploy.js';
import { placesByUrgency } from './judging.js';
import type { Ports } from './ports.js';
import { waivedOf } from './waived.js';
import { saveTest } from './savedTest.js';
import { settledVerdict } from '../domain/testVerdict.js';

export interface StagingTrial {
  category: string;
  /** Null when no staging machine of the category is to carry the patch: it has it, none is there, or it failed just so. */
  runKey: string | null;
  deadline: string | null;
}

export function createStageTestActivities(ports: Ports) {
  const { patches, fleet, runs, tests, stageTests } = ports.inventory;

  return {
    /** Categories whose production needs the patch, in tier order and by urgency, each enrolled in its next staging window. */
    async enrolStaging(input: { patchId: string; notifyWorkflowId: string }): Promise<StagingTrial[]> {
      const policy = await ports.policy.current();
      const demand = await patches.demand({ patchId: input.patchId });
      const needing = new Set(demand.map((row) => row.vmId));
      const all = (await fleet.vms({ existing: true })).filter((vm) => needing.has(vm.vmId));
      const waived = await waivedOf(ports, input.patchId, all);
      const vms = all.filter((vm) => !waived.has(vm.vmId));
      const affected = policy.categories.filter((rule) =>
        vms.some((vm) => vm.category === rule.name && vm.environment === 'production'),
      );
      const trials: StagingTrial[] = [];
      const places = await placesByUrgency(ports, input.patchId);
      const placeOf = (name: string) => places.get(name) ?? places.size;
      // Within a tier the order is free: whoever is due first is tested first.
      const order = [...affected].sort(
        (a, b) => a.tier - b.tier || placeOf(a.name) - placeOf(b.name) || (a.name < b.name ? -1 : 1),
      );
      for (const { name } of order) {
        const twins = vms.filter((vm) => vm.category === name && vm.environment === 'staging');
        if (twins.length === 0 || (await watched(input.patchId, name, twins)) !== null) {
          trials.push({ category: name, runKey: null, deadline: null });
          continue;
        }
        const enrolled = await enrolIn(ports, 'staging', name, 'staging', {
          patchId: input.patchId,
          category: name,
          digest: null,
          decisionId: null,
          vmIds: twins.map((vm) => vm.vmId),
          notifyWorkflowId: input.notifyWorkflowId,
        });
        trials.push({ category: name, ...enrolled });
      }
      await patches.setStage(input.patchId, 'inTest', `${trials.length} categories`);
      return trials;
    },

    async readTests(input: { patchId: string; trials: StagingTrial[] }): Promise<CategoryTest[]> {
      const results: CategoryTest[] = [];
      for (const trial of input.trials) results.push(await readTrial(input.patchId, trial));
      return results;
    },
  };

  /** Why a category is not tested now although staging needs the patch; null: it is. */
  async function watched(patchId: string, category: string, twins: Vm[]): Promise<string | null> {
    const [test] = await tests.testResults({ patchId, category });
    if (test?.verdict !== 'failed') return null;
    return watchedFor({
      test,
      revisedAt: (await ports.inventory.revisions.newest([patchId], 'content')).get(patchId),
      askedAgainAt: (await stageTests.askedAgainAt(patchId, category)) ?? undefined,
      twins: twins.map((vm) => ({ vmId: vm.vmId, build: vm.osType === 'windows' ? currentBuild(vm) : null })),
    });
  }

  /** Staging has it already: a machine that came late is covered by the test of then, unless the vendor changed the patch since (I1). */
  async function testedBefore(patchId: string, category: string): Promise<CategoryTest> {
    const inconclusive = (reason: string): CategoryTest => ({ category, verdict: 'inconclusive', reasons: [reason] });
    const [test] = await tests.testResults({ patchId, category });
    if (test === undefined)
      return inconclusive('no staging machine of this category needs it: nothing equivalent was tested');
    const revisedAt = (await ports.inventory.revisions.newest([patchId], 'content')).get(patchId);
    if (revisedAt !== undefined && revisedAt > test.at)
      return inconclusive(
        `the vendor changed it at ${revisedAt}, after its test of ${test.at}, and no staging machine needs it`,
      );
    const stands = test.verdict === 'failed' ? [watchWords(test.at)] : [];
    return {
      category,
      verdict: test.verdict,
      reasons: [...test.reasons, `tested at ${test.at} in ${test.runKey}`, ...stands],
    };
  }

  async function readTrial(patchId: string, { category, runKey }: StagingTrial): Promise<CategoryTest> {
    if (runKey === null) return testedBefore(patchId, category);
    const run = await runs.run(runKey);
    if (run === null || run.status !== 'settled')
      return { category, verdict: 'inconclusive', reasons: ['the staging run has not settled'] };
    const rows = await runs.manifest({ runKey });
    const said = stagingVerdicts(rows).find((verdict) => verdict.patchId === patchId);
    if (said === undefined) return { category, verdict: 'inconclusive', reasons: ['the staging run did not carry it'] };
    const checked = await withChecklist(ports, { runKey, category }, said);
    const [given] = await stageTests.verdicts({ runKey, patchId, category });
    const found = settledVerdict(checked.found, rows, given ?? null);
    await saveTest(ports, { runKey, category }, found, rows);
    return keepChecked(ports, { runKey, category }, { ...checked, found });
  }
}
