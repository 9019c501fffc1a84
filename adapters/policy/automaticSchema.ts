// Approval by rule: nothing is approved so until a rule names categories, classes, kinds, a severity and an age.

import { z } from 'zod';
import { name, whole } from './forms.js';

const categoryName = z
  .string()
  .max(40)
  .regex(/^[^*]+$/, 'must be the name of one category: no rule approves for all');

const rule = z.strictObject({
  id: name,
  categories: z.array(categoryName).min(1, 'must name its categories, one by one').max(200),
  classifications: z.array(z.enum(['security', 'other'])).min(1, 'must name what is approved: security, other'),
  kinds: z
    .array(
      z.enum([
        'cumulative',
        'monthlyRollup',
        'securityOnly',
        'hotpatch',
        'servicingStack',
        'ieCumulative',
        'previewRollup',
        'setup',
        'standalone',
        'update',
      ]),
    )
    .min(1, 'must name kinds of patches'),
  severityAtMost: z.enum(['low', 'moderate', 'important', 'critical']),
  releasedHoursMin: whole(1, 365 * 24),
});

export const automaticSchema = z
  .strictObject({
    rules: z
      .array(rule)
      .max(100)
      .refine(
        (rules) => new Set(rules.map((one) => one.id.toLowerCase())).size === rules.length,
        'has an id twice: rename one of them',
      )
      .default([]),
    neverPatches: z.array(z.string().trim().min(1).max(100)).max(1000).default([]),
    neverCategories: z.array(categoryName).max(200).default([]),
  })
  .prefault({});
