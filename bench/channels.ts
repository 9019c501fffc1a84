// Real months of the MSRC, parsed, normalised and stored on a real PostgreSQL: the largest one alone and all of them in one go, each in a fresh
// process; then every one again, which must write nothing. The reference is the same document through the bare XML parser.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { postgresPrograms, startPostgres } from '../test/support/postgres.js';
import { removeTemporaryFolders } from '../test/support/temporary.js';
import type { OnceMeasured } from './channelsOnce.js';
import type { Measured } from './main.js';
import { median } from './median.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const repeats = 3;

export async function channels(): Promise<Measured> {
  if (postgresPrograms === undefined) throw new Error("needs a real PostgreSQL: Debian's package postgresql");
  const folder = join(process.env['PATCHLINE_SHARED_DIR'] ?? join(root, '..', 'shared'), 'feeds', 'msrc');
  if (!existsSync(folder))
    throw new Error(`${folder} is not there: PATCHLINE_SHARED_DIR names the folder that holds feeds/msrc`);
  const files = readdirSync(folder)
    .filter((name) => /^cvrf-.*\.xml\.gz$/.test(name))
    .map((name) => join(folder, name))
    .toSorted((a, b) => statSync(a).size - statSync(b).size);
  const largest = files.at(-1) ?? '';
  const alone: OnceMeasured[] = [];
  for (let run = 0; run < repeats; run += 1) alone.push(await onNewDatabase([largest]));
  const all = await onNewDatabase(files);
  const seconds = median(alone.map((run) => run.seconds));
  const megabytes = median(alone.map((run) => run.megabytes));
  const ratio = median(alone.map((run) => run.seconds / run.bareSeconds));
  await removeTemporaryFolders();
  return {
    rows: [
      ['largest document', largest.slice(folder.length + 1), ''],
      ['its patches', String(alone[0]?.patches ?? 0), ''],
      ['seconds, parsed, normalised and stored', seconds.toFixed(2), '< 2'],
      ['times the bare XML parser', ratio.toFixed(2), ''],
      ['peak memory, MB', megabytes.toFixed(0), '< 300'],
      [`all ${files.length} months in one go, seconds`, all.seconds.toFixed(2), ''],
      ['… peak memory, MB', all.megabytes.toFixed(0), ''],
      ['events written by reading all again', String(all.writtenAgain), '0'],
    ],
    json: { seconds, megabytes, ratio, allSeconds: all.seconds, allMegabytes: all.megabytes, again: all.writtenAgain },
  };
}

async function onNewDatabase(files: string[]): Promise<OnceMeasured> {
  const server = await startPostgres(postgresPrograms ?? '');
  try {
    const args = ['--import', 'tsx', join(root, 'bench', 'channelsOnce.ts'), server.connectionString, ...files];
    const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(run.stderr);
    return JSON.parse(run.stdout) as OnceMeasured;
  } finally {
    await server.close();
  }
}
