// The identity provider as the command line speaks with it: discovery, and what comes back.

import { allowInsecureRequests, discovery, None, type Configuration, type TokenEndpointResponse } from 'openid-client';

export interface KeptSignIn {
  issuer: string;
  clientId: string;
  accessToken: string;
  refreshToken: string | null;
  /** ISO instant; null: the provider did not say. */
  expiresAt: string | null;
}

export async function connect({ issuer, clientId }: Pick<KeptSignIn, 'issuer' | 'clientId'>): Promise<Configuration> {
  const server = new URL(issuer);
  // Plain http is for a provider on this very machine.
  const isLocal = ['127.0.0.1', '[::1]', 'localhost'].includes(server.hostname);
  return discovery(server, clientId, undefined, None(), {
    timeout: 10,
    execute: isLocal ? [allowInsecureRequests] : [],
  });
}

export function keptOf(
  before: Pick<KeptSignIn, 'issuer' | 'clientId'> & { refreshToken: string | null },
  tokens: TokenEndpointResponse,
): KeptSignIn {
  const { expires_in: seconds } = tokens;
  return {
    issuer: before.issuer,
    clientId: before.clientId,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? before.refreshToken,
    expiresAt: seconds === undefined ? null : new Date(Date.now() + seconds * 1000).toISOString(),
  };
}

export function reasonOf(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  if ('error' in failure && typeof failure.error === 'string') return failure.error;
  return failure.cause instanceof Error ? `${failure.message}: ${failure.cause.message}` : failure.message;
}
