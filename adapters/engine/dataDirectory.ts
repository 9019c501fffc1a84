// One owner per data directory: two would lose committed rows without an error.

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DataDirectory {
  path: string;
  release(): Promise<void>;
}

interface Owner {
  pid: number;
  /** The process's own start, so that a reused pid is not taken for the owner; null where the system does not tell. */
  born: string | null;
  since: string;
}

export class DataDirectoryTaken extends Error {
  constructor(path: string, owner: Owner) {
    super(
      `Patchline is already running on ${path} (pid ${owner.pid}, since ${owner.since}): stop it first, or set PATCHLINE_DATA_DIR to another folder.`,
    );
    this.name = 'DataDirectoryTaken';
  }
}

export async function openDataDirectory(path: string): Promise<DataDirectory> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const lock = join(path, 'lock.json');
  const mine: Owner = { pid: process.pid, born: birthOf(process.pid), since: new Date().toISOString() };
  for (;;) {
    try {
      await writeFile(lock, JSON.stringify(mine), { flag: 'wx', mode: 0o600 });
      break;
    } catch (failure) {
      if (!isCode(failure, 'EEXIST')) throw failure;
    }
    const owner = await readOwner(lock);
    if (owner !== null && isAlive(owner)) throw new DataDirectoryTaken(path, owner);
    await takeOver(lock);
  }
  return {
    path,
    async release() {
      const owner = await readOwner(lock);
      if (owner?.pid === process.pid) await rm(lock, { force: true });
    },
  };
}

/** Renaming first lets only one of several starters remove the dead lock. */
async function takeOver(lock: string): Promise<void> {
  const aside = `${lock}.${process.pid}.dead`;
  try {
    await rename(lock, aside);
    await rm(aside, { force: true });
  } catch (failure) {
    if (!isCode(failure, 'ENOENT')) throw failure;
  }
}

async function readOwner(lock: string): Promise<Owner | null> {
  try {
    const read: unknown = JSON.parse(await readFile(lock, 'utf8'));
    if (read !== null && typeof read === 'object' && 'pid' in read && typeof read.pid === 'number')
      return read as Owner;
    return null;
  } catch {
    // Gone, or torn by a crash while it was written: nobody holds it.
    return null;
  }
}

function isAlive({ pid, born }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (failure) {
    return isCode(failure, 'EPERM');
  }
  const now = birthOf(pid);
  return born === null || now === null || born === now;
}

/** Start time of a process in clock ticks since boot (Linux); null elsewhere. */
function birthOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function isCode(failure: unknown, code: string): boolean {
  return failure !== null && typeof failure === 'object' && 'code' in failure && failure.code === code;
}
