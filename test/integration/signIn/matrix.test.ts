// Every route of the API, for every role and for nobody: let through or refused exactly as the table below says.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import Fastify from 'fastify';
import type { Client } from '@temporalio/client';
import { openInventory } from '../../../adapters/postgres/openInventory.js';
import { openEmbeddedDatabase } from '../../support/databases.js';
import { openSigningKeys } from '../../../adapters/signatures/ed25519.js';
import { consolePlaces } from '../../../api/console.js';
import { guardRoutes, type Guard, type RouteRule } from '../../../api/access.js';
import { acting } from '../../../composition/acting.js';
import { composeApi } from '../../../composition/api.js';
import { openPolicy } from '../../../composition/policy.js';
import { testWeb } from '../../support/api.js';
import { temporaryFolder } from '../../support/temporary.js';

/** Written down a second time on purpose: who changes what a role may, says so here. */
const expected: Record<string, string[]> = {
  viewer: ['signedIn', 'read', 'check'],
  auditor: ['signedIn', 'read', 'check'],
  changeManager: ['signedIn', 'read', 'check', 'record', 'acknowledge', 'decide', 'policy', 'stop'],
  sre: ['signedIn', 'read', 'check', 'record', 'acknowledge', 'decide', 'operate', 'stop'],
  scheduler: ['signedIn', 'read', 'check', 'acknowledge', 'schedule'],
  administrator: [
    'signedIn',
    'read',
    'check',
    'record',
    'acknowledge',
    'decide',
    'operate',
    'schedule',
    'policy',
    'stop',
    'administer',
  ],
  'approver-databases': ['signedIn', 'read', 'check', 'acknowledge', 'decide'],
  none: ['signedIn'],
};
const publicRoutes = [
  '/',
  '/auth/callback',
  '/auth/login',
  '/auth/settings',
  '/calendar/:file',
  '/health',
  '/openapi.json',
];

type Api = Awaited<ReturnType<typeof composeApi>>;
let api: Api;
let serviceToken: string;
const closes: (() => Promise<void>)[] = [];

beforeAll(async () => {
  process.env['PATCHLINE_LOG_LEVEL'] = 'silent';
  const folder = await temporaryFolder();
  const database = await openEmbeddedDatabase();
  const inventory = await openInventory(database.pool, acting);
  const people = Object.keys(expected).map((name) => ({
    name,
    mail: `${name}@patchline.example`,
    roles: name === 'none' ? [] : [name],
  }));
  const path = new URL('../../../policy/demonstration.yaml', import.meta.url).pathname;
  const policy = await openPolicy({
    path,
    store: inventory.policies,
    accounts: inventory.signIns,
    people,
    say: () => {},
  });
  const { signing } = await openSigningKeys(`${folder}/keys`);
  api = await composeApi({
    inventory,
    people: {
      personByToken: (token) => people.find(({ name }) => token === `token-of-${name}`) ?? null,
      personByName: (name) => people.find((one) => one.name === name) ?? null,
    },
    identity: null,
    web: testWeb,
    policy,
    signing,
    client: {} as Client,
  });
  closes.push(
    () => api.close(),
    () => database.close(),
  );
  const made = await api.inject({
    method: 'POST',
    url: '/v1/service-tokens',
    headers: { authorization: 'Bearer token-of-administrator' },
    payload: { name: 'pipeline', scope: ['read', 'record', 'schedule'], reason: 'the matrix of routes' },
  });
  serviceToken = made.json<{ token: string }>().token;
}, 120_000);
afterAll(async () => {
  for (const close of closes) await close();
});

/** An answer of the guard itself; a route may refuse for reasons of its own later. */
async function isLetThrough({ method, url, permission }: RouteRule, token: string | null): Promise<boolean> {
  const answer = await api.inject({
    method: method as 'GET',
    url: url.replace(/:\w+/g, 'x').replace('*', 'x'),
    // A stream that is let through says that it has nothing of that kind: it would not end.
    headers: { accept: 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
  });
  if (answer.statusCode === 401) return false;
  if (answer.statusCode !== 403 || method === 'HEAD') return answer.statusCode !== 403;
  const { title, detail } = answer.json<{ title: string; detail: string }>();
  return !(
    title === 'Not allowed' &&
    (/; this needs (one of [\w*, -]+|a person)\.$/.test(detail) ||
      detail.endsWith(`this needs ${permission}.`) ||
      detail.endsWith('is no person.'))
  );
}

test('every route has a rule, and what is public is meant to be', () => {
  const rules = api.routeRules;
  expect(rules.length).toBeGreaterThan(150);
  const known = new Set(['public', ...Object.values(expected).flat()]);
  expect(rules.filter((rule) => !known.has(rule.permission))).toEqual([]);
  const open = [...new Set(rules.filter((rule) => rule.permission === 'public').map((rule) => rule.url))];
  // The console's files hold nothing of anybody; what it shows it asks for.
  const isConsole = (url: string) =>
    ['/assets/*', '/color-scheme.js', '/mark.svg'].includes(url) || consolePlaces.includes(url.split('/')[1] ?? '');
  expect(open.filter((url) => !isConsole(url)).sort()).toEqual(publicRoutes);
  const app = Fastify();
  guardRoutes(app, {} as Guard);
  expect(() => app.get('/open', () => 'to anybody')).toThrow('declares no permission');
});

test('role × route', async () => {
  const wrong: string[] = [];
  for (const rule of api.routeRules.filter((one) => one.permission !== 'public')) {
    const { method, url, permission } = rule;
    if (await isLetThrough(rule, null)) wrong.push(`${method} ${url}: nobody is let through`);
    if (await isLetThrough(rule, 'made-up-token')) wrong.push(`${method} ${url}: a made-up token is let through`);
    for (const [role, may] of Object.entries(expected)) {
      const is = await isLetThrough(rule, `token-of-${role}`);
      if (is !== may.includes(permission))
        wrong.push(`${method} ${url} (${permission}): ${role} is ${is ? 'let through' : 'refused'}`);
    }
    const isReading = ['GET', 'HEAD'].includes(method);
    const may = ['record', 'schedule'].includes(permission) || (['read', 'signedIn'].includes(permission) && isReading);
    const is = await isLetThrough(rule, serviceToken);
    if (is !== may)
      wrong.push(`${method} ${url} (${permission}): the service token is ${is ? 'let through' : 'refused'}`);
  }
  expect(wrong).toEqual([]);
}, 300_000);
