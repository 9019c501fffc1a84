// Tests that said nothing: somebody is asked to judge them, reminded, and what came of it is read from the rows. Silence offers nothing (I5).

import type { StagingTrial } from './stageTest.js';
import type { CategoryTest } from '../domain/stageTest.js';
import { tellApprovers } from './concerned.js';
import type { Ports } from './ports.js';

export interface AskedVerdict {
  category: string;
  runKey: string;
  /** ISO instant after which nobody is waited for. */
  until: string;
  remindEverySeconds: number;
}

export function createTestVerdictActivities(ports: Ports) {
  return {
    /** Those that a person can judge: there was a test, and its machines left it open. */
    async askVerdicts(input: {
      patchId: string;
      trials: StagingTrial[];
      tests: CategoryTest[];
    }): Promise<AskedVerdict[]> {
      const { verdictWithinMinutes, remindAfterMinutes } = (await ports.policy.current()).tests;
      const asked: AskedVerdict[] = [];
      for (const { category, runKey } of input.trials) {
        const test = input.tests.find((one) => one.category === category);
        // Others are to look first.
        if (runKey === null || test?.verdict !== 'inconclusive' || test.checks !== undefined) continue;
        const [held] = await ports.inventory.tests.testResults({ patchId: input.patchId, category, runKey });
        if (held === undefined) continue;
        const checks = await ports.inventory.checklists.checks({ runKey });
        // Where people were waited for before, its time begins when that was over.
        const since = [held.at, ...checks.map((check) => check.until)].map((instant) => Date.parse(instant));
        const until = new Date(Math.max(...since) + verdictWithinMinutes * 60_000).toISOString();
        asked.push({ category, runKey, until, remindEverySeconds: remindAfterMinutes * 60 });
        await tell(input.patchId, { category, runKey, until }, test.reasons, 0);
      }
      return asked;
    },

    /** What the rows say now; null while nobody has judged it. */
    async readVerdict(input: { patchId: string; category: string; runKey: string }): Promise<CategoryTest | null> {
      const [held] = await ports.inventory.tests.testResults(input);
      if (held === undefined || held.verdict === 'inconclusive') return null;
      return { category: input.category, verdict: held.verdict, reasons: held.reasons };
    },

    async remindOfVerdict(input: { patchId: string; asked: AskedVerdict; count: number }): Promise<void> {
      const { patchId, asked } = input;
      const [held] = await ports.inventory.tests.testResults({
        patchId,
        category: asked.category,
        runKey: asked.runKey,
      });
      await tell(patchId, asked, held?.reasons ?? [], input.count);
    },
  };

  async function tell(
    patchId: string,
    { category, runKey, until }: Pick<AskedVerdict, 'category' | 'runKey' | 'until'>,
    reasons: string[],
    count: number,
  ): Promise<void> {
    const what = `the test of ${patchId} for ${category} said nothing: judge it`;
    await tellApprovers(ports, {
      kind: 'testInconclusive',
      patchId,
      category,
      subject: count === 0 ? `Needs a verdict: ${what}` : `Reminder ${count}: ${what}`,
      lines: [
        ...reasons,
        `patchline test show ${runKey} ${patchId}`,
        `patchline test verdict ${runKey} ${patchId} passed|failed --category ${category} --reason …`,
        `Whoever judges it does not approve it. Nobody is waited for after ${until}: then it is not offered.`,
      ],
      occasion: `test/${runKey}/${patchId}/${category}/${count}`,
    });
  }
}
