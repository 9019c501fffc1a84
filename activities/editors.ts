// Who had a hand in what is decided on: whoever edited a verdict, or asked for an emergency, never approves it (I6).

import type { Ports } from './ports.js';

export async function editorsOf({ inventory }: Ports, patchId: string, category: string): Promise<string[]> {
  const verdicts = await inventory.stageTests.verdicts({ patchId, category });
  const emergencies = await inventory.emergencies.emergencies({ patchIds: [patchId], category, status: 'open' });
  return [...new Set([...verdicts.map(({ by }) => by), ...emergencies.map((one) => one.requestedBy)])].sort();
}
