// The embedded Temporal server is started again where its first start fails, as it does when another process takes a port just then.

import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { findTemporal } from '../../../adapters/engine/temporalBinary.js';
import { startTemporalServer } from '../../../adapters/engine/temporalServer.js';
import { removeTemporaryFolders, temporaryFolder } from '../../support/temporary.js';

const before = process.env['TEMPORAL_CLI'];

afterEach(() => {
  if (before === undefined) delete process.env['TEMPORAL_CLI'];
  else process.env['TEMPORAL_CLI'] = before;
});
afterAll(removeTemporaryFolders);

/** Ends at once so many times, and is the real server then. Each start leaves a line in the file. */
async function failing(times: number): Promise<string> {
  const folder = await temporaryFolder();
  const [program, starts] = [join(folder, 'temporal'), join(folder, 'starts')];
  const real = await findTemporal(() => {});
  await writeFile(
    program,
    `#!/bin/sh\necho start >> '${starts}'\n[ "$(wc -l < '${starts}')" -le ${times} ] && exit 1\nexec '${real}' "$@"\n`,
  );
  await chmod(program, 0o755);
  process.env['TEMPORAL_CLI'] = program;
  return starts;
}

const linesOf = async (file: string) => (await readFile(file, 'utf8')).trim().split('\n').length;

test('one that ends at once is started anew', async () => {
  const starts = await failing(2);
  const server = await startTemporalServer({ dataDir: null });
  await server.close();
  expect(await linesOf(starts)).toBe(3);
});

test('one that always ends at once is given up with what to look for', async () => {
  const starts = await failing(100);
  await expect(startTemporalServer({ dataDir: null })).rejects.toThrow('ended at once with code 1: is its port taken');
  expect(await linesOf(starts)).toBe(3);
});
