// What takes seconds to make and is the same for every suite: made once, and kept under a name that tells what it was made of.

import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'node_modules', '.cache', 'patchline');

/** Path of the file. `of`: files and folders of the project that it depends on. Two processes may make it at once: both make the same. */
export async function prepared(name: string, of: string[], make: (path: string) => Promise<void>): Promise<string> {
  const path = join(folder, `${name}-${await fingerprint(of)}`);
  if (await stat(path).catch(() => null)) return path;
  await mkdir(folder, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  await make(unfinished);
  await rename(unfinished, path);
  // What it was made of before is of no use any more.
  for (const one of await readdir(folder))
    if (one.startsWith(`${name}-`) && !join(folder, one).startsWith(path)) await rm(join(folder, one), { force: true });
  return path;
}

async function fingerprint(of: string[]): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  for (const file of (await Promise.all(of.map(filesIn))).flat().toSorted())
    hash.update(file).update(await readFile(join(root, file)));
  return hash.digest('hex').slice(0, 16);
}

async function filesIn(place: string): Promise<string[]> {
  if (!(await stat(join(root, place))).isDirectory()) return [place];
  const entries = await readdir(join(root, place), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}
