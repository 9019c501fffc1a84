// The API over a store, a key and a client: everything else it works with is the same wherever it runs.

import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { standingApproval } from '../activities/automatic.js';
import { calendars } from '../adapters/calendar/ics.js';
import { createEvidence } from '../adapters/evidence/pack.js';
import { policyReader } from '../adapters/policy/policyPort.js';
import { createWindows } from '../adapters/policy/windows.js';
import { digests } from '../adapters/signatures/ed25519.js';
import { tables } from '../adapters/tables/tables.js';
import { createEngine, taskQueue } from '../adapters/temporal/engine.js';
import type { ApiParts } from '../api/parts.js';
import { createApi } from '../api/server.js';
import { acting } from './acting.js';
import { systemClock } from './ports.js';

export function composeApi(
  parts: Pick<ApiParts, 'inventory' | 'people' | 'identity' | 'web' | 'policy' | 'signing' | 'client'>,
) {
  const rules = { ...parts, clock: systemClock, digests: { ...digests, ...parts.signing } };
  return createApi({
    ...parts,
    approvals: { standing: (patchId, category) => standingApproval(rules, patchId, category) },
    acting,
    policyReader,
    engine: createEngine(parts.client),
    tables,
    calendars,
    windows: createWindows(),
    evidence: createEvidence(parts.signing),
    digests,
    taskQueue,
    clock: systemClock,
    consoleFolder: fileURLToPath(new URL('../web/dist', import.meta.url)),
    newId: randomUUID,
  });
}
