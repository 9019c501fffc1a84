// What the API works with; the composition root fills it.

import type { Client } from '@temporalio/client';
import type { SessionLimits } from '../domain/signIn.js';
import type { ActingPort } from '../ports/acting.js';
import type { CalendarPort } from '../ports/calendar.js';
import type { Clock } from '../ports/clock.js';
import type { ApprovalPort } from '../ports/decisions.js';
import type { EnginePort } from '../ports/engine.js';
import type { EvidencePort } from '../ports/evidence.js';
import type { IdentityPort } from '../ports/identity.js';
import type { Inventory } from '../ports/inventory.js';
import type { PeoplePort } from '../ports/people.js';
import type { PolicyPort, PolicyReader, WindowPort } from '../ports/policy.js';
import type { DigestPort, SigningPort } from '../ports/signatures.js';
import type { TablePort } from '../ports/tables.js';

/** How browsers and programs reach the API, and how long and how often they may. */
export interface WebSettings {
  /** Without a slash at its end. The identity provider sends browsers back to it. */
  publicUrl: string;
  session: SessionLimits;
  /** From one address. */
  requestsPerMinute: number;
  signInsPerMinute: number;
  /** Addresses whose `X-Forwarded-For` is believed. */
  trustedProxies: string[];
  /** Where the engine's own pages show workflows: their ids are put behind it. Null: nowhere that people reach. */
  workflowsUrl: string | null;
}

export interface ApiParts {
  inventory: Inventory;
  acting: ActingPort;
  people: PeoplePort;
  /** Null: there is none, and people have local tokens alone. */
  identity: IdentityPort | null;
  web: WebSettings;
  policy: PolicyPort;
  policyReader: PolicyReader;
  approvals: ApprovalPort;
  windows: WindowPort;
  engine: Pick<EnginePort, 'auditUrgency' | 'startWaiver' | 'startEmergency' | 'startTwin'>;
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
