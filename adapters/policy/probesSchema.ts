// What is probed of a category's machines besides agent, boot and services. Nothing, unless policy says so.

import { z } from 'zod';
import { name, whole } from './forms.js';

const line = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^\P{Cc}*$/u, 'must be one line of text, without control characters');

/** The machine asks itself: a check never leaves it. */
const localUrl = line(500).refine((text) => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username } = new URL(text);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return isLocal && username === '' && (protocol === 'http:' || protocol === 'https:');
}, 'must be an address on the machine itself, such as http://localhost/health');

const httpCheck = z.strictObject({
  name,
  url: localUrl,
  status: whole(100, 599).default(200),
  text: line(500).nullable().default(null),
});

/** Windows hands parameters over on a command line, which ends at 32,767 characters. */
const scriptCharactersMax = 8_000;

const teamScript = z.strictObject({
  name,
  osType: z.enum(['windows', 'linux']),
  text: z
    .string()
    .max(scriptCharactersMax)
    .regex(/\S/, 'must do something')
    .refine((text) => !text.includes('\u0000'), 'must be text'),
  timeoutSeconds: whole(1, 60).default(30),
});

const band = (most: number) => z.number().min(0).max(most).nullable().default(null);

const probeRules = z
  .strictObject({
    ports: z.array(whole(1, 65_535)).max(50).default([]),
    http: z.array(httpCheck).max(10).default([]),
    newErrors: z.boolean().default(false),
    ignoredErrors: z
      .array(line(300).refine((glob) => /[^*\s]/.test(glob), 'must name something; `*` stands for any characters'))
      .max(500)
      .default([]),
    counters: z
      .strictObject({ processorPointsMax: band(100), memoryPercentMax: band(100), diskPointsMax: band(100) })
      .prefault({}),
    scripts: z.array(teamScript).max(10).default([]),
  })
  .superRefine(({ http, scripts }, context) => {
    for (const [list, names] of [
      ['http', http.map((one) => one.name)],
      ['scripts', scripts.map((one) => one.name)],
    ] as const)
      for (const [index, held] of names.entries())
        if (names.indexOf(held) !== index)
          context.addIssue({
            code: 'custom',
            path: [list, index, 'name'],
            message: `${held} is there twice: rename one of them`,
          });
  });

/** By the category's name. */
export const probesSchema = z.record(z.string().max(100), probeRules);
