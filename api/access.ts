// Every request passes here: who asks, whether the table of permissions lets them, and whether a browser's request is its own. A route without a permission does not start (I5).

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Person } from '../domain/policy.js';
import type { ActingPort } from '../ports/acting.js';
import type { Credentials } from './credentials.js';
import { crossSiteProblem } from './crossSite.js';
import { mayBy, rolesFor, ruleOf, type Caller, type Permission } from './permissions.js';
import { ApiProblem } from './problem.js';
import type { Refusals } from './refusals.js';

export interface RouteRule {
  method: string;
  url: string;
  permission: Permission | 'public';
}

declare module 'fastify' {
  interface FastifyContextConfig {
    permission?: Permission | 'public';
  }
  interface FastifyRequest {
    person: Person | null;
    caller: Caller | null;
  }
  interface FastifyInstance {
    /** Every route with its rule, in the order in which they were made. */
    routeRules: RouteRule[];
  }
}

export interface Guard {
  credentials: Credentials;
  acting: ActingPort;
  refusals: Refusals;
  publicUrl: string;
}

const reading = ['GET', 'HEAD', 'OPTIONS'];

export function guardRoutes(app: FastifyInstance, { credentials, acting, refusals, publicUrl }: Guard): void {
  app.decorateRequest('person', null);
  app.decorateRequest('caller', null);
  const routeRules: RouteRule[] = [];
  app.decorate('routeRules', routeRules);
  app.addHook('onRoute', ({ config, method, url }) => {
    const permission = config?.permission;
    if (permission === undefined) throw new Error(`route ${String(method)} ${url} declares no permission`);
    routeRules.push(...[method].flat().map((one) => ({ method: one, url, permission })));
  });
  app.addHook('onRequest', async (request) => {
    const permission = request.routeOptions.config.permission;
    // An unknown address answers 404 to anybody.
    if (permission === undefined || permission === 'public') return;
    const caller = await credentials.callerOf(request).catch((failure: unknown) => {
      if (failure instanceof ApiProblem && failure.status === 401) refusals.note(request, null, failure.message);
      throw failure;
    });
    if (caller === null) {
      refusals.note(request, null, 'without a sign-in');
      throw signInRequired();
    }
    const problem =
      caller.by === 'session' && !reading.includes(request.method)
        ? crossSiteProblem(request, caller, publicUrl)
        : null;
    if (problem !== null) {
      refusals.note(request, caller.person.name, problem);
      throw new ApiProblem(403, 'Not from this console', problem);
    }
    const refusal = refusalOf(caller, permission, request.method);
    if (refusal !== null) {
      refusals.note(request, caller.person.name, refusal);
      throw new ApiProblem(403, 'Not allowed', refusal);
    }
    request.caller = caller;
    request.person = caller.person;
  });
  // After the body was read: what follows runs in the person's name (I8).
  app.addHook('preHandler', (request, _reply, done) => acting.as(request.person?.name ?? 'nobody', done));
}

function refusalOf({ person, scope }: Caller, permission: Permission, method: string): string | null {
  if (scope !== null) {
    if (permission === 'signedIn') return reading.includes(method) ? null : `${person.name} is no person.`;
    if (!scope.includes(permission) || !ruleOf(permission).token)
      return `${person.name} is for ${scope.join(', ')}; this needs ${permission}.`;
    // What is asked by POST under `read` is a person's own: subscriptions, preferences, words of owners.
    if (permission === 'read' && !reading.includes(method))
      return `${person.name} may read by GET alone; this needs a person.`;
    return null;
  }
  if (mayBy(person.roles, permission)) return null;
  return `${person.name} has the roles ${person.roles.join(', ') || 'none'}; this needs one of ${rolesFor(permission).join(', ')}.`;
}

function signInRequired(): ApiProblem {
  return new ApiProblem(
    401,
    'Sign-in required',
    'Sign in at /auth/login or with `patchline login`, or send a token as `Authorization: Bearer …`; `patchline status` tells where tokens are kept.',
  );
}

export function signedIn(request: FastifyRequest): Person {
  if (request.person === null) throw signInRequired();
  return request.person;
}

/** How the person of a decision was known, for what is signed. */
export function signedInBy(request: FastifyRequest): string {
  return request.caller?.by ?? 'nothing';
}
