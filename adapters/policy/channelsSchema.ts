// The channels: where vendors announce patches and dangers, and how often each is read.

import { z } from 'zod';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be 1 to 40 lower-case letters, digits or `-`');
const address = z.url({ protocol: /^https$/, error: 'must be an https address' });
const kinds = ['msrc', 'kev', 'epss', 'vulnrichment', 'usn', 'csaf', 'osv'] as const;

export const channelRuleSchema = z.strictObject({
  name,
  kind: z.enum(kinds),
  url: address,
  fallbackUrl: address.nullable().default(null),
  everyMinutes: z
    .int()
    .min(5)
    .max(31 * 24 * 60)
    .nullable()
    .default(24 * 60),
  historyDays: z.int().min(1).max(3660).default(400),
  only: z
    .array(z.string().regex(/^[\w:.*-]{1,100}$/, 'must be a document id, in which `*` stands for any characters'))
    .max(100)
    .default([]),
  publicKey: z
    .string()
    .max(50_000)
    .regex(/^\s*-----BEGIN PGP PUBLIC KEY BLOCK-----/, 'must be an armoured OpenPGP public key')
    .nullable()
    .default(null),
});

/** Addresses as the vendors publish them. */
const defaultSources: z.input<typeof channelRuleSchema>[] = [
  { name: 'msrc', kind: 'msrc', url: 'https://api.msrc.microsoft.com/cvrf/v3.0', everyMinutes: 60 },
  {
    name: 'kev',
    kind: 'kev',
    url: 'https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json',
    fallbackUrl: 'https://raw.githubusercontent.com/cisagov/kev-data/main/known_exploited_vulnerabilities.json',
    everyMinutes: 6 * 60,
  },
  { name: 'epss', kind: 'epss', url: 'https://epss.empiricalsecurity.com/epss_scores-current.csv.gz' },
  {
    name: 'vulnrichment',
    kind: 'vulnrichment',
    url: 'https://raw.githubusercontent.com/cisagov/vulnrichment/develop',
  },
  { name: 'ubuntu', kind: 'usn', url: 'https://ubuntu.com/security/notices.json', everyMinutes: 6 * 60 },
  {
    name: 'redhat',
    kind: 'csaf',
    url: 'https://security.access.redhat.com/data/csaf/v2/provider-metadata.json',
    everyMinutes: 6 * 60,
  },
];

export const channelsSchema = z
  .strictObject({
    sources: z.array(channelRuleSchema).max(100).prefault(defaultSources),
    startCycle: z.boolean().default(true),
    silentHoursMax: z
      .int()
      .min(1)
      .max(31 * 24)
      .default(48),
    shrunkHours: z
      .number()
      .min(0)
      .max(14 * 24)
      .default(6),
  })
  .refine(
    ({ sources }) => new Set(sources.map((one) => one.name)).size === sources.length,
    'two channels have one name',
  );
