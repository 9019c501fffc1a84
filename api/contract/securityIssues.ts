// Security issues that people know of, as the API takes and tells them.

import { z } from 'zod';

const text = (max: number) => z.string().trim().min(1).max(max);
const instant = z.iso.datetime();

export const SecurityIssueInput = z
  .strictObject({
    title: text(300),
    severity: z.enum(['critical', 'high', 'medium', 'low']),
    cve: z
      .string()
      .regex(/^CVE-\d{4}-\d{4,7}$/, 'looks like CVE-2025-59287')
      .nullable()
      .default(null),
    note: text(4000),
  })
  .meta({ id: 'SecurityIssueInput' });

export const SecurityIssueCloseInput = z.strictObject({ outcome: text(4000) }).meta({ id: 'SecurityIssueCloseInput' });

export const SecurityIssueView = z
  .object({
    issueId: z.string(),
    vmId: z.string(),
    title: z.string(),
    severity: z.enum(['critical', 'high', 'medium', 'low']),
    cve: z.string().nullable(),
    foundAt: instant,
    foundBy: z.string(),
    note: z.string(),
    closedAt: instant.nullable(),
    closedBy: z.string().nullable(),
    outcome: z.string().nullable(),
  })
  .meta({ id: 'SecurityIssueView' });

export type SecurityIssueView = z.infer<typeof SecurityIssueView>;
