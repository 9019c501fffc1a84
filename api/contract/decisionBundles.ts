// Decisions over everything of a category that waits, as the API takes and tells them.

import { z } from 'zod';
import { arrivalWords } from './arrivals.js';
import { DeferEvent } from './decisions.js';

const instant = z.iso.datetime({ offset: true });
const id = z.string().regex(/^[\w.-]{8,80}$/, 'must be 8 to 80 letters, digits, points, dashes');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex');
const verdict = z.enum(['approve', 'defer', 'reject']);
const patchId = z.string().min(1).max(100);
const justification = z.string().max(20_000);
export const bundleSizeMax = 200;

const Shown = z.strictObject({ requestId: z.string().min(1).max(500), patchId, digest: sha256 });

export const BundleInput = z
  .strictObject({
    verdict,
    justification,
    deferUntil: instant.nullable().default(null).describe('With `deferEvent` its limit; null: by policy'),
    deferEvent: DeferEvent.nullish().describe('What a deferral waits for besides its date'),
    bundleDigest: sha256.describe('Of what was shown: of `requests`, or of everything that waits'),
    requests: z
      .array(Shown)
      .min(1)
      .max(bundleSizeMax)
      .optional()
      .describe('What was shown; what came since is not decided. Left out: everything that waits'),
    except: z
      .array(
        z.strictObject({
          patchId,
          verdict: z.enum(['defer', 'reject', 'leave']).describe('leave: it is not decided now'),
          justification: justification.default(''),
          deferUntil: instant.nullable().default(null),
          deferEvent: DeferEvent.nullish(),
        }),
      )
      .max(bundleSizeMax)
      .default([]),
    month: z.string().max(20).optional().describe('Only patches of this document of the vendor, such as 2025-Oct'),
    onBehalfOf: z.string().trim().min(1).max(100).nullish().describe('Whose word it is, where a delegate gives it'),
    bundleId: id.optional().describe('Of your own making: the same order again goes on where it stopped'),
    dryRun: z.boolean().default(false).describe('Shows what would be signed; nothing is'),
  })
  .meta({ id: 'BundleInput' });

const Entry = z.object({
  requestId: z.string(),
  patchId: z.string(),
  digest: z.string(),
  verdict,
  justification: z.string(),
  deferUntil: z.string().nullable(),
  deferEvent: DeferEvent.nullish(),
  deferred: z.string().nullable().describe('What it waits for, in words; null: it is no deferral'),
});

export const BundleView = z
  .object({
    bundleId: z.string(),
    category: z.string(),
    verdict,
    justification: z.string(),
    by: z.string(),
    onBehalfOf: z.string().nullable().describe('Whose word a delegate gave'),
    at: z.string(),
    digest: z.string().describe('SHA-256 of `text`'),
    text: z.string().describe('What is signed'),
    signature: z.string().nullable().describe('null: nothing was signed'),
    entries: z.array(
      Entry.extend({
        standing: z.enum(['counts', 'refused', 'notSent']),
        reasons: z.array(z.string()).describe('Why it does not count, or was not sent'),
      }),
    ),
  })
  .meta({ id: 'BundleView' });

export const WaitingBundle = z
  .object({
    category: z.string(),
    bundleDigest: z.string(),
    requests: z.array(
      z.object({
        requestId: z.string(),
        patchId: z.string(),
        title: z.string(),
        digest: z.string(),
        tier: z.string().nullable(),
        deadline: z.string().nullable(),
        expiresAt: z.string(),
        machines: z.number().int(),
        downtimeMinutes: z.number(),
        reboots: z.number().int(),
        knownIssues: z.number().int(),
        arrivals: arrivalWords,
        requestedBy: z.array(z.string()),
        since: z.string().nullable().describe('What changed since the last request, in one line'),
      }),
    ),
    machines: z.number().int().describe('Different ones'),
    installations: z.number().int().describe('Patches times machines'),
    downtimeMinutes: z
      .object({ sum: z.number(), longest: z.number() })
      .describe('As measured in the tests: all one after the other, and the longest of them'),
    reboots: z.number().int(),
    services: z.array(z.string()),
    deadline: z.string().nullable().describe('The earliest'),
    decideBy: z.string().nullable().describe('When the first request expires'),
    closed: z
      .string()
      .nullable()
      .describe('Why whoever asks may send no decision on it; null: they may, and the rules judge it'),
  })
  .meta({ id: 'WaitingBundle' });

export type BundleInput = z.infer<typeof BundleInput>;
export type BundleView = z.infer<typeof BundleView>;
export type WaitingBundle = z.infer<typeof WaitingBundle>;
