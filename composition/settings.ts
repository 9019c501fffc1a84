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
  return { ...read.data, dataDir: resolve(read.data.PATCHLINE_DATA_DIR) };
}

export function peopleFile(settings: Settings): string {
  return settings.PATCHLINE_PEOPLE ?? join(settings.dataDir, 'people.json');
}
