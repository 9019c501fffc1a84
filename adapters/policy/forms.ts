// Forms of values that several parts of a policy share.

import { z } from 'zod';
import { roleForm, roleNames } from '../../domain/roles.js';

export const role = z
  .string()
  .regex(roleForm, `must be one of ${roleNames.join(', ')}, or a group of approvers such as approver-databases`);

/** Names become parts of run keys and workflow ids. */
export const name = z
  .string()
  .regex(
    /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,39}$/,
    'must be 1 to 40 letters, digits, `-` or `_`, beginning with a letter or digit',
  );

export const whole = (least: number, most: number) => z.int().min(least).max(most);

/** Named zones only: an offset such as `+01:00` would know nothing of summer time. */
function isZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export const zone = z.string().refine(isZone, 'must be a time zone such as Europe/Zurich or UTC');

export const localTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a local time such as 22:00');
