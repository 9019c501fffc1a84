// A test whose machines are done waits for its checklist, reminding, until its limit; what the rows say then counts (I5, I10).

import { condition, setCurrentDetails } from '@temporalio/workflow';
import type { CategoryTest } from '../domain/stageTest.js';
import { records } from './proxies.js';

/** `read`: what the rows say now. `news`: how many have come; each may be a tick. */
export async function awaitChecks(read: () => Promise<CategoryTest>, news: () => number): Promise<CategoryTest> {
  for (let reminders = 1; ; ) {
    const seen = news();
    const test = await read();
    if (test.checks === undefined) return test;
    const { runKey, until, remindEverySeconds } = test.checks;
    setCurrentDetails(`Its test in ${test.category} waits for its checklist until ${until}`);
    const left = Date.parse(until) - Date.now();
    // A clock that is a little ahead of the inventory's asks once more.
    const pause = Math.max(1000, Math.min(left, remindEverySeconds * 1000));
    if (await condition(() => news() > seen, pause)) continue;
    if (Date.parse(until) <= Date.now()) continue;
    await records.remindOfChecks({ runKey, count: reminders });
    reminders += 1;
  }
}
