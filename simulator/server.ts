// The simulator's HTTPS server: tokens, the management API, Resource Graph, vendor feeds and the control interface at one address.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { routeArm } from './arm.js';
import { armError, type ArmAnswer, type ArmRequest, type ArmRoute } from './armAnswer.js';
import { openCertificate } from './certificate.js';
import { Cloud } from './cloud.js';
import { control } from './control.js';
import { openDocuments } from './documents.js';
import { answerFeed, isFeed } from './feeds.js';
import { fleetChanges, subscriptions, tenantId } from './fleet.js';
import { Journal } from './journal.js';
import { queryResources } from './resourceGraph.js';
import { Throttle } from './throttle.js';
import type { Fault } from './world.js';

export interface SimulatorOptions {
  dataDir: string;
  /** 0 or left out: the port of the last time, else any free one. */
  port?: number;
  /** Folder with the vendor's documents; null writes them from facts. */
  feedsDir?: string | null;
  seed?: number;
  vms?: number;
  /** How many times faster than the real Azure everything runs. */
  speed?: number;
}

export interface Simulator {
  url: string;
  caFile: string;
  tenantId: string;
  clientId: string;
  clientSecret: string;
  subscriptions: string[];
  journalFile: string;
  close: () => Promise<void>;
}

const clientId = '5e1d0c1a-0000-4000-8000-0000000000c1';
const clientSecret = 'simulated-secret';
const bodySizeMax = 4_000_000;

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const folder = join(options.dataDir, 'simulator');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { key, cert, caFile } = await openCertificate(folder);
  const journal = new Journal(join(folder, 'journal.ndjson'));
  const cloud = new Cloud(journal, openDocuments(options.feedsDir ?? null));
  if (journal.isNew) begin(journal, options);
  cloud.resume();
  const throttle = new Throttle();
  const server = createServer({ key, cert, keepAliveTimeout: 30_000 }, (request, response) => {
    void answer(cloud, throttle, request, response);
  });
  const port = await listen(server, folder, options.port ?? 0);
  return {
    url: `https://127.0.0.1:${port}`,
    caFile,
    tenantId,
    clientId,
    clientSecret,
    subscriptions,
    journalFile: journal.file,
    async close() {
      cloud.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      journal.close();
    },
  };
}

function begin(journal: Journal, { seed = 1, vms = 60, speed = 600 }: SimulatorOptions): void {
  const settings = {
    speed,
    summaryLagSeconds: 60,
    agentTimeoutMinutes: 25,
    installFactor: 1,
    wsusSynchronizedAt: null,
    wsusSynchronizingUntil: null,
    generation: 0,
  };
  journal.commit('begun', [
    { table: 'settings', key: 'settings', set: settings },
    ...fleetChanges({ seed, vms, generation: 0 }),
  ]);
}

/** The port stays the same over restarts: addresses of running operations point to it. */
async function listen(server: Server, folder: string, wanted: number): Promise<number> {
  const file = join(folder, 'endpoint.json');
  const held = readPort(file);
  const tries = [wanted, held, 0].filter((port, index) => port !== 0 || index === 2);
  for (const port of tries) {
    const bound = await bind(server, port);
    if (bound !== null) {
      writeFileSync(file, JSON.stringify({ port: bound }));
      return bound;
    }
    if (port === wanted && wanted !== 0) throw new Error(`port ${wanted} is taken: choose another with --port`);
  }
  throw new Error('no port is free');
}

function readPort(file: string): number {
  try {
    return Number((JSON.parse(readFileSync(file, 'utf8')) as { port: unknown }).port) || 0;
  } catch {
    // The first start has no file yet.
    return 0;
  }
}

function bind(server: Server, port: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const onError = (failure: NodeJS.ErrnoException): void =>
      failure.code === 'EADDRINUSE' ? resolve(null) : reject(failure);
    server.once('error', onError);
    server.listen(port, '127.0.0.1', () => {
      server.removeListener('error', onError);
      const address = server.address();
      resolve(address === null || typeof address === 'string' ? null : address.port);
    });
  });
}

