// Who had a hand in what is decided on, and in what: whoever edited a verdict or an impact, ticked a checklist, or asked for an emergency, never
// approves it (I6).

import type { Barred } from '../domain/approvalRules.js';
import type { Ports } from './ports.js';

export async function editorsOf({ inventory }: Ports, patchId: string, category: string): Promise<Barred[]> {
  const verdicts = await inventory.stageTests.verdicts({ patchId, category });
  const edits = await inventory.impacts.edits({ patchId, category });
  const emergencies = await inventory.emergencies.emergencies({ patchIds: [patchId], category, status: 'open' });
  const checks = await inventory.checklists.checks({ patchId, category });
  return [
    ...verdicts.map(({ by }) => ({ name: by, why: 'judged its test' })),
    ...edits.map(({ by }) => ({ name: by, why: 'edited its impact' })),
    ...emergencies.map(({ requestedBy }) => ({ name: requestedBy, why: 'asked for an emergency for it' })),
    ...checks.flatMap(({ by }) => (by === null ? [] : [{ name: by, why: 'ticked its checklist' }])),
  ];
}
