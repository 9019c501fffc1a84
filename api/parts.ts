// What the API works with; the composition root fills it.

import type { Client } from '@temporalio/client';
import type { Clock } from '../ports/clock.js';
import type { Inventory } from '../ports/inventory.js';
import type { PeoplePort } from '../ports/people.js';
import type { DigestPort, SigningPort } from '../ports/signatures.js';

export interface ApiParts {
  inventory: Inventory;
  people: PeoplePort;
  signing: SigningPort;
  digests: DigestPort;
  client: Client;
  taskQueue: string;
  clock: Clock;
  newId: () => string;
}
