// Fields that documents of risk have in common.

import { z } from 'zod';
import { cvePattern } from '../../../domain/cve.js';

export const cveId = z.string().trim().regex(cvePattern, 'is no CVE id');

/** A calendar day that exists; the year 1 is how some documents say nothing. */
export const dayText = z
  .string()
  .regex(/^(19|20)\d{2}-\d{2}-\d{2}$/, 'is no day such as 2026-08-07')
  .refine((text) => {
    const at = new Date(`${text}T00:00:00Z`);
    return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
  }, 'is a day that does not exist');
