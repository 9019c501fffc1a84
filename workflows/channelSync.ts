// One visit to a channel: what the vendor lists, what of it changed, document after document. New patches start a cycle unasked.

import { continueAsNew, setCurrentDetails } from '@temporalio/workflow';
import { nothingTaken, sumOf, type Taken } from '../domain/channel.js';
import type { Skipped } from '../domain/skipped.js';
import { bulk, records } from './proxies.js';
import { startOrRepeatCycle } from './unaskedCycle.js';

export interface ChannelSyncInput {
  channel: string;
  /** Null at the beginning; a visit of very many documents goes on in a new history. */
  begun: { taken: Taken; skipped: Skipped[] } | null;
}

export interface ChannelSyncResult extends Taken {
  health: string;
}

const batchesPerHistory = 200;

export async function channelSync({ channel, begun }: ChannelSyncInput): Promise<ChannelSyncResult> {
  setCurrentDetails(`Listing ${channel}`);
  const listed = begun === null ? await bulk.listChannel({ channel }) : null;
  if (listed?.kind === 'failed') return conclude(channel, nothingTaken, listed.problem, []);
  const skipped = begun?.skipped ?? listed?.skipped ?? [];
  let taken = begun?.taken ?? nothingTaken;
  for (let batch = 0; ; batch += 1) {
    const { remaining, stopped, ...more } = await bulk.readChannel({ channel });
    taken = sumOf([taken, more]);
    setCurrentDetails(`${taken.read} documents read, ${taken.troubled} could not be taken`);
    if (!remaining || stopped) return conclude(channel, taken, stopped ? more.problem : null, skipped);
    if (batch === batchesPerHistory) await continueAsNew<typeof channelSync>({ channel, begun: { taken, skipped } });
  }
}

/** `problem`: why the vendor could not be read at all; single documents that are wrong are shown with the channel. */
async function conclude(
  channel: string,
  taken: Taken,
  problem: string | null,
  skipped: Skipped[],
): Promise<ChannelSyncResult> {
  const { health, startCycle: wantsCycle } = await records.concludeVisit({ channel, problem, taken, skipped });
  if (wantsCycle) await startOrRepeatCycle('channels told something new');
  setCurrentDetails(
    `${health}. ${taken.read} documents read, ${taken.added} patches new, ${taken.revised} changed, facts of ${taken.risks} CVEs changed`,
  );
  return { ...taken, problem: problem ?? taken.problem, health };
}