async function answer(
  cloud: Cloud,
  throttle: Throttle,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', `https://${request.headers.host ?? '127.0.0.1'}`);
    const text = await textOf(request);
    if (url.pathname.startsWith('/_control/')) {
      const { status, body } = control(
        cloud,
        request.method ?? 'GET',
        url.pathname.slice('/_control/'.length),
        json(text),
      );
      return send(response, { status, body });
    }
    if (isFeed(url.pathname)) return answerFeed(cloud, url, request, response);
    if (/^\/[^/]+\/(?:v2\.0\/\.well-known|oauth2|discovery)\//.test(url.pathname))
      return send(response, token(url, text));
    return management(cloud, throttle, request, response, url, json(text));
  } catch (failure) {
    send(response, armError(400, 'BadRequest', failure instanceof Error ? failure.message : String(failure)));
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > bodySizeMax) throw new Error('the body is too large');
  }
  return text;
}

function json(text: string): Record<string, unknown> {
  if (text === '') return {};
  const read: unknown = JSON.parse(text);
  if (read === null || typeof read !== 'object') throw new Error('the body is not a JSON object');
  return read as Record<string, unknown>;
}

function send(
  response: ServerResponse,
  { status, body, headers }: Pick<ArmAnswer, 'status' | 'body' | 'headers'>,
): void {
  const text = body === null ? '' : JSON.stringify(body);
  response.writeHead(status, {
    ...(body === null ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** Entra: the two addresses that a client secret needs. */
function token(url: URL, text: string): ArmAnswer {
  const [, tenant = ''] = url.pathname.split('/');
  if (tenant !== tenantId)
    return {
      status: 400,
      body: { error: 'invalid_tenant', error_description: `AADSTS90002: Tenant '${tenant}' not found.` },
    };
  if (url.pathname.endsWith('/openid-configuration')) {
    const base = `${url.origin}/${tenant}`;
    return {
      status: 200,
      body: {
        issuer: `${base}/v2.0`,
        authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
        token_endpoint: `${base}/oauth2/v2.0/token`,
        jwks_uri: `${base}/discovery/v2.0/keys`,
      },
    };
  }
  const asked = new URLSearchParams(text);
  if (asked.get('client_id') !== clientId || asked.get('client_secret') !== clientSecret) {
    return {
      status: 401,
      body: { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret provided.' },
    };
  }
  return {
    status: 200,
    body: { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: 'simulated-token' },
  };
}

function management(
  cloud: Cloud,
  throttle: Throttle,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  body: Record<string, unknown>,
): void {
  if (request.headers.authorization !== 'Bearer simulated-token') {
    return send(
      response,
      armError(
        401,
        'AuthenticationFailed',
        "Authentication failed. The 'Authorization' header is missing or not valid.",
      ),
    );
  }
  const clientRequestId = String(request.headers['x-ms-client-request-id'] ?? '') || null;
  const asked: ArmRequest = {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    body,
    clientRequestId,
    origin: url.origin,
  };
  const isGraph = asked.method === 'POST' && /^\/providers\/microsoft\.resourcegraph\/resources$/i.test(asked.path);
  const found: ArmRoute | null = isGraph
    ? {
        action: 'Microsoft.ResourceGraph/resources/read',
        vm: null,
        subscription: 'tenant',
        resource: 'graph',
        answer: () => queryResources(cloud, body),
      }
    : routeArm(cloud, asked);
  if (found === null)
    return send(
      response,
      armError(404, 'InvalidResourceType', `The address ${asked.method} ${asked.path} is not known here.`),
    );
  if (!isGraph && !subscriptions.includes(found.subscription))
    return send(
      response,
      armError(404, 'SubscriptionNotFound', `The subscription '${found.subscription}' could not be found.`),
    );

  const charge = throttle.charge({
    method: asked.method,
    action: found.action,
    resource: found.resource,
    subscription: found.subscription,
    speed: cloud.settings.speed,
  });
  // A fault is not used up by a request that goes no further.
  const fault = charge.refusal === null ? faultFor(cloud, found) : null;
  const given =
    charge.refusal === null
      ? answerWith(cloud, found, fault)
      : throttled(charge.refusal.retryAfterSeconds, charge.refusal.limit);
  cloud.journal.request({
    method: asked.method,
    action: found.action,
    vm: found.vm?.name ?? null,
    status: given.status,
    clientRequestId,
    ...(given.kbs === undefined ? {} : { kbs: given.kbs }),
    ...(given.masks === undefined ? {} : { masks: given.masks }),
    ...(given.operation === undefined ? {} : { operation: given.operation.id }),
    ...(fault === null ? {} : { fault: fault.kind }),
  });
  // Taken on, and nobody is told: what a caller that dies in between leaves behind.
  if (fault?.kind === 'answerHeld') return;
  if (fault?.kind === 'answerLost') {
    response.destroy();
    return;
  }
  const common = {
    'x-ms-request-id': crypto.randomUUID(),
    ...(clientRequestId === null ? {} : { 'x-ms-client-request-id': clientRequestId }),
  };
  send(response, {
    status: given.status,
    body: given.body,
    headers: { ...common, ...charge.headers, ...given.headers },
  });
}

/** Counts down only what it hits. */
function faultFor(cloud: Cloud, { action, vm }: ArmRoute): Fault | null {
  const word =
    action
      .replace(/\/(?:action|read|write|delete)$/, '')
      .split('/')
      .at(-1) ?? '';
  for (const fault of cloud.journal.tables.faults.values()) {
    if ((fault.action !== '*' && fault.action !== word) || (fault.vm !== '*' && fault.vm !== vm?.name)) continue;
    if (fault.after > 0) {
      cloud.journal.commit('fault waits', [{ table: 'faults', key: fault.id, set: { after: fault.after - 1 } }]);
      continue;
    }
    cloud.journal.commit('fault strikes', [
      { table: 'faults', key: fault.id, set: fault.times > 1 ? { times: fault.times - 1 } : null },
    ]);
    return fault;
  }
  return null;
}

/** Faults that show only when the operation ends. */
const spoiled: Partial<Record<Fault['kind'], string>> = {
  operationFailed: 'failed',
  windowExceeded: 'windowExceeded',
  partlyFailed: 'partlyFailed',
  installFailed: 'installFailed',
};

function answerWith(cloud: Cloud, found: ArmRoute, fault: Fault | null): ArmAnswer {
  if (fault?.kind === 'throttled') return throttled(1, 'HighCostGet30Min');
  if (fault?.kind === 'serverError') return armError(500, 'InternalServerError', 'Encountered internal server error.');
  const given = found.answer();
  if (fault?.kind === 'unavailableButAccepted')
    return {
      ...given,
      status: 503,
      body: { error: { code: 'ServerTimeout', message: 'The request timed out.' } },
      headers: {},
    };
  if (fault?.kind === 'lostLocation' && given.headers !== undefined) {
    const { location: _location, ...headers } = given.headers;
    return { ...given, headers };
  }
  const outcome = fault === null ? undefined : spoiled[fault.kind];
  if (outcome !== undefined && given.operation !== undefined) {
    const { id, input } = given.operation;
    const set = { input: { ...input, outcome } };
    cloud.journal.commit('operation will go wrong', [{ table: 'operations', key: id, set }]);
  }
  return given;
}

/** The documented body has no `error` wrapper. */
function throttled(retryAfterSeconds: number, limit: string): ArmAnswer {
  const message = JSON.stringify({
    operationGroup: limit,
    startTime: new Date().toISOString(),
    allowedRequestCount: 0,
    measuredRequestCount: 1,
  });
  return {
    status: 429,
    headers: { 'retry-after': String(retryAfterSeconds) },
    body: {
      code: 'OperationNotAllowed',
      message: 'The server rejected the request because too many requests have been received for this subscription.',
      details: [{ code: 'TooManyRequests', target: limit, message }],
    },
  };
}
