// Who had a hand in what is decided on: whoever edited a verdict never approves it (I6).

import type { Ports } from './ports.js';

export async function editorsOf({ inventory }: Ports, patchId: string, category: string): Promise<string[]> {
  const verdicts = await inventory.stageTests.verdicts({ patchId, category });
  return [...new Set(verdicts.map(({ by }) => by))].sort();
}
