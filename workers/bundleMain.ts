// Bundles the workflow code into the file that is named, for `workers/bundle.ts`.

import { writeFile } from 'node:fs/promises';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { workflowsPath } from './bundle.js';

const [, , file] = process.argv;
if (file === undefined) throw new Error('usage: bundleMain.ts FILE');
const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
await writeFile(file, code);
