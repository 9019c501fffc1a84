// The channels that policy names, each with the adapter of its kind.

import type { ChannelKind, ChannelRule } from '../../domain/channel.js';
import type { Channel, ChannelsPort } from '../../ports/channel.js';
import type { PolicyPort } from '../../ports/policy.js';
import { createCsafChannel } from './csafChannel.js';
import type { Fetching } from './fetchDocument.js';
import { createMsrcChannel } from './msrc/msrcChannel.js';
import { createOsvChannel } from './osvChannel.js';
import { createEpssChannel, createKevChannel, createVulnrichmentChannel } from './risk/riskChannels.js';
import { createUsnChannel } from './usnChannel.js';

type CreateChannel = (rule: ChannelRule, fetching: Fetching) => Channel;

const byKind: Record<ChannelKind, CreateChannel> = {
  msrc: createMsrcChannel,
  kev: createKevChannel,
  epss: createEpssChannel,
  vulnrichment: createVulnrichmentChannel,
  usn: createUsnChannel,
  csaf: createCsafChannel,
  osv: createOsvChannel,
};

export interface ChannelsOptions {
  policy: PolicyPort;
  fetching: Fetching;
  /** Another address for a channel of policy, e.g. of the simulated vendors; null: policy's own. */
  addressOf?: (rule: ChannelRule) => string | null;
}

export function createChannels({ policy, fetching, addressOf }: ChannelsOptions): ChannelsPort {
  return {
    async all() {
      const { channels } = await policy.current();
      return channels.sources.map((rule) => {
        const address = addressOf?.(rule) ?? null;
        const placed = address === null ? rule : { ...rule, url: address, fallbackUrl: null };
        return byKind[rule.kind](placed, fetching);
      });
    },
  };
}
