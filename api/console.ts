// Serves the console: its files as they were built, and its page at every address of its own. What it may run is said by `protection.ts`.

import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

const nonceMark = /__NONCE__/g;
const yearSeconds = 365 * 24 * 3600;

/** Where the build puts it; null where there is none: the API works without. */
export async function serveConsole(app: FastifyInstance, folder: string | null): Promise<void> {
  const file = folder === null ? null : join(folder, 'index.html');
  const isBuilt =
    file !== null &&
    (await access(file).then(
      () => true,
      () => false,
    ));
  if (folder === null || file === null || !isBuilt) {
    app.get('/', { config: { permission: 'public' }, schema: { hide: true } }, (_request, reply) =>
      reply
        .type('text/plain')
        .send('The console is not built: `npm run console` builds it. The API is at /openapi.json.\n'),
    );
    return;
  }
  await app.register(fastifyStatic, {
    root: folder,
    serve: false,
    cacheControl: false,
  });
  const route = { config: { permission: 'public' as const }, schema: { hide: true } };
  // Names of these hold a hash of what they are.
  app.get('/assets/*', route, (request, reply) => {
    void reply.header('cache-control', `public, max-age=${yearSeconds}, immutable`);
    return reply.sendFile((request.params as { '*': string })['*'], join(folder, 'assets'));
  });
  for (const name of ['color-scheme.js', 'mark.svg'])
    app.get(`/${name}`, route, (_request, reply) => {
      void reply.header('cache-control', 'no-cache');
      return reply.sendFile(name);
    });
  app.get('/', route, (_request, reply) => sendPage(reply, file));
  for (const place of consolePlaces) {
    app.get(`/${place}`, route, (_request, reply) => sendPage(reply, file));
    app.get(`/${place}/*`, route, (_request, reply) => sendPage(reply, file));
  }
}

/** First words of the console's addresses: whatever follows is the console's business. */
export const consolePlaces: readonly string[] = [
  'today',
  'patches',
  'decide',
  'maintenance',
  'vms',
  'categories',
  'channels',
  'notices',
  'audit',
  'policy',
  'settings',
];

/** Read each time: a console that was built anew is there at once. Its styles carry the nonce of this answer. */
async function sendPage(reply: FastifyReply, file: string): Promise<FastifyReply> {
  const page = await readFile(file, 'utf8');
  return reply
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(page.replace(nonceMark, reply.cspNonce.style));
}
