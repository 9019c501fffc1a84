// Signed exceptions for machines that no staging machine stands for: granted by those who decide for the category, and signed as decisions are.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { approvalPath } from '../../domain/approvalPath.js';
import { exceptionText, grantProblems, type GrantedException } from '../../domain/testException.js';
import { signedIn } from '../access.js';
import { ExceptionInput, ExceptionRevokeInput, ExceptionView } from '../contract/index.js';
import { machineNamed } from '../machine.js';
import { Paging, tellNext } from '../paging.js';
import type { ApiParts } from '../parts.js';
import { requirePatch } from '../patchLife.js';
import { ApiProblem } from '../problem.js';

const Filters = Paging.extend({
  vm: z.string().max(200).optional(),
  category: z.string().max(100).optional(),
  standing: z.enum(['true', 'false']).optional(),
});

export function exceptionRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, policy, clock, newId, signing } = parts;
  const { exceptions, fleet } = inventory;

  app.get(
    '/v1/exceptions',
    { config: { permission: 'read' }, schema: { querystring: Filters, response: { 200: z.array(ExceptionView) } } },
    async ({ query: { vm, category, standing, after, limit } }, reply) => {
      const found = await exceptions.exceptions({
        limit,
        ...(after === undefined ? {} : { after }),
        ...(vm === undefined ? {} : { vmIds: [(await machineNamed(fleet, vm)).vmId] }),
        ...(category === undefined ? {} : { category }),
        ...(standing === 'true' ? { standing: clock.now() } : {}),
      });
      tellNext(reply, found, limit, (one) => one.exceptionId);
      return viewsOf(found);
    },
  );

  app.post(
    '/v1/exceptions',
    { config: { permission: 'decide' }, schema: { body: ExceptionInput, response: { 200: ExceptionView } } },
    async (request) => {
      const { patchId, reason } = request.body;
      const vm = await machineNamed(fleet, request.body.vm);
      if (patchId !== null) await requirePatch(parts, patchId);
      const current = await policy.current();
      const rule = current.categories.find((one) => one.name === vm.category);
      if (rule === undefined)
        throw new ApiProblem(
          409,
          'Not granted',
          `${vm.name} is in no category: \`patchline vm why-category ${vm.name}\`.`,
        );
      const by = signedIn(request);
      const [at, until] = [clock.now(), new Date(request.body.until).toISOString()];
      const asked = {
        exceptionId: newId(),
        vmId: vm.vmId,
        category: rule.name,
        patchId,
        reason: reason.trim(),
        by: by.name,
        at,
        until,
      };
      const { approverRoles } = approvalPath(current.approvals, rule.approverRole, null);
      const problems = grantProblems(asked, { person: by, approverRoles, environment: vm.environment });
      if (problems.length > 0) throw new ApiProblem(409, 'Not granted', `${problems.join('; ')}.`);
      const made = await exceptions.grant({ ...asked, signature: signing.sign(exceptionText(asked)) });
      return viewOf(made, vm.name);
    },
  );

  app.post(
    '/v1/exceptions/:id/revocation',
    {
      config: { permission: 'decide' },
      schema: {
        params: z.object({ id: z.string().max(100) }),
        body: ExceptionRevokeInput,
        response: { 200: ExceptionView },
      },
    },
    async (request) => {
      const end = { by: signedIn(request).name, reason: request.body.reason, at: clock.now() };
      const ended = await exceptions.revoke(request.params.id, end);
      if (ended === null)
        throw new ApiProblem(
          404,
          'No such exception',
          'It was never granted, or is revoked already: `patchline exception list`.',
        );
      const [view] = await viewsOf([ended]);
      return view ?? viewOf(ended, ended.vmId);
    },
  );

  async function viewsOf(found: GrantedException[]): Promise<ExceptionView[]> {
    const names = await fleet.names(found.map((one) => one.vmId));
    return found.map((one) => viewOf(one, names.get(one.vmId) ?? one.vmId));
  }

  function viewOf(held: GrantedException, vmName: string): ExceptionView {
    const { exceptionId, vmId, category, patchId, reason, by, at, until, revokedBy, revokedAt, revokeReason } = held;
    const isOver = !(Date.parse(clock.now()) < Date.parse(held.until));
    const status = held.revokedAt !== null ? 'revoked' : isOver ? 'over' : 'standing';
    return {
      exceptionId,
      vmId,
      vmName,
      category,
      patchId,
      reason,
      by,
      at,
      until,
      status,
      revokedBy,
      revokedAt,
      revokeReason,
    };
  }
}
