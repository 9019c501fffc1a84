// Who is asking: the person behind a token, null when nobody is.

import type { Person } from '../domain/policy.js';

export interface PeoplePort {
  personByToken(token: string): Person | null;
}
