// Who is asking: the local person behind a token, null when nobody is.

import type { Person } from '../domain/policy.js';

export interface PeoplePort {
  personByToken(token: string): Person | null;
  /** As the file writes it, whatever the case. */
  personByName(name: string): Person | null;
}
