// Bringing machines back to their baselines: proposed with all that differs, decided by another person (I6), carried out by a workflow.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { complianceOf, isCompliant, type Item } from '../../domain/baseline.js';
import { withPatchWaivers } from '../../domain/patchWaiver.js';
import { withWaivers } from '../../domain/waiver.js';
import { baselineFacts, baselineFor } from '../../domain/baselineFacts.js';
import { canonical } from '../../domain/canonical.js';
import {
  reinstallation,
  restorationDecisionProblems,
  type Reinstallable,
  type RestorationSubject,
  type RestorationWay,
} from '../../domain/restoration.js';
import type { Vm } from '../../domain/vm.js';
import { restorationDecidedSignal } from '../../workflows/messages.js';
import { signedIn } from '../access.js';
import { RestorationDecisionInput, RestorationInput, RestorationView } from '../contract/index.js';
import { machineNamed } from '../machine.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

export function restorationRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, policy, approvals, client, taskQueue, clock, newId, digests } = parts;
  const { restorations, baselines, sessions, patches } = inventory;

  app.get(
    '/v1/restorations',
    {
      config: { permission: 'read' },
      schema: {
        querystring: z.object({ vm: z.string().max(200).optional() }),
        response: { 200: z.array(RestorationView) },
      },
    },
    async ({ query: { vm } }) =>
      restorations.restorations(vm === undefined ? {} : { vmId: (await machineNamed(inventory.fleet, vm)).vmId }),
  );

  app.get(
    '/v1/restorations/:id',
    {
      config: { permission: 'read' },
      schema: { params: z.object({ id: z.string().max(100) }), response: { 200: RestorationView } },
    },
    async ({ params: { id } }) => {
      const held = await restorations.restoration(id);
      if (held === null) throw unknown(id);
      return held;
    },
  );

  app.post(
    '/v1/vms/:name/restorations',
    {
      config: { permission: 'schedule' },
      schema: {
        params: z.object({ name: z.string().max(200) }),
        body: RestorationInput,
        response: { 200: RestorationView },
      },
    },
    async (request) => {
      const vm = await machineNamed(inventory.fleet, request.params.name);
      const { approvals } = await policy.current();
      const subject = await subjectOf(vm, request.body.way, request.body.session);
      const now = clock.now();
      const asked = await restorations.ask({
        restorationId: newId(),
        subject,
        digest: digests.sha256(canonical(subject)),
        requestedBy: signedIn(request).name,
        reason: request.body.reason,
        requestedAt: now,
        expiresAt: new Date(Date.parse(now) + approvals.expireAfterMinutes * 60_000).toISOString(),
      });
      if (asked === null)
        throw new ApiProblem(
          409,
          'Under way',
          `${vm.name} is being brought back already: \`patchline baseline restorations --vm ${vm.name}\`.`,
        );
      await client.workflow.start('baselineRestore', {
        taskQueue,
        workflowId: workflowIdOf(asked.restorationId),
        staticSummary: `${vm.name} back to baseline ${subject.baseline} ${subject.version}`,
        args: [{ restorationId: asked.restorationId }],
      });
      return asked;
    },
  );

  app.post(
    '/v1/restorations/:id/decision',
    {
      config: { permission: 'decide' },
      schema: {
        params: z.object({ id: z.string().max(100) }),
        body: RestorationDecisionInput,
        response: { 200: RestorationView },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { verdict, digest, justification } = request.body;
      const by = signedIn(request);
      const { categories } = await policy.current();
      const at = clock.now();
      const decided = await restorations.decide(id, { by: by.name, verdict, justification, at }, (held) => {
        const rule = categories.find((one) => one.name === held.subject.category);
        const decision = { by, verdict, digest, justification };
        return restorationDecisionProblems(decision, held, rule?.approverRole ?? null, at);
      });
      if (decided === null) throw unknown(id);
      if (decided.problems.length > 0) throw new ApiProblem(409, 'Refused', `${decided.problems.join('; ')}.`);
      await client.workflow.getHandle(workflowIdOf(id)).signal(restorationDecidedSignal);
      return decided.restoration;
    },
  );

  async function subjectOf(vm: Vm, kind: RestorationWay['kind'], session: string | null): Promise<RestorationSubject> {
    if (vm.goneAt !== null) throw notNow(`${vm.name} is gone since ${vm.goneAt}`);
    const { limits, categories, waivers } = await policy.current();
    const now = clock.now();
    const rule = categories.find((one) => one.name === vm.category);
    const mine = baselineFor(await baselines.baselines({ status: 'approved' }), vm.category);
    if (rule === undefined || mine === null)
      throw notNow(`${vm.name} is in ${vm.category ?? 'no category'}, for which no baseline is approved`);
    const [facts] = baselineFacts(await baselines.fleetKnowledge(vm.vmId), now, limits.factsMaxAgeMinutes);
    if (facts === undefined) throw notNow(`nothing is known of ${vm.name}`);
    const judged = withWaivers(complianceOf(mine.content, facts), waivers, vm, now);
    const standing = await inventory.patchWaivers.standing({ now, excusing: true });
    const items = withPatchWaivers(judged, standing, vm, now);
    const differences = items.filter((item) => !isCompliant([item]));
    if (differences.length === 0) throw notNow(`${vm.name} complies with ${mine.name} ${mine.version}`);
    const { way, left } =
      kind === 'restorePoint' ? await byRestorePoint(vm, session) : await byInstalling(vm, differences);
    return {
      vmId: vm.vmId,
      vmName: vm.name,
      environment: vm.environment,
      category: rule.name,
      baseline: mine.name,
      version: mine.version,
      differences,
      way,
      left,
      windowRule: rule.windows[vm.environment],
    };
  }

  async function byRestorePoint(vm: Vm, wanted: string | null): Promise<Pick<RestorationSubject, 'way' | 'left'>> {
    const taken = (await sessions.sessions({ vmId: vm.vmId })).filter(
      (one) => one.restorePoint !== null && !one.sessionId.startsWith('restoration/'),
    );
    const chosen = wanted === null ? taken.at(-1) : taken.find((one) => one.sessionId === wanted);
    if (chosen === undefined || chosen.restorePoint === null)
      throw notNow(
        `${vm.name} has ${wanted === null ? 'no restore point' : `no restore point of session ${wanted}`}: ${
          taken.map((one) => one.sessionId).join(', ') || 'none was ever taken'
        }`,
      );
    const { sessionId, restorePoint, startedAt } = chosen;
    const on = new Set((await sessions.patchesOn([vm.vmId])).map((one) => one.patchId));
    const undoes = (await sessions.installations({ vmId: vm.vmId }))
      .filter((one) => one.at >= startedAt && one.state === 'installed' && on.has(one.patchId))
      .map((one) => one.patchId);
    const way = { kind: 'restorePoint' as const, sessionId, restorePoint, takenAt: startedAt };
    return { way: { ...way, undoes: [...new Set(undoes)].sort() }, left: [] };
  }

  async function byInstalling(vm: Vm, differences: Item[]): Promise<Pick<RestorationSubject, 'way' | 'left'>> {
    const allowed = new Map<string, Reinstallable>();
    for (const { kind, name, verdict } of differences) {
      const one = kind === 'patch' && verdict === 'missing' ? await reinstallable(vm, name) : null;
      if (one !== null) allowed.set(name, one);
    }
    const { patches: again, left } = reinstallation(differences, allowed);
    if (again.length === 0)
      throw notNow(`nothing can be installed again: ${left.map(({ name, why }) => `${name}: ${why}`).join('; ')}`);
    return { way: { kind: 'reinstall', patches: again }, left };
  }

  /** I1: only by the approval that stands, and only where that approval names the machine. */
  async function reinstallable(vm: Vm, patchId: string): Promise<Reinstallable | null> {
    if (vm.category === null || (await patches.patch(patchId)) === null) return null;
    if (vm.environment === 'staging') return { patchId, ring: 'staging', digest: null, decisionId: null };
    const approval = await approvals.standing(patchId, vm.category);
    const ring = approval?.request.subject.rings.find((one) => one.vmIds.includes(vm.vmId));
    if (approval === null || ring === undefined) return null;
    const { request, decision } = approval;
    return { patchId, ring: ring.name, digest: request.digest, decisionId: decision.decisionId };
  }
}

function workflowIdOf(restorationId: string): string {
  return `baseline-restore/${restorationId}`;
}

function notNow(why: string): ApiProblem {
  return new ApiProblem(409, 'Nothing to restore', `${why}.`);
}

function unknown(id: string): ApiProblem {
  return new ApiProblem(
    404,
    'Unknown restoration',
    `There is no restoration ${id}: \`patchline baseline restorations\` lists them.`,
  );
}
