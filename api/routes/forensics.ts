// Evidence that is taken of a machine before a patch: what is asked for, what was found, and who let it pass without.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { waiverProblems, type ForensicStep } from '../../domain/forensics.js';
import { signedIn } from '../access.js';
import { ForensicEvidenceView, ForensicStepView, ForensicWaiverInput } from '../contract/index.js';
import { machineNamed } from '../machine.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

export function forensicRoutes(scope: FastifyInstance, { inventory, policy, clock }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { forensics, fleet, decisions } = inventory;

  app.get(
    '/v1/forensics',
    {
      config: { permission: 'read' },
      schema: {
        querystring: z.object({
          vm: z.string().max(200).optional(),
          patch: z.string().max(100).optional(),
          state: z.enum(['open', 'done', 'waived', 'ended']).optional(),
        }),
        response: { 200: z.array(ForensicStepView) },
      },
    },
    async ({ query: { vm, patch, state } }) =>
      named(
        await forensics.steps({
          ...(vm === undefined ? {} : { vmId: (await machineNamed(fleet, vm)).vmId }),
          ...(patch === undefined ? {} : { patchId: patch }),
          ...(state === undefined ? {} : { state }),
        }),
      ),
  );

  app.get(
    '/v1/forensics/:hash',
    {
      config: { permission: 'read' },
      schema: {
        params: z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex') }),
        response: { 200: ForensicEvidenceView },
      },
    },
    async ({ params: { hash } }) => {
      const held = await forensics.evidence(hash);
      if (held === null)
        throw new ApiProblem(404, 'No such evidence', `${hash} was never taken: \`forensics list\` shows what was.`);
      return { ...held, vmName: (await fleet.names([held.vmId])).get(held.vmId) ?? held.vmId };
    },
  );

  app.post(
    '/v1/forensics/waivers',
    {
      config: { permission: 'decide' },
      schema: { body: ForensicWaiverInput, response: { 200: ForensicStepView } },
    },
    async (request) => {
      const { patchId, reason } = request.body;
      const vm = await machineNamed(fleet, request.body.vm);
      const by = signedIn(request);
      const rule = (await policy.current()).categories.find((one) => one.name === vm.category);
      const asked = await decisions.requests({ patchId });
      const requestedBy = asked.filter((one) => one.category === vm.category).flatMap((one) => one.requestedBy);
      const waiver = { by: by.name, reason, at: clock.now() };
      const { step, problems } = await forensics.waive(patchId, vm.vmId, waiver, (held) =>
        waiverProblems({ by, reason, approverRole: rule?.approverRole ?? null, requestedBy, step: held }),
      );
      if (problems.length > 0 || step === null) throw new ApiProblem(409, 'Not waived', problems.join('; '));
      return { ...step, vmName: vm.name };
    },
  );

  async function named(steps: ForensicStep[]): Promise<ForensicStepView[]> {
    const names = await fleet.names([...new Set(steps.map((step) => step.vmId))]);
    return steps.map((step) => ({ ...step, vmName: names.get(step.vmId) ?? step.vmId }));
  }
}
