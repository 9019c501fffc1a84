// One authenticated way to Azure: the SDK's clients with retries off, since the SDK repeats POSTs and an install would run twice (I3).

import { ComputeManagementClient } from '@azure/arm-compute';
import { ResourceGraphClient } from '@azure/arm-resourcegraph';
import { ClientSecretCredential, DefaultAzureCredential, type TokenCredential } from '@azure/identity';
import { z } from 'zod';

export interface AzureOptions {
  /** Null: the public cloud through `DefaultAzureCredential`. */
  simulator: { url: string; ca: string; tenantId: string; clientId: string; clientSecret: string } | null;
  /** Subscriptions to read. */
  subscriptions: string[];
}

export interface AzureSession {
  compute(subscriptionId: string): ComputeManagementClient;
  graph: ResourceGraphClient;
  subscriptions: string[];
}

/** `AZURE_SUBSCRIPTION_IDS`: ids, comma-separated. Credentials are found by `DefaultAzureCredential`. */
export function azureFromEnvironment(environment: NodeJS.ProcessEnv): AzureOptions | null {
  const text = environment['AZURE_SUBSCRIPTION_IDS'] ?? environment['AZURE_SUBSCRIPTION_ID'];
  if (text === undefined || text.trim() === '') return null;
  const read = z
    .array(z.guid())
    .min(1)
    .safeParse(text.split(',').map((id) => id.trim().toLowerCase()));
  if (!read.success) throw new Error('AZURE_SUBSCRIPTION_IDS must hold subscription ids (GUIDs), comma-separated');
  return { simulator: null, subscriptions: read.data };
}

/** A request that hangs must end before its activity does, and some activities send two. */
export const requestTimeoutMs = 25_000;

export function openAzureSession({ simulator, subscriptions }: AzureOptions): AzureSession {
  const credential = credentialFor(simulator);
  const options = {
    retryOptions: { maxRetries: 0 },
    ...(simulator === null ? {} : { endpoint: simulator.url, tlsOptions: { ca: simulator.ca } }),
  };
  const clients = new Map<string, ComputeManagementClient>();
  const limit = { name: 'requestTimeout', sendRequest: withTimeout };
  return {
    subscriptions,
    graph: limited(new ResourceGraphClient(credential, { ...options, ...graphScope(simulator) }), limit),
    compute(subscriptionId) {
      const held =
        clients.get(subscriptionId) ?? limited(new ComputeManagementClient(credential, subscriptionId, options), limit);
      clients.set(subscriptionId, held);
      return held;
    },
  };
}

function graphScope(simulator: AzureOptions['simulator']): { credentialScopes?: string[] } {
  return simulator === null ? {} : { credentialScopes: ['https://management.azure.com/.default'] };
}

type Policy = Parameters<ComputeManagementClient['pipeline']['addPolicy']>[0];

const withTimeout: Policy['sendRequest'] = (request, next) => {
  request.timeout = requestTimeoutMs;
  return next(request);
};

function limited<T extends { pipeline: { addPolicy(policy: Policy): void } }>(client: T, policy: Policy): T {
  client.pipeline.addPolicy(policy);
  return client;
}

function credentialFor(simulator: AzureOptions['simulator']): TokenCredential {
  if (simulator === null) return new DefaultAzureCredential();
  const { tenantId, clientId, clientSecret, url, ca } = simulator;
  return new ClientSecretCredential(tenantId, clientId, clientSecret, {
    authorityHost: url,
    disableInstanceDiscovery: true,
    tlsOptions: { ca },
  });
}
