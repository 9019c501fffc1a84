// Checklists of staging runs: opened when the machines are done, told to whoever is responsible, and what they come to (I1, I5, I10).

import { checkedVerdict, isResponsible, isWaiting, whoOf, type Check } from '../domain/checklist.js';
import type { CategoryTest, OpenChecks, SetVerdict } from '../domain/stageTest.js';
import { approversOf } from './concerned.js';
import type { Ports } from './ports.js';

export function createChecklistActivities(ports: Ports) {
  return {
    async remindOfChecks(input: { runKey: string; count: number }): Promise<void> {
      const checks = await ports.inventory.checklists.checks({ runKey: input.runKey });
      if (isWaiting(checks, ports.clock.now())) await tellChecks(ports, checks, input.count);
    },
  };
}

/** What a set comes to with its checklist. `checks` empty: policy wants none. `open` null: nobody is waited for. */
export interface Checked {
  found: SetVerdict;
  checks: Check[];
  open: OpenChecks | null;
}

/** Opens the list where policy has one for the category; a list that was opened stands, whatever policy says by now. */
export async function withChecklist(
  ports: Ports,
  { runKey, category }: { runKey: string; category: string },
  found: SetVerdict,
): Promise<Checked> {
  const { checklists } = ports.inventory;
  const { tests } = await ports.policy.current();
  let checks = await checklists.checks({ runKey });
  const now = ports.clock.now();
  if (checks.length === 0 && found.verdict !== 'failed') {
    const until = new Date(Date.parse(now) + tests.checklistWithinMinutes * 60_000).toISOString();
    const nothingYet = { outcome: null, by: null, note: null, at: null };
    const wanted = (tests.checklists[category] ?? []).map((item) => ({
      ...item,
      ...nothingYet,
      runKey,
      category,
      assignedAt: now,
      until,
    }));
    checks = await checklists.open(runKey, wanted);
  }
  // Told again by a repeated activity, it reaches each person once.
  if (isWaiting(checks, now)) await tellChecks(ports, checks, 0);
  const [first] = checks;
  const open =
    first !== undefined && found.verdict !== 'failed' && isWaiting(checks, now)
      ? { runKey, until: first.until, remindEverySeconds: tests.remindAfterMinutes * 60 }
      : null;
  return { found: checkedVerdict(found, checks, now), checks, open };
}

/** Each who is responsible hears of their own items; where nobody is, those who decide for the category. */
async function tellChecks(ports: Ports, checks: Check[], count: number): Promise<void> {
  const people = await ports.policy.people();
  const waiting = checks.filter((check) => check.outcome === null);
  for (const who of [...new Set(waiting.map(whoOf))].sort()) {
    const mine = waiting.filter((check) => whoOf(check) === who).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const [first] = mine;
    if (first === undefined) continue;
    const { runKey, category, until } = first;
    const responsible = people.filter((person) => isResponsible(first, person)).map((person) => person.mail);
    const rows = await ports.inventory.runs.manifest({ runKey });
    const patchIds = [...new Set(rows.filter((row) => row.wave > 0).map((row) => row.patchId))].sort();
    const machines = [...new Set(rows.filter((row) => row.wave > 0).map((row) => row.vmName))].sort();
    const what = `the staging machines of ${category} are to be looked at`;
    await ports.notices.tell({
      kind: 'checklist',
      occasion: `checklist/${runKey}/${who}/${count}`,
      urgency: 'routine',
      to: responsible.length > 0 ? responsible : await approversOf(ports, [category], null),
      subject: count === 0 ? `To check: ${what}` : `Reminder ${count}: ${what}`,
      lines: [
        ...(responsible.length > 0 ? [] : [`Nobody has the role or name ${who}: mend tests.checklists in policy.`]),
        `${patchIds.join(', ')} were installed on ${machines.join(', ')}.`,
        ...mine.map(({ name, text }) => `${name}: ${text}`),
        `patchline test check ${patchIds[0] ?? 'PATCH'} ${category} ${first.name} --passed|--failed --note …`,
        `Whoever checks does not approve. Nobody is waited for after ${until}: then the test has not passed.`,
      ],
      patchId: null,
      category,
    });
  }
}

/** The saved test follows once nobody is waited for. */
export async function keepChecked(
  ports: Ports,
  place: { runKey: string; category: string },
  { found, checks, open }: Checked,
): Promise<CategoryTest> {
  const { verdict, reasons } = found;
  if (open !== null) return { category: place.category, verdict, reasons, checks: open };
  if (checks.length > 0) await ports.inventory.stageTests.settleChecked(place, found, ports.clock.now());
  return { category: place.category, verdict, reasons };
}
