// After something was written down about a patch: those concerned are told, and whoever waits looks again. The row decides; this only hastens it.

import type { FastifyBaseLogger } from 'fastify';
import type { ApiParts } from './parts.js';

/** A worker that is away changes nothing of what was written: the next cycle tells it. */
export async function spreadNews(
  { client, taskQueue, newId }: Pick<ApiParts, 'client' | 'taskQueue' | 'newId'>,
  patchId: string,
  log: FastifyBaseLogger,
): Promise<void> {
  try {
    await client.workflow.start('patchNews', {
      taskQueue,
      workflowId: `patch-news/${patchId}/${newId()}`,
      staticSummary: `News of ${patchId}`,
    });
  } catch (failure) {
    log.error(failure, `nobody could be told of the news of ${patchId} yet: the next cycle does`);
  }
}
