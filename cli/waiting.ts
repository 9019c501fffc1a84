// Waiting for what was asked for: a cycle, an inventory, an audit. Its end is for the caller to judge.

import { setTimeout as pause } from 'node:timers/promises';
import type { CycleView } from '../api/contract/index.js';
import type { ApiClient } from './client.js';

/** `path`: where it was asked for; its id below it is looked at until it no longer runs. */
export async function untilEnded(client: ApiClient, path: string, asked: CycleView): Promise<CycleView> {
  let view = asked;
  while (view.status === 'RUNNING') {
    await pause(1000);
    view = await client.get<CycleView>(`${path}/${encodeURIComponent(view.cycleId)}`);
  }
  return view;
}
