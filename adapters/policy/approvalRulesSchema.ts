// Who approves, step by step: rules by category and tier of urgency. What nobody could ever complete is an error.

import { z } from 'zod';
import { name, role, whole } from './forms.js';

const minutes = whole(1, 90 * 24 * 60);
const tier = z.string().regex(/^P[0-9]$/, 'must be a tier from P0 to P9');
const person = z.string().trim().min(1, 'must be the name of a person').max(100);

const group = z
  .strictObject({
    roles: z.array(role).max(10).default([]),
    people: z.array(person).max(100).default([]),
    owners: z.boolean().default(false),
  })
  .refine(
    ({ roles, people, owners }) => owners || roles.length + people.length > 0,
    'names nobody: give roles, people or owners',
  );

const step = z
  .strictObject({
    name,
    who: group,
    quorum: whole(1, 20).default(1),
    escalation: z.strictObject({ afterMinutes: minutes, to: group }).nullable().default(null),
    fallback: z.strictObject({ afterMinutes: minutes, who: group }).nullable().default(null),
  })
  .refine(
    ({ who: { roles, people, owners }, quorum, fallback }) =>
      roles.length > 0 || owners || fallback !== null || new Set(people).size >= quorum,
    'wants more approvals than it names people: nobody could complete it',
  );

const rule = z.strictObject({
  id: name,
  categories: z.array(z.string().max(40)).max(200).default([]),
  tiers: z.array(tier).max(10).default([]),
  emergency: z.boolean().default(false),
  steps: z
    .array(step)
    .min(1, 'needs at least one step')
    .max(10)
    .refine((steps) => isOnce(steps.map((one) => one.name)), 'names a step twice: rename one of them'),
});

export const approvalRulesSchema = z
  .array(rule)
  .max(100)
  .refine((rules) => isOnce(rules.map((one) => one.id)), 'has an id twice: rename one of them')
  .default([]);

/** Nobody delegates until it says for how long somebody may. */
export const delegationSchema = z.strictObject({ daysMax: whole(0, 365).default(0) }).prefault({});

function isOnce(names: string[]): boolean {
  return new Set(names.map((one) => one.toLowerCase())).size === names.length;
}
