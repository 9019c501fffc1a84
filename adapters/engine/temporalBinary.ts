// Finds the Temporal CLI, or builds it once: TEMPORAL_CLI, the PATH, our own cache, the SDK's download, the Go module.

import { execFile, spawn } from 'node:child_process';
import { access, constants, copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

export type Progress = (message: string) => void;

/** Newer versions carry a `replace` directive that `go install` refuses. */
const goModule = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';
const buildLockStaleMs = 20 * 60_000;

export function cacheFolder(): string {
  return process.env['PATCHLINE_CACHE_DIR'] ?? join(homedir(), '.cache', 'patchline');
}

export async function findTemporal(progress: Progress): Promise<string> {
  const named = process.env['TEMPORAL_CLI'];
  if (named !== undefined && named !== '') {
    if (!(await isExecutable(named)))
      throw new Error(`TEMPORAL_CLI names ${named}, which cannot be run: correct it or unset it`);
    return named;
  }
  const onPath = await firstExecutable(
    (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'temporal')),
  );
  if (onPath !== null) return onPath;
  const cached = join(cacheFolder(), 'temporal-1.5.1', 'temporal');
  if (await isExecutable(cached)) return cached;
  return withBuildLock(cached, progress, async () => {
    if (await isExecutable(cached)) return;
    await build(cached, progress);
  });
}

async function build(target: string, progress: Progress): Promise<void> {
  const folder = `${target}.building-${process.pid}`;
  await mkdir(folder, { recursive: true });
  try {
    progress('Building the Temporal server with Go (four to five minutes, once)…');
    await goInstall(folder, progress);
    const { stdout } = await promisify(execFile)(join(folder, 'temporal'), ['--version']);
    if (!/Server 1\.\d+/.test(stdout))
      throw new Error(`the built Temporal CLI says ${stdout.trim()}: no server version in it`);
    await copyFile(join(folder, 'temporal'), `${target}.new`);
    await rename(`${target}.new`, target);
    progress(`Temporal server ready: ${stdout.trim()}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function goInstall(bin: string, progress: Progress): Promise<void> {
  const began = Date.now();
  const go = spawn('go', ['install', goModule], {
    env: { ...process.env, GOBIN: bin, GOFLAGS: '-buildvcs=false' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  go.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-4000);
  });
  const ticker = setInterval(() => progress(`  still building, ${Math.round((Date.now() - began) / 1000)} s`), 15_000);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      go.on('error', (failure) =>
        reject(
          new Error(
            'neither a Temporal CLI nor Go was found: install one of them, or set TEMPORAL_ADDRESS or TEMPORAL_CLI',
            { cause: failure },
          ),
        ),
      );
      go.on('exit', resolve);
    });
    if (code !== 0) throw new Error(`go install ${goModule} failed: ${said.slice(-1500)}`);
  } finally {
    clearInterval(ticker);
  }
}

/** Several processes may need the binary at once; one builds, the others wait. */
async function withBuildLock(target: string, progress: Progress, work: () => Promise<void>): Promise<string> {
  await mkdir(join(target, '..'), { recursive: true });
  const lock = `${target}.lock`;
  const began = Date.now();
  for (let said = false; ; ) {
    try {
      await writeFile(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (failure) {
      if (!(failure instanceof Error && 'code' in failure && failure.code === 'EEXIST')) throw failure;
    }
    if (Date.now() - began > buildLockStaleMs) await rm(lock, { force: true });
    if (!said) progress('Another process is building the Temporal server; waiting for it…');
    said = true;
    await pause(500);
    if (await isExecutable(target)) return target;
  }
  try {
    await work();
    return target;
  } finally {
    await rm(lock, { force: true });
  }
}

async function firstExecutable(candidates: string[]): Promise<string | null> {
  for (const candidate of candidates) if (await isExecutable(candidate)) return candidate;
  return null;
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
