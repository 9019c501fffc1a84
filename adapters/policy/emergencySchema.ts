// What policy says of emergencies: nobody may ask for one or sign for one until it names who.

import { z } from 'zod';
import { role, whole } from './forms.js';

const roles = z.array(role).max(10).default([]);

export const emergencySchema = z.strictObject({
  roles,
  overrideRoles: z.strictObject({ window: roles, freeze: roles, quorum: roles }).prefault({}),
  soakSecondsMin: whole(1, 7 * 24 * 3600).default(3600),
  reviewWithinHours: whole(1, 31 * 24).default(72),
  expiresAfterMinutes: whole(5, 7 * 24 * 60).default(24 * 60),
  leadSeconds: whole(1, 3600).default(60),
  runMinutes: whole(1, 24 * 60).default(240),
});
