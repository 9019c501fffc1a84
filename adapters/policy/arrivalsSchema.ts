// Which machines may join a decision later: nobody does until a rule names categories and how many.

import { z } from 'zod';
import { name, whole } from './forms.js';

const categoryName = z
  .string()
  .max(40)
  .regex(/^[^*]+$/, 'must be the name of one category: no rule admits machines everywhere');

const rule = z.strictObject({
  id: name,
  categories: z.array(categoryName).min(1, 'must name its categories, one by one').max(200),
  machinesMax: whole(1, 1000),
  percentMax: whole(1, 100),
});

export const arrivalsSchema = z
  .array(rule)
  .max(100)
  .refine((rules) => isOnce(rules.map((one) => one.id.toLowerCase())), 'has an id twice: rename one of them')
  .refine(
    (rules) => isOnce(rules.flatMap((one) => [...new Set(one.categories)])),
    'has a category in two rules: nobody could tell which one counts, so keep it in one',
  )
  .default([]);

function isOnce(names: string[]): boolean {
  return new Set(names).size === names.length;
}
