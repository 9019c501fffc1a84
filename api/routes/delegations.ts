// Delegations: whoever decides by a right of their own names somebody for a span; only they, or an administrator, end it before.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { couldDecide } from '../../domain/approvalRules.js';
import { delegationProblems, delegationText, type KeptDelegation } from '../../domain/delegation.js';
import type { DecisionRequest } from '../../ports/decisions.js';
import { signedIn } from '../access.js';
import { DelegationInput, DelegationRevokeInput, DelegationView } from '../contract/index.js';
import { Paging, tellNext } from '../paging.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

const Filters = Paging.extend({
  person: z.string().max(100).optional(),
  category: z.string().max(100).optional(),
  standing: z.enum(['true', 'false']).optional(),
});

export function delegationRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, policy, clock, newId, signing } = parts;
  const { delegations, decisions } = inventory;

  app.get(
    '/v1/delegations',
    { config: { permission: 'read' }, schema: { querystring: Filters, response: { 200: z.array(DelegationView) } } },
    async ({ query: { person, category, standing, after, limit } }, reply) => {
      const found = await delegations.delegations({
        limit,
        ...(after === undefined ? {} : { after }),
        ...(person === undefined ? {} : { person }),
        ...(category === undefined ? {} : { category }),
        ...(standing === 'true' ? { standing: clock.now() } : {}),
      });
      tellNext(reply, found, limit, (one) => one.delegationId);
      return viewsOf(found);
    },
  );

  // Owners of machines and people named by a rule decide as well, whatever their roles: the rules say who, below.
  app.post(
    '/v1/delegations',
    { config: { permission: 'read' }, schema: { body: DelegationInput, response: { 200: DelegationView } } },
    async (request) => {
      const { delegate, category, reason } = request.body;
      const { approvals, categories } = await policy.current();
      const rules = categories.filter((one) => category === null || one.name === category);
      if (rules.length === 0)
        throw new ApiProblem(
          404,
          'Unknown category',
          `Policy has no category ${category ?? ''}: it has ${categories.map((one) => one.name).join(', ')}.`,
        );
      const delegator = signedIn(request);
      const people = await policy.people();
      const at = clock.now();
      const asked = {
        delegationId: newId(),
        delegator: delegator.name,
        delegate,
        category,
        reason: reason.trim(),
        at,
        from: new Date(request.body.from ?? at).toISOString(),
        until: new Date(request.body.until).toISOString(),
      };
      const problems = delegationProblems(asked, {
        decides: rules.some((rule) => couldDecide(approvals, rule, delegator)),
        isKnown: (name) => people.some((one) => one.name === name),
        daysMax: approvals.delegation.daysMax,
      });
      if (problems.length > 0) throw new ApiProblem(409, 'Not granted', `${problems.join('; ')}.`);
      return viewOf(await delegations.grant({ ...asked, signature: signing.sign(delegationText(asked)) }));
    },
  );

  app.post(
    '/v1/delegations/:id/revocation',
    {
      config: { permission: 'read' },
      schema: {
        params: z.object({ id: z.string().max(100) }),
        body: DelegationRevokeInput,
        response: { 200: DelegationView },
      },
    },
    async (request) => {
      const person = signedIn(request);
      const [held] = await delegations.delegations({ delegationId: request.params.id });
      const isTheirs = held === undefined || [held.delegator, held.delegate].includes(person.name);
      if (!isTheirs && !person.roles.includes('administrator'))
        throw new ApiProblem(
          403,
          'Not allowed',
          `It is revoked by ${held.delegator}, by ${held.delegate}, or by an administrator.`,
        );
      const end = { by: person.name, reason: request.body.reason, at: clock.now() };
      const ended = await delegations.revoke(request.params.id, end);
      if (ended === null)
        throw new ApiProblem(
          404,
          'No such delegation',
          'It was never granted, or is revoked already: `patchline delegation list`.',
        );
      return viewOf(ended);
    },
  );

  async function viewOf(held: KeptDelegation): Promise<DelegationView> {
    return oneView(held, await decisions.requests({ status: 'waiting' }));
  }

  async function viewsOf(found: KeptDelegation[]): Promise<DelegationView[]> {
    const waiting = await decisions.requests({ status: 'waiting' });
    return found.map((one) => oneView(one, waiting));
  }

  function oneView(held: KeptDelegation, waiting: DecisionRequest[]): DelegationView {
    const { signature, ...told } = held;
    const status = statusOf(held);
    const open = status === 'standing' || status === 'later';
    return {
      ...told,
      status,
      signatureHolds: signing.verify(delegationText(held), signature),
      barred: open ? waiting.flatMap((request) => barredIn(request, held)) : [],
    };
  }

  function statusOf({ revokedAt, from, until }: KeptDelegation): DelegationView['status'] {
    const now = Date.parse(clock.now());
    if (revokedAt !== null) return 'revoked';
    if (now >= Date.parse(until)) return 'over';
    return now < Date.parse(from) ? 'later' : 'standing';
  }
}

/** As it was known when it was asked. */
function barredIn(request: DecisionRequest, held: KeptDelegation): DelegationView['barred'] {
  const { patchId, category, approval, requestedBy } = request;
  if (held.category !== null && held.category !== category) return [];
  const barred =
    approval?.known?.barred ?? requestedBy.map((name) => ({ name, why: 'requested this change, or edited it' }));
  return barred
    .filter(({ name }) => name === held.delegate || name === held.delegator)
    .map(({ name, why }) => ({ patchId, category, why: `${name} ${why}` }));
}
