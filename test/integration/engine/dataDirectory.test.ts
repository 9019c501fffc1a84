// One owner per data directory: a second is told who holds it, a dead one's lock is taken over.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { openDataDirectory } from '../../../adapters/engine/dataDirectory.js';
import { removeTemporaryFolders, temporaryFolder } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

test('a second owner is refused and told what to do', async () => {
  const folder = await temporaryFolder();
  const first = await openDataDirectory(folder);
  await expect(openDataDirectory(folder)).rejects.toThrow(`already running on ${folder} (pid ${process.pid}`);
  await expect(openDataDirectory(folder)).rejects.toThrow('PATCHLINE_DATA_DIR');
  await first.release();
  await (await openDataDirectory(folder)).release();
});

test('the lock of a dead process, or of one whose number was given away, is taken over', async () => {
  const folder = await temporaryFolder();
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  writeFileSync(join(folder, 'lock.json'), JSON.stringify({ pid: dead, born: null, since: 'then' }));
  await (await openDataDirectory(folder)).release();
  writeFileSync(join(folder, 'lock.json'), JSON.stringify({ pid: process.pid, born: '1', since: 'then' }));
  await (await openDataDirectory(folder)).release();
  writeFileSync(join(folder, 'lock.json'), '{"pid":');
  await (await openDataDirectory(folder)).release();
});
