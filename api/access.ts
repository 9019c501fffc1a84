// Who may do what: one table. A route without an entry does not start (I5).

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Person } from '../domain/policy.js';
import type { ActingPort } from '../ports/acting.js';
import type { PeoplePort } from '../ports/people.js';
import { ApiProblem } from './problem.js';

export type Permission =
  | 'public'
  | 'read'
  | 'record'
  | 'acknowledge'
  | 'check'
  | 'decide'
  | 'operate'
  | 'schedule'
  | 'stop'
  | 'policy';

const everybody = ['viewer', 'auditor', 'changeManager', 'sre', 'scheduler', 'administrator'];

/** `decide` only opens the door: the rollout's own check of role and duties is what counts. */
export const rolesFor: Record<Exclude<Permission, 'public'>, string[]> = {
  read: everybody,
  /** Writes down what people know: incidents, facts, notes. It opens no gate. */
  record: ['changeManager', 'sre', 'administrator'],
  /** Whoever may be woken says that it is theirs now. */
  acknowledge: ['changeManager', 'sre', 'scheduler', 'administrator'],
  /** It only opens the door: who is responsible for an item of a checklist is what counts. */
  check: everybody,
  decide: ['changeManager', 'sre', 'administrator'],
  operate: ['sre', 'administrator'],
  schedule: ['scheduler', 'administrator'],
  /** Guarded changes need two of them. */
  policy: ['changeManager', 'administrator'],
  stop: ['sre', 'changeManager', 'administrator'],
};

declare module 'fastify' {
  interface FastifyContextConfig {
    permission?: Permission;
  }
  interface FastifyRequest {
    person: Person | null;
  }
}

export function guardRoutes(app: FastifyInstance, people: PeoplePort, acting: ActingPort): void {
  app.decorateRequest('person', null);
  app.addHook('onRoute', (route) => {
    if (route.config?.permission === undefined)
      throw new Error(`route ${String(route.method)} ${route.url} declares no permission`);
  });
  app.addHook('onRequest', async (request) => {
    const permission = request.routeOptions.config.permission;
    request.person = personOf(request, people);
    // An unknown address answers 404 to anybody.
    if (permission === undefined || permission === 'public') return;
    if (request.person === null)
      throw new ApiProblem(
        401,
        'Sign-in required',
        'Send a token as `Authorization: Bearer …`; `patchline status` tells where tokens are kept.',
      );
    const allowed = rolesFor[permission];
    if (!request.person.roles.some((role) => allowed.includes(role))) {
      throw new ApiProblem(
        403,
        'Not allowed',
        `${request.person.name} has the roles ${request.person.roles.join(', ') || 'none'}; this needs one of ${allowed.join(', ')}.`,
      );
    }
  });
  // After the body was read: what follows runs in the person's name (I8).
  app.addHook('preHandler', (request, _reply, done) => acting.as(request.person?.name ?? 'nobody', done));
}

function personOf(request: FastifyRequest, people: PeoplePort): Person | null {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  return scheme?.toLowerCase() === 'bearer' && token !== undefined && token !== '' ? people.personByToken(token) : null;
}

export function signedIn(request: FastifyRequest): Person {
  if (request.person === null)
    throw new ApiProblem(401, 'Sign-in required', 'Send a token as `Authorization: Bearer …`.');
  return request.person;
}
