// The way people sign in: the provider that the settings name, or the embedded one, or none where neither may be.

import { join } from 'node:path';
import { ProviderExposed, startEmbeddedProvider } from '../adapters/identity/embeddedProvider.js';
import { createOpenId, type OpenIdOptions } from '../adapters/identity/openId.js';
import type { People } from '../adapters/policy/people.js';
import type { WebSettings } from '../api/parts.js';
import { embeddedIssuer, type IdentityPort } from '../ports/identity.js';
import type { Settings } from './settings.js';

export interface SignIn {
  identity: IdentityPort | null;
  web: WebSettings;
  close(): Promise<void>;
}

/** Of the namespace, at the engine's own pages. */
export function workflowsUrl(uiUrl: string | null, { TEMPORAL_NAMESPACE }: Settings): string | null {
  return uiUrl === null
    ? null
    : `${uiUrl.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(TEMPORAL_NAMESPACE)}/workflows`;
}

export function webSettings(settings: Settings): WebSettings {
  const publicUrl = settings.PATCHLINE_PUBLIC_URL ?? `http://${settings.PATCHLINE_HOST}:${settings.PATCHLINE_PORT}`;
  return {
    publicUrl: publicUrl.replace(/\/+$/, ''),
    session: {
      idleMinutes: settings.PATCHLINE_SESSION_IDLE_MINUTES,
      hoursMax: settings.PATCHLINE_SESSION_HOURS,
    },
    requestsPerMinute: settings.PATCHLINE_REQUESTS_PER_MINUTE,
    signInsPerMinute: settings.PATCHLINE_SIGN_INS_PER_MINUTE,
    trustedProxies: settings.PATCHLINE_TRUSTED_PROXIES,
    workflowsUrl: workflowsUrl(settings.PATCHLINE_TEMPORAL_UI ?? null, settings),
  };
}

/** The provider that OIDC_ISSUER names; null where none is named. */
export function configuredIdentity(settings: Settings): IdentityPort | null {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId } = settings;
  if (issuer === undefined || clientId === undefined) return null;
  return createOpenId({
    issuer,
    knownAs: null,
    clientId,
    clientSecret: settings.OIDC_CLIENT_SECRET ?? null,
    audience: settings.OIDC_AUDIENCE ?? null,
    scope: settings.OIDC_SCOPE,
    subjectClaim: settings.OIDC_SUBJECT_CLAIM,
    nameClaim: settings.OIDC_NAME_CLAIM,
    cliClientId: settings.OIDC_CLI_CLIENT_ID ?? null,
    cliScope: settings.OIDC_CLI_SCOPE,
  });
}

/** For the embedded system. Where others can reach it, the embedded provider does not start, and `say` tells so: local tokens remain. */
export async function openSignIn(settings: Settings, people: People, say: (message: string) => void): Promise<SignIn> {
  const web = webSettings(settings);
  const configured = configuredIdentity(settings);
  if (configured !== null) return { identity: configured, web, close: async () => {} };
  try {
    const provider = await startEmbeddedProvider({
      file: join(settings.dataDir, 'identity-provider.json'),
      people: people.people.map(({ name, mail }) => ({ name, mail, secrets: people.secretsOf(name) })),
      apiUrls: [web.publicUrl],
      apiHost: settings.PATCHLINE_HOST,
    });
    return { identity: createOpenId(embeddedOptions(provider)), web, close: () => provider.close() };
  } catch (failure) {
    if (!(failure instanceof ProviderExposed)) throw failure;
    say(failure.message);
    return { identity: null, web, close: async () => {} };
  }
}

export function embeddedOptions(provider: {
  issuer: string;
  clientId: string;
  cliClientId: string;
  audience: string;
}): OpenIdOptions {
  return {
    ...provider,
    knownAs: embeddedIssuer,
    clientSecret: null,
    scope: 'openid profile email',
    subjectClaim: 'sub',
    nameClaim: 'preferred_username',
    cliScope: 'openid profile email offline_access',
  };
}
