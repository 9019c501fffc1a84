// A database of the embedded engine that an earlier release made gets the search attributes that came since: stories carry them at once.

import { afterAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import { startTemporalServer } from '../../../adapters/engine/temporalServer.js';
import { removeTemporaryFolders, temporaryFolder } from '../../support/temporary.js';

afterAll(removeTemporaryFolders, 30_000);

test('attributes are added to a namespace that is there already, and workflows may carry them', async () => {
  const dataDir = await temporaryFolder();
  const first = await startTemporalServer({ dataDir, searchAttributes: { PatchId: 'Keyword' } });
  await first.close();
  const searchAttributes = { PatchId: 'Keyword', Tier: 'Keyword', DueAt: 'Datetime' } as const;
  const again = await startTemporalServer({ dataDir, searchAttributes });
  const connection = await Connection.connect({ address: again.address });
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: again.namespace });
    expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(['PatchId', 'Tier', 'DueAt']));
    const client = new Client({ connection, namespace: again.namespace });
    const typedSearchAttributes = [
      { key: defineSearchAttributeKey('Tier', SearchAttributeType.KEYWORD), value: 'P0' },
      {
        key: defineSearchAttributeKey('DueAt', SearchAttributeType.DATETIME),
        value: new Date('2026-12-01T00:00:00.000Z'),
      },
    ];
    const start = () => client.workflow.start('any', { taskQueue: 'none', workflowId: 'any', typedSearchAttributes });
    // The server looks at a namespace again every few seconds.
    for (let tries = 0; ; tries += 1) {
      const started = await start().then(
        () => true,
        () => false,
      );
      if (started) break;
      if (tries > 60) throw new Error('the attributes were never taken');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  } finally {
    await connection.close();
    await again.close();
  }
}, 90_000);
