// What needs what: a category, a machine or a service needs another. Shown with the impact of a patch; it opens and closes nothing.

import { z } from 'zod';
import type { Place } from '../../domain/dependency.js';

const name = z.string().trim().min(1, 'must not be empty').max(256);

/** One of them alone. */
export const placeSchema = z
  .union([z.strictObject({ category: name }), z.strictObject({ vm: name }), z.strictObject({ service: name })], {
    error: 'must name one of category, vm or service',
  })
  .transform((place): Place => {
    if ('category' in place) return { kind: 'category', name: place.category };
    return 'vm' in place ? { kind: 'vm', name: place.vm } : { kind: 'service', name: place.service };
  });

export const dependenciesSchema = z.array(z.strictObject({ of: placeSchema, on: placeSchema })).max(5000);
