// Who is signed in and where; sessions are ended by whose they are, or by an administrator.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { endsOf, sessionProblem } from '../../domain/signIn.js';
import { rolesFromClaims } from '../../domain/roles.js';
import { embeddedIssuer } from '../../ports/identity.js';
import { signedIn } from '../access.js';
import { AllEnded, KnownPerson, Me, SessionView } from '../contract/index.js';
import type { ApiParts } from '../parts.js';
import { mayBy, permissionsOf } from '../permissions.js';
import { ApiProblem } from '../problem.js';

const Everybody = z.object({ everybody: z.stringbool().default(false) });
const SessionId = z.object({ id: z.string().max(100) });
const Name = z.object({ name: z.string().max(100) });

export function sessionRoutes(scope: FastifyInstance, { inventory, people, policy, web, clock }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { signIns } = inventory;

  app.get(
    '/v1/me',
    { config: { permission: 'signedIn' }, schema: { response: { 200: Me } } },
    async (request, reply) => {
      const { name, mail, roles } = signedIn(request);
      const { caller } = request;
      if (caller === null) throw new Error('somebody is signed in by nothing');
      void reply.header('cache-control', 'no-store');
      const { by: signedInBy, csrf, session } = caller;
      return { name, mail, roles, permissions: permissionsOf(caller), signedInBy, csrf, session };
    },
  );

  app.get(
    '/v1/sessions',
    { config: { permission: 'signedIn' }, schema: { querystring: Everybody, response: { 200: z.array(SessionView) } } },
    async (request) => {
      const { name, roles } = signedIn(request);
      if (request.query.everybody && !mayBy(roles, 'administer'))
        throw new ApiProblem(403, 'Not allowed', 'Only an administrator sees the sessions of others.');
      const mine = request.query.everybody ? null : await signIns.byName(name);
      if (!request.query.everybody && mine === null) return [];
      return (await openSessions(mine?.accountId)).map(
        ({ sessionId, startedAt, lastSeenAt, browser, address, ...rest }) => ({
          sessionId,
          name: rest.name,
          startedAt,
          lastSeenAt,
          ...endsOf({ startedAt, lastSeenAt }, web.session),
          browser,
          address,
          current: request.caller?.session?.sessionId === sessionId,
        }),
      );
    },
  );

  app.post(
    '/v1/sessions/:id/end',
    {
      config: { permission: 'signedIn' },
      schema: { params: SessionId, response: { 200: z.object({ ended: z.boolean() }) } },
    },
    async (request) => {
      const { name, roles } = signedIn(request);
      const { id } = request.params;
      const isAdministrator = mayBy(roles, 'administer');
      const mine = isAdministrator ? null : await signIns.byName(name);
      const open = mine === null && !isAdministrator ? [] : await openSessions(mine?.accountId);
      const isOpen = open.some((one) => one.sessionId === id);
      if (!isOpen || !(await signIns.end(id, name, 'ended from another place', clock.now())))
        throw new ApiProblem(404, 'No such session', `There is no open session ${id} that is yours to end.`);
      return { ended: true };
    },
  );

  app.get(
    '/v1/people',
    { config: { permission: 'administer' }, schema: { response: { 200: z.array(KnownPerson) } } },
    async () => {
      const now = clock.now();
      const { signIn } = await policy.current();
      const accounts = (await signIns.accounts()).filter(({ issuer }) => issuer !== embeddedIssuer);
      const names = new Set(accounts.map((one) => one.name));
      const local = (await policy.people()).filter(
        (one) => people.personByName(one.name) !== null || !names.has(one.name),
      );
      return [
        ...local.map((one) => ({ ...one, from: 'local' })),
        ...accounts.map(({ name, mail, issuer, claims, claimsAt }) => ({
          name,
          mail,
          roles: rolesFromClaims(claims, claimsAt, signIn, now),
          from: issuer,
        })),
      ];
    },
  );

  app.post(
    '/v1/people/:name/end-sessions',
    { config: { permission: 'administer' }, schema: { params: Name, response: { 200: AllEnded } } },
    async (request) => {
      const by = signedIn(request).name;
      const account = await signIns.byName(request.params.name);
      if (account === null)
        throw new ApiProblem(
          404,
          'Nobody of that name',
          `${request.params.name} never signed in through an identity provider.`,
        );
      const sessions = await signIns.endAll(account, by, 'ended by an administrator', clock.now());
      return { name: account.name, sessions };
    },
  );

  async function openSessions(accountId: string | undefined) {
    const now = clock.now();
    const startedSince = new Date(Date.parse(now) - web.session.hoursMax * 3600_000).toISOString();
    const all = await signIns.sessions({ startedSince, ...(accountId === undefined ? {} : { accountId }) });
    return all.filter((one) => sessionProblem(one, web.session, now) === null);
  }
}
