// `types`: the API's own description as types of the console. `build`: the console as files that the API serves.

import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const web = join(root, 'web');
const stamp = join(web, 'dist', '.built');

/** Only the routes are looked at: they name their parts, and work with none before they are asked something. */
const untouched: unknown = new Proxy(() => untouched, {
  get: (_target, name) => {
    if (name === Symbol.toPrimitive) return () => '';
    return name === 'consoleFolder' ? null : typeof name === 'symbol' ? undefined : untouched;
  },
});

/** Written only where it changed, so that nothing is checked again for nothing. */
async function writeTypes(): Promise<void> {
  const [{ createApi }, { astToString, default: openapiTypes }] = await Promise.all([
    import('../api/server.js'),
    import('openapi-typescript'),
  ]);
  const api = await createApi(untouched as Parameters<typeof createApi>[0]);
  const document = api.swagger() as unknown as Parameters<typeof openapiTypes>[0];
  const text = astToString(await openapiTypes(document));
  await api.close();
  const file = join(web, 'api', 'schema.d.ts');
  if ((await readFile(file, 'utf8').catch(() => '')) !== text) await writeFile(file, text);
}

/** Everything that the files are made of: sources, packages and the glossary. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256').update('production');
  const listed = await readdir(web, { recursive: true, withFileTypes: true });
  const files = listed
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(join(web, 'dist')));
  for (const file of [
    ...files.toSorted(),
    join(root, 'package-lock.json'),
    join(root, 'docs', 'glossary.md'),
    join(root, 'docs', 'permissions.md'),
  ])
    hash.update(file.slice(root.length)).update(await readFile(file));
  return hash.digest('hex');
}

async function build(): Promise<void> {
  const want = await fingerprint();
  if ((await readFile(stamp, 'utf8').catch(() => null)) === want) return;
  console.error('Patchline: building the console (a few seconds, once)…');
  // Whatever the environment of whoever asks, such as a test's: the libraries are those that people get.
  process.env['NODE_ENV'] = 'production';
  const { build: viteBuild } = await import('vite');
  await viteBuild({ configFile: join(web, 'vite.config.ts'), logLevel: 'warn' });
  await mkdir(dirname(stamp), { recursive: true });
  await writeFile(stamp, want);
}

const [what] = process.argv.slice(2);
if (what === 'types') await writeTypes();
else if (what === 'build') await build();
else {
  console.error('usage: console.ts types|build');
  process.exit(2);
}
