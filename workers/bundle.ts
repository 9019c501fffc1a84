// Workflow code, bundled by a process of its own: what a bundler needs would stay in a worker's memory for as long as that runs.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
const program = fileURLToPath(new URL('./bundleMain.ts', import.meta.url));

export async function bundledWorkflows(): Promise<{ code: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'patchline-workflows-'));
  try {
    const file = join(folder, 'workflows.js');
    await promisify(execFile)(process.execPath, ['--import', 'tsx', program, file]);
    return { code: await readFile(file, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
