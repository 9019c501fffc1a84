// Installs the packages that the lock names, when they are not there yet. Node built-ins only: it runs before anything is installed.
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.installed');
const lockDirectory = join(root, '.installing');

/** What an installation depends on: the lock and the platform. Native packages use Node-API, which every supported Node has alike. */
function wanted() {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  return hash.update(`${process.platform} ${process.arch}`).digest('hex');
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (failure) {
    return failure instanceof Error && 'code' in failure && failure.code === 'EPERM';
  }
}

/** One installation at a time; a lock whose owner died is taken over. */
function takeLock() {
  for (let waited = 0; ; waited += 1) {
    try {
      mkdirSync(lockDirectory);
      writeFileSync(join(lockDirectory, 'pid'), String(process.pid));
      return;
    } catch (failure) {
      if (!(failure instanceof Error && 'code' in failure && failure.code === 'EEXIST')) throw failure;
    }
    const owner = Number(read(join(lockDirectory, 'pid')));
    // Without a pid the owner is between its two steps, or died there: give it two seconds.
    if ((owner > 0 && !isAlive(owner)) || (!(owner > 0) && waited > 8))
      rmSync(lockDirectory, { recursive: true, force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
  }
}

/** npm 11 without `npm_execpath` is found on the PATH. */
function npmCi() {
  const npm = process.env['npm_execpath'];
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const command = npm !== undefined && npm.endsWith('.js') ? [process.execPath, npm, ...args] : ['npm', ...args];
  return spawnSync(command[0] ?? 'npm', command.slice(1), {
    cwd: root,
    stdio: ['ignore', 2, 'inherit'],
    env: { ...process.env, NODE_ENV: 'development' },
  }).status;
}

export function selfInstall() {
  const want = wanted();
  if (read(stamp) === want) return;
  takeLock();
  try {
    if (read(stamp) === want) return;
    // Never on standard output: that is for what a command prints.
    console.error('Patchline: installing packages (about a minute, once)…');
    if (npmCi() !== 0) throw new Error('npm ci failed: see its messages above, mend what they name and start again');
    writeFileSync(stamp, want);
  } finally {
    rmSync(lockDirectory, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) selfInstall();
