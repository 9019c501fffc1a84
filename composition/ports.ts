// Fills the ports of the activities with their adapters.

import type { Client } from '@temporalio/client';
import type { Ports } from '../activities/ports.js';
import { connectAzure } from '../adapters/azure/azure.js';
import { createGuest } from '../adapters/azure/guestInventory.js';
import type { AzureOptions } from '../adapters/azure/session.js';
import { createChannels } from '../adapters/channels/channels.js';
import { once } from '../adapters/once.js';
import { createNotices } from '../adapters/notices/notices.js';
import { createWindows } from '../adapters/policy/windows.js';
import { digests } from '../adapters/signatures/ed25519.js';
import { createMailer } from '../adapters/smtp/mailer.js';
import { createEngine } from '../adapters/temporal/engine.js';
import { createWsus } from '../adapters/wsus/wsus.js';
import { AzureFailure, type AzurePort, type VmAddress } from '../ports/azure.js';
import type { ChannelKind } from '../domain/channel.js';
import type { ChannelsPort } from '../ports/channel.js';
import type { Clock } from '../ports/clock.js';
import type { Inventory } from '../ports/inventory.js';
import type { PolicyPort } from '../ports/policy.js';
import type { SignaturePort } from '../ports/signatures.js';
import type { UpdateServerPort } from '../ports/updateServer.js';
import type { Policy } from '../domain/policy.js';

export const systemClock: Clock = { now: () => new Date().toISOString() };

export interface PortsInput {
  inventory: Inventory;
  client: Client;
  policy: PolicyPort;
  azure: AzureOptions;
  /** Where the simulated vendors are; null: channels are read where policy says. */
  feeds: { url: string; ca: string } | null;
  verifying: SignaturePort;
  smtpUrl: string;
}

export async function createPorts(input: PortsInput): Promise<Ports & { close(): void }> {
  const policy = await input.policy.current();
  const azure = connectAzure(input.azure);
  const mail = createMailer({ url: input.smtpUrl, from: policy.mail.from });
  return {
    inventory: input.inventory,
    azure,
    guest: createGuest({ azure, pollSeconds: scriptPollSeconds(policy), timeoutSeconds: scriptTimeoutSeconds }),
    updateServer: updateServerOf(policy, azure),
    channels: channelsOf(input),
    notices: createNotices({ mail }),
    policy: input.policy,
    windows: createWindows(),
    engine: createEngine(input.client),
    digests: { ...digests, ...input.verifying },
    clock: systemClock,
    close: () => mail.close(),
  };
}

/** Where each vendor's documents begin at the simulator. */
const simulatedPlaces: Record<ChannelKind, string | null> = {
  msrc: '/msrc/cvrf/v3.0',
  kev: '/cisa/known_exploited_vulnerabilities.json',
  epss: '/epss/epss_scores-current.csv.gz',
  vulnrichment: '/vulnrichment',
  usn: '/ubuntu/security/notices.json',
  csaf: '/redhat/csaf/v2/provider-metadata.json',
  osv: null,
};

function channelsOf({ policy, feeds }: PortsInput): ChannelsPort {
  if (feeds === null) return createChannels({ policy, fetching: {} });
  return createChannels({
    policy,
    fetching: { ca: feeds.ca, allowPrivate: true },
    addressOf: ({ kind }) => {
      const place = simulatedPlaces[kind];
      return place === null ? null : `${feeds.url}${place}`;
    },
  });
}

/** Scripts are waited for within one attempt of an activity. */
const scriptTimeoutSeconds = 240;

function scriptPollSeconds(policy: Policy): number {
  return Math.min(15, policy.polls.floorSeconds);
}

function updateServerOf(policy: Policy, azure: AzurePort): UpdateServerPort | null {
  const azureId = policy.updateServer.azureId?.toLowerCase();
  if (azureId === undefined) return null;
  const [pollSeconds, timeoutSeconds] = [scriptPollSeconds(policy), scriptTimeoutSeconds];
  return createWsus({ azure, host: once(() => hostOf(azureId, azure)), pollSeconds, timeoutSeconds });
}

/** The host's region is Azure's to tell. */
async function hostOf(azureId: string, azure: AzurePort): Promise<VmAddress> {
  const found = (await azure.listVms()).find((machine) => machine.azureId === azureId);
  if (found !== undefined) return { azureId, location: found.location };
  const told = `no machine of the configured subscriptions is the update server ${azureId}: mend updateServer.azureId in policy`;
  throw new AzureFailure('notFound', told, null, null);
}
