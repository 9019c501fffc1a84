// What policy says of tests in staging: how often machines are probed while they soak, what people look at, how long they are waited for.

import { z } from 'zod';
import { name, role } from './forms.js';

const minutes = z
  .int()
  .min(1)
  .max(90 * 24 * 60);

/** Whoever is responsible: a role, or a person by name. */
const checklistItem = z
  .strictObject({
    name,
    text: z
      .string()
      .trim()
      .min(1)
      .max(500)
      .regex(/^\P{Cc}*$/u, 'must be one line of text, without control characters'),
    role: role.nullable().default(null),
    person: z.string().min(1).max(100).nullable().default(null),
  })
  .refine(({ role, person }) => (role === null) !== (person === null), 'needs a role or a person, and not both');

const checklist = z
  .array(checklistItem)
  .min(1, 'has no item: leave the category out instead')
  .max(30)
  .superRefine((items, context) => {
    const names = items.map((item) => item.name.toLowerCase());
    for (const [index, held] of names.entries())
      if (names.indexOf(held) !== index)
        context.addIssue({
          code: 'custom',
          path: [index, 'name'],
          message: `${held} is there twice: rename one of them`,
        });
  });

export const testsSchema = z.strictObject({
  /** From the end of the test. */
  verdictWithinMinutes: minutes.default(3 * 24 * 60),
  remindAfterMinutes: minutes.default(24 * 60),
  /** While staging soaks; at its end in any case. */
  soakProbeEveryMinutes: minutes.default(15),
  /** From when the machines are done. */
  checklistWithinMinutes: minutes.default(3 * 24 * 60),
  /** By the category's name: what people look at before a test counts. */
  checklists: z.record(z.string().max(100), checklist).default({}),
});
