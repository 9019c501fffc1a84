// Who had a hand in what is decided on: whoever edited a verdict or an impact, ticked a checklist, or asked for an emergency, never approves it (I6).

import type { Ports } from './ports.js';

export async function editorsOf({ inventory }: Ports, patchId: string, category: string): Promise<string[]> {
  const verdicts = await inventory.stageTests.verdicts({ patchId, category });
  const edits = await inventory.impacts.edits({ patchId, category });
  const emergencies = await inventory.emergencies.emergencies({ patchIds: [patchId], category, status: 'open' });
  const askers = emergencies.map((one) => one.requestedBy);
  const checks = await inventory.checklists.checks({ patchId, category });
  const tickers = checks.flatMap(({ by }) => by ?? []);
  return [...new Set([...[...verdicts, ...edits].map(({ by }) => by), ...askers, ...tickers])].sort();
}
