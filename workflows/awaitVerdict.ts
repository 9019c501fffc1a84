// A test that said nothing waits for a person, reminding, until its limit; what the rows say then counts (I5, I10).

import { condition, setCurrentDetails } from '@temporalio/workflow';
import type { CategoryTest } from '../domain/stageTest.js';
import type { AskedVerdict } from '../activities/testVerdicts.js';
import { records } from './proxies.js';

/** `news`: how many have come; each may be the verdict. */
export async function awaitVerdict(
  patchId: string,
  asked: AskedVerdict,
  test: CategoryTest,
  news: () => number,
): Promise<CategoryTest> {
  setCurrentDetails(`Its test in ${asked.category} said nothing: awaiting a verdict until ${asked.until}`);
  for (let reminders = 1; ; ) {
    const seen = news();
    const judged = await records.readVerdict({ patchId, category: asked.category, runKey: asked.runKey });
    if (judged !== null) return judged;
    const left = Date.parse(asked.until) - Date.now();
    if (!(left > 0)) return { ...test, reasons: [...test.reasons, `nobody judged it by ${asked.until}`] };
    if (await condition(() => news() > seen, Math.min(left, asked.remindEverySeconds * 1000))) continue;
    if (Date.parse(asked.until) <= Date.now()) continue;
    await records.remindOfVerdict({ patchId, asked, count: reminders });
    reminders += 1;
  }
}
