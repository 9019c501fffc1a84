// What the API works with; the composition root fills it.

import type { Client } from '@temporalio/client';
import type { ActingPort } from '../ports/acting.js';
import type { CalendarPort } from '../ports/calendar.js';
import type { Clock } from '../ports/clock.js';
import type { EnginePort } from '../ports/engine.js';
import type { EvidencePort } from '../ports/evidence.js';
import type { Inventory } from '../ports/inventory.js';
import type { PeoplePort } from '../ports/people.js';
import type { PolicyPort, PolicyReader, WindowPort } from '../ports/policy.js';
import type { DigestPort, SigningPort } from '../ports/signatures.js';
import type { TablePort } from '../ports/tables.js';

export interface ApiParts {
  inventory: Inventory;
  acting: ActingPort;
  people: PeoplePort;
  policy: PolicyPort;
  policyReader: PolicyReader;
  windows: WindowPort;
  engine: Pick<EnginePort, 'auditUrgency' | 'startWaiver' | 'startEmergency'>;
  signing: SigningPort;
  evidence: EvidencePort;
  tables: TablePort;
  calendars: CalendarPort;
  digests: DigestPort;
  client: Client;
  taskQueue: string;
  clock: Clock;
  /** Where the console was built to; null: it is not served. */
  consoleFolder: string | null;
  newId: () => string;
}
