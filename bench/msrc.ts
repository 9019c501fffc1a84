// The largest real month at hand, parsed and normalised, in a fresh process each time: time and memory.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Measured } from './main.js';
import { median } from './median.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const repeats = 5;

export async function msrc(): Promise<Measured> {
  const folder = join(process.env['PATCHLINE_SHARED_DIR'] ?? join(root, '..', 'shared'), 'feeds', 'msrc');
  if (!existsSync(folder))
    throw new Error(`${folder} is not there: PATCHLINE_SHARED_DIR names the folder that holds feeds/msrc`);
  const files = readdirSync(folder).filter((name) => /^cvrf-.*\.xml\.gz$/.test(name));
  const largest =
    files.toSorted((a, b) => statSync(join(folder, a)).size - statSync(join(folder, b)).size).at(-1) ?? '';
  const runs = Array.from({ length: repeats }, () => measure(join(folder, largest)));
  const seconds = median(runs.map((run) => run.seconds));
  const megabytes = median(runs.map((run) => run.megabytes));
  return {
    rows: [
      ['document', largest, ''],
      ['patches', String(runs[0]?.patches ?? 0), ''],
      ['seconds, parse and normalise', seconds.toFixed(3), '< 1'],
      ['peak memory, MB', megabytes.toFixed(0), '< 250'],
    ],
    json: { document: largest, patches: runs[0]?.patches ?? 0, seconds, megabytes },
  };
}

function measure(file: string): { seconds: number; megabytes: number; patches: number } {
  const run = spawnSync(process.execPath, ['--import', 'tsx', join(root, 'bench', 'msrcOnce.ts'), file], {
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout) as { seconds: number; megabytes: number; patches: number };
}
