// Having the content ready: the update server synchronises, approves for staging, and holds the files.

import { givenUp, notReady } from './failures.js';
import type { Ports } from './ports.js';

export type Content =
  | { kind: 'ready' }
  | { kind: 'fromOwnSource'; reason: string }
  | { kind: 'failed'; reason: string };

export function createDownloadActivities(ports: Ports) {
  return {
    /** Comes again until the content is ready; the server's own failure is an outcome, not an error. */
    async fetchContent(input: { patchId: string }): Promise<Content> {
      const server = ports.updateServer;
      if (server === null) return { kind: 'fromOwnSource', reason: 'policy names no update server' };
      const record = await ports.inventory.patches.patch(input.patchId);
      if (record === null) throw givenUp(`${input.patchId} is not in the inventory`);
      const policy = await ports.policy.current();
      const { kb } = record.patch;
      if (kb === null)
        return { kind: 'fromOwnSource', reason: `${input.patchId} comes from the machine's own repositories` };
      const status = await server.status([kb]);
      const update = status.updates.find((candidate) => candidate.kb === kb);
      if (update === undefined) {
        if (!status.synchronizing) await server.synchronise();
        throw notReady(`the update server does not know KB${kb} yet`, policy.polls.floorSeconds * 2);
      }
      if (update.state === 'Failed') return { kind: 'failed', reason: `the update server could not download KB${kb}` };
      if (!update.approvals.includes(policy.updateServer.stagingGroup)) {
        await server.approve([kb], policy.updateServer.stagingGroup);
        await ports.inventory.patches.setStage(input.patchId, 'downloading', 'approved for staging');
      }
      if (update.state !== 'Ready') throw notReady(`KB${kb} is ${update.state}`, policy.polls.floorSeconds * 2);
      return { kind: 'ready' };
    },
  };
}
