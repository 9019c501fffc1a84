// Tokens of pipelines: made and revoked by administrators, each for some permissions and some days. They never decide.

import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { signedIn } from '../access.js';
import { sha256Of, serviceTokenMark } from '../credentials.js';
import { RevokeInput, ServiceTokenInput, ServiceTokenMade, ServiceTokenView } from '../contract/index.js';
import type { ApiParts } from '../parts.js';
import { mayBy, tokenPermissions } from '../permissions.js';
import { ApiProblem } from '../problem.js';

const TokenId = z.object({ id: z.string().max(100) });

export function serviceTokenRoutes(scope: FastifyInstance, { inventory, clock, newId }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { serviceTokens } = inventory;

  app.get(
    '/v1/service-tokens',
    { config: { permission: 'administer' }, schema: { response: { 200: z.array(ServiceTokenView) } } },
    () => serviceTokens.tokens(),
  );

  app.post(
    '/v1/service-tokens',
    { config: { permission: 'administer' }, schema: { body: ServiceTokenInput, response: { 200: ServiceTokenMade } } },
    async (request, reply) => {
      const { name: createdBy, roles } = signedIn(request);
      const { name, days, reason } = request.body;
      const asked = [...new Set(request.body.scope)].sort();
      const refused = asked.filter(
        (one) => !tokenPermissions.some((permission) => permission === one && mayBy(roles, permission)),
      );
      if (refused.length > 0)
        throw new ApiProblem(
          400,
          'Not for a token',
          `No token can be made for ${refused.join(', ')}: it can be for ${tokenPermissions.join(', ')}, as far as you may yourself.`,
        );
      const token = `${serviceTokenMark}${randomBytes(32).toString('base64url')}`;
      const createdAt = clock.now();
      const expiresAt = new Date(Date.parse(createdAt) + days * 24 * 3600_000).toISOString();
      const made = await serviceTokens.create({
        tokenId: newId(),
        hash: sha256Of(token),
        name,
        scope: asked,
        createdBy,
        createdAt,
        expiresAt,
        reason,
      });
      if (made === null)
        throw new ApiProblem(
          409,
          'Name in use',
          `A token ${name} is in force: revoke it first, or choose another name.`,
        );
      void reply.header('cache-control', 'no-store');
      return { ...made, token };
    },
  );

  app.post(
    '/v1/service-tokens/:id/revoke',
    {
      config: { permission: 'administer' },
      schema: { params: TokenId, body: RevokeInput, response: { 200: ServiceTokenView } },
    },
    async (request) => {
      const { id } = request.params;
      const revoked = await serviceTokens.revoke(id, signedIn(request).name, request.body.reason, clock.now());
      if (revoked === null) throw new ApiProblem(404, 'No such token', `There is no token ${id} that is in force.`);
      return revoked;
    },
  );
}
