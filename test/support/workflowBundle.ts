// The workflow code as workers get it, bundled once for all suites.

import { readFile, writeFile } from 'node:fs/promises';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { workflowsPath } from '../../workers/bundle.js';
import { prepared } from './prepared.js';

export async function preparedWorkflows(): Promise<{ code: string }> {
  const path = await prepared('workflows.js', ['workflows', 'domain', 'package-lock.json'], async (unfinished) => {
    const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    await writeFile(unfinished, code);
  });
  return { code: await readFile(path, 'utf8') };
}
