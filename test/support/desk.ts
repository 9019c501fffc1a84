// The HTTP API over a real database without an engine: a rollout is a stand-in that records what it gets by the real activity.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { createDecideActivities } from '../../activities/decide.js';
import type { Ports } from '../../activities/ports.js';
import { createWithdrawActivities } from '../../activities/withdraw.js';
import { createWindows } from '../../adapters/policy/windows.js';
import { openInventory } from '../../adapters/postgres/openInventory.js';
import { digests, openSigningKeys } from '../../adapters/signatures/ed25519.js';
import { acting } from '../../composition/acting.js';
import { openPolicy } from '../../composition/policy.js';
import type { SignedDecision } from '../../domain/decision.js';
import type { SignedWithdrawal } from '../../domain/withdrawal.js';
import type { Inventory } from '../../ports/inventory.js';
import type { Notice } from '../../ports/notices.js';
import type { SigningPort } from '../../ports/signatures.js';
import { withdrawUpdate } from '../../workflows/messages.js';
import { openApi, type TestApi } from './api.js';
import type { TestDatabase } from './databases.js';
import { people } from './line.js';
import { temporaryFolder } from './temporary.js';

export interface Desk {
  api: TestApi;
  inventory: Inventory;
  /** What activities need that touch nothing outside. */
  ports: Ports;
  told: Notice[];
  signing: SigningPort;
  /** Everything that was sent to a workflow: its id, and what. */
  sent: { workflowId: string; name: string }[];
  /** Rollouts of these patches cannot be reached. */
  away: Set<string>;
  /** Rollouts of these patches have ended. */
  over: Set<string>;
  close(): Promise<void>;
}

const demonstrationPolicy = fileURLToPath(new URL('../../policy/demonstration.yaml', import.meta.url));

export async function openDesk(
  database: TestDatabase,
  change: (policy: string) => string = (text) => text,
): Promise<Desk> {
  const folder = await temporaryFolder();
  const path = join(folder, 'policy.yaml');
  await writeFile(path, change(await readFile(demonstrationPolicy, 'utf8')));
  const inventory = await openInventory(database.pool, acting);
  const policy = await openPolicy({
    path,
    store: inventory.policies,
    accounts: inventory.signIns,
    people,
    pollsFasterBy: 1,
    say: () => {},
  });
  const { signing } = await openSigningKeys(join(folder, 'keys'));
  const told: Notice[] = [];
  const [sent, away, over]: [Desk['sent'], Set<string>, Set<string>] = [[], new Set(), new Set()];
  const ports = {
    inventory,
    policy,
    windows: createWindows(),
    digests: { ...digests, ...signing },
    clock: { now: () => new Date().toISOString() },
    notices: { tell: async (notice: Notice) => void told.push(notice) },
    engine: {
      startRun: async (runKey: string) => void sent.push({ workflowId: runKey, name: 'maintenanceRun' }),
      startEmergency: async (id: string) => void sent.push({ workflowId: `emergency/${id}`, name: 'emergency' }),
      startTwin: async (id: string) => void sent.push({ workflowId: `twin/${id}`, name: 'twinBuild' }),
      isRunning: async () => true,
    },
  } as unknown as Ports;
  const deciding = createDecideActivities(ports);
  const withdrawing = createWithdrawActivities(ports);
  const getHandle = (workflowId: string) => ({
    async executeUpdate(
      update: { name: string },
      { args: [word] }: { args: [SignedDecision | SignedWithdrawal] },
    ): Promise<unknown> {
      sent.push({ workflowId, name: update.name });
      const { patchId, category } = word;
      if (away.has(patchId)) throw new Error('the engine does not answer');
      if (over.has(patchId) || (await inventory.decisions.request(patchId, category)) === null)
        throw new WorkflowNotFoundError('gone', workflowId, undefined);
      if (update.name === withdrawUpdate.name) {
        const answer = await withdrawing.recordWithdrawal({ received: word, patchId, category });
        return { accepted: answer.accepted, reasons: answer.reasons, kind: answer.kind, machines: answer.machines };
      }
      const { accepted, reasons } = await deciding.recordDecision({ received: word, patchId, category });
      return { accepted, reasons };
    },
    async describe() {
      throw new WorkflowNotFoundError('there is no engine', workflowId, undefined);
    },
    async signal(signal: { name: string }) {
      sent.push({ workflowId, name: signal.name });
    },
  });
  const client = {
    workflow: {
      getHandle,
      signalWithStart: async (name: string, { workflowId }: { workflowId: string }) =>
        void sent.push({ workflowId, name }),
      start: async (name: string, { workflowId }: { workflowId: string }) => void sent.push({ workflowId, name }),
    },
  } as unknown as Client;
  const api = await openApi({ store: { inventory }, ports: { policy }, signing, engine: { client } });
  return { api, inventory, ports, told, signing, sent, away, over, close: () => api.close() };
}
