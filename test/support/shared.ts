// Where the real documents, specifications and recordings lie that tests use when they are there.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from '@jest/globals';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = process.env['PATCHLINE_SHARED_DIR'] ?? join(root, '..', 'shared');

export function sharedPath(...parts: string[]): string {
  return join(folder, ...parts);
}

/** `test` where the data is there; otherwise a test that is skipped aloud. */
export function testWith(path: string): typeof test {
  if (existsSync(path)) return test;
  console.warn(`skipped: ${path} is not there (PATCHLINE_SHARED_DIR names its folder)`);
  return test.skip as typeof test;
}
