// Who is acting follows the call, not the arguments: no store method can forget to be told.

import { AsyncLocalStorage } from 'node:async_hooks';
import type { ActingPort } from '../ports/acting.js';

const current = new AsyncLocalStorage<string>();

export const acting: ActingPort = {
  as: (who, work) => current.run(who, work),
  who: () => current.getStore() ?? 'system',
};
