// Everything that the environment may set, read once and checked. An unusable value stops the start with what to do about it.

import { join, resolve } from 'node:path';
import { z } from 'zod';

const flag = z.enum(['0', '1', 'false', 'true', '']).transform((text) => text === '1' || text === 'true');
const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

/**
 * Workflows that a worker holds in memory. One that is not is replayed from its history when something happens to it: most wait for days. Measured by
 * `bench waiting`; the SDK's own number grows with the machine's memory.
 */
export const workflowsCachedDefault = 100;

const shape = z.object({
  PATCHLINE_DATA_DIR: z.string().min(1).default('.patchline'),
  PATCHLINE_HOST: z.string().min(1).default('127.0.0.1'),
  PATCHLINE_PORT: whole(1, 65_535).default(8080),
  /** Where people reach the API and the page: messages lead there. */
  PATCHLINE_TEMPORAL_UI: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
  PATCHLINE_PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
  PATCHLINE_POLICY: z.string().min(1).optional(),
  /** File of the local people and their tokens; left out: `people.json` in the data directory. */
  PATCHLINE_PEOPLE: z.string().min(1).optional(),
  /** Public half of the key that signs decisions: the API writes it there too, workers read it. */
  PATCHLINE_VERIFICATION_KEY: z.string().min(1).optional(),
  PATCHLINE_FEEDS_DIR: z.string().min(1).optional(),
  PATCHLINE_SEED: whole(0, 2 ** 31).default(1),
  PATCHLINE_VMS: whole(2, 5000).default(60),
  /** How many times faster than the real Azure the simulated one runs. */
  PATCHLINE_SPEED: whole(1, 1_000_000).default(600),
  PATCHLINE_WORKFLOWS_CACHED: whole(2, 1_000_000).default(workflowsCachedDefault),
  TEMPORAL_ADDRESS: z.string().min(1).optional(),
  TEMPORAL_NAMESPACE: z.string().min(1).default('patchline'),
  TEMPORAL_API_KEY: z.string().min(1).optional(),
  TEMPORAL_TLS: flag.default(false),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be postgresql://user:password@host:5432/database' })
    .optional(),
  /** An OpenID Connect provider; left out: the embedded one, where nobody but this machine reaches Patchline. */
  OIDC_ISSUER: z
    .url({ protocol: /^https?$/, error: 'must be the issuer’s https address, as its tokens name it' })
    .optional(),
  OIDC_CLIENT_ID: z.string().min(1).optional(),
  OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  /** What bearer tokens must be for; left out: none are taken. */
  OIDC_AUDIENCE: z.string().min(1).optional(),
  OIDC_SCOPE: z
    .string()
    .regex(/(^| )openid( |$)/, 'must contain openid')
    .default('openid profile email'),
  OIDC_SUBJECT_CLAIM: z.string().min(1).default('sub'),
  OIDC_NAME_CLAIM: z.string().min(1).default('preferred_username'),
  OIDC_CLI_CLIENT_ID: z.string().min(1).optional(),
  OIDC_CLI_SCOPE: z.string().min(1).default('openid profile email offline_access'),
  PATCHLINE_SESSION_IDLE_MINUTES: whole(1, 24 * 60).default(60),
  PATCHLINE_SESSION_HOURS: whole(1, 24 * 7).default(12),
  /** From one address; sign-ins are counted for themselves. */
  PATCHLINE_REQUESTS_PER_MINUTE: whole(10, 1_000_000).default(6000),
  PATCHLINE_SIGN_INS_PER_MINUTE: whole(1, 1_000_000).default(60),
  /** Addresses of reverse proxies whose word on where a request came from is taken. */
  PATCHLINE_TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((text) => text.split(/[\s,]+/).filter((one) => one !== '')),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'must be smtp://host:port or smtps://user:password@host:port' })
    .optional(),
});

export type Settings = z.output<typeof shape> & { dataDir: string };

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Empty variables count as not set. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const read = shape.safeParse(given);
  if (!read.success) {
    throw new SettingsError(read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
  }
  if ((read.data.OIDC_ISSUER === undefined) !== (read.data.OIDC_CLIENT_ID === undefined))
    throw new SettingsError('OIDC_ISSUER and OIDC_CLIENT_ID belong together: set both, or neither');
  return { ...read.data, dataDir: resolve(read.data.PATCHLINE_DATA_DIR) };
}

export function peopleFile(settings: Settings): string {
  return settings.PATCHLINE_PEOPLE ?? join(settings.dataDir, 'people.json');
}
