// Who had a hand in what is decided on: whoever edited a verdict or an impact never approves it (I6).

import type { Ports } from './ports.js';

export async function editorsOf({ inventory }: Ports, patchId: string, category: string): Promise<string[]> {
  const verdicts = await inventory.stageTests.verdicts({ patchId, category });
  const edits = await inventory.impacts.edits({ patchId, category });
  return [...new Set([...verdicts, ...edits].map(({ by }) => by))].sort();
}
