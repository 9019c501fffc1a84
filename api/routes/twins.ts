// Twins: proposed to close a gap in staging, decided by another person, signed as decisions are; their story builds and removes them (I5, I6).

import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { approvalPath } from '../../domain/approvalPath.js';
import { canonical } from '../../domain/canonical.js';
import { nameFrom } from '../../domain/operation.js';
import { staleness } from '../../domain/staleness.js';
import {
  openTwinStatuses,
  twinDecisionProblems,
  twinDecisionText,
  twinStatuses,
  type Twin,
  type TwinSubject,
} from '../../domain/twin.js';
import { proposeTwin } from '../../domain/twinProposal.js';
import type { Vm } from '../../domain/vm.js';
import { signedIn } from '../access.js';
import { beginOrLater } from '../begin.js';
import { TwinDecisionInput, TwinInput, TwinRetirementInput, TwinView } from '../contract/twins.js';
import { machineNamed } from '../machine.js';
import { Paging, tellNext } from '../paging.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

const Id = z.object({ id: z.string().max(100) });
const Filters = Paging.extend({
  category: z.string().max(100).optional(),
  vm: z.string().max(200).optional().describe('Name or id of the machine that is copied'),
  status: z.enum(twinStatuses).optional(),
});

export function twinRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, policy, signing, engine, clock, digests, newId } = parts;
  const { twins, fleet } = inventory;

  app.get(
    '/v1/twins',
    { config: { permission: 'read' }, schema: { querystring: Filters, response: { 200: z.array(TwinView) } } },
    async ({ query: { category, vm, status, after, limit } }, reply) => {
      const rows = await twins.twins({
        limit,
        ...(after === undefined ? {} : { after }),
        ...(category === undefined ? {} : { category }),
        ...(vm === undefined ? {} : { sourceVmIds: [(await machineNamed(fleet, vm)).vmId] }),
        ...(status === undefined ? {} : { statuses: [status] }),
      });
      tellNext(reply, rows, limit, (one) => one.twinId);
      return rows;
    },
  );

  app.get(
    '/v1/twins/:id',
    { config: { permission: 'read' }, schema: { params: Id, response: { 200: TwinView } } },
    async ({ params: { id } }) => required(id),
  );

  app.post(
    '/v1/twins',
    { config: { permission: 'record' }, schema: { body: TwinInput, response: { 200: TwinView } } },
    async (request) => {
      const { vm: name, reason, fresh } = request.body;
      const by = signedIn(request);
      const vm = await machineNamed(fleet, name);
      const twinId = newId();
      const subject = await subjectOf(twinId, vm, fresh);
      const at = clock.now();
      const { approvals } = await policy.current();
      const made = await twins.propose({
        twinId,
        subject,
        digest: digests.sha256(canonical(subject)),
        proposedBy: by.name,
        reason,
        proposedAt: at,
        expiresAt: new Date(Date.parse(at) + approvals.expireAfterMinutes * 60_000).toISOString(),
      });
      if (made === null)
        throw new ApiProblem(409, 'Not proposed', `A twin of ${subject.source.name} is proposed already, or there.`);
      await look(twinId, request.log);
      return made;
    },
  );

  app.post(
    '/v1/twins/:id/decision',
    {
      config: { permission: 'decide' },
      schema: { params: Id, body: TwinDecisionInput, response: { 200: TwinView } },
    },
    async (request) => {
      const held = await required(request.params.id);
      const { verdict, digest } = request.body;
      const by = signedIn(request);
      const { approvals, categories } = await policy.current();
      const rule = categories.find((one) => one.name === held.subject.category);
      const approverRoles = rule === undefined ? [] : approvalPath(approvals, rule.approverRole, null).approverRoles;
      const justification = request.body.reason.trim();
      const decision = { twinId: held.twinId, verdict, digest, by: by.name, at: clock.now(), justification };
      const signature = signing.sign(twinDecisionText(decision));
      const decided = await twins.decide({ ...decision, signature }, (row) =>
        twinDecisionProblems(decision, row, { person: by, approverRoles }),
      );
      if (decided === null) throw unknown(held.twinId);
      if (decided.problems.length > 0) throw new ApiProblem(409, 'Refused', `${decided.problems.join('; ')}.`);
      await look(held.twinId, request.log);
      return decided.twin;
    },
  );

  app.post(
    '/v1/twins/:id/retirement',
    {
      config: { permission: 'operate' },
      schema: { params: Id, body: TwinRetirementInput, response: { 200: TwinView } },
    },
    async (request) => {
      const { twinId, status, subject } = await required(request.params.id);
      if (status !== 'built')
        throw new ApiProblem(409, 'Not there', `${subject.name} is ${status}: only a twin that is built is retired.`);
      const { reason } = request.body;
      const by = signedIn(request).name;
      const told = { at: clock.now(), who: by, what: 'is to be retired', why: reason };
      const asked = await twins.move(twinId, ['built'], { retireAskedBy: by, retireReason: reason }, told);
      await look(twinId, request.log);
      return asked;
    },
  );

  async function subjectOf(twinId: string, asked: Vm, fresh: boolean): Promise<TwinSubject> {
    const current = await policy.current();
    const category = asked.category ?? '';
    const production = await fleet.vms({ environment: 'production', category, existing: true });
    const staging = await fleet.vms({ environment: 'staging', category, existing: true });
    const vmIds = production.map((vm) => vm.vmId);
    const known = new Map((await inventory.guests.knowledge(vmIds)).map((one) => [one.vmId, one]));
    const taken = await inventory.operations.restorePoints(vmIds);
    const now = clock.now();
    const proposal = proposeTwin({
      twinId,
      idHash: digests.sha256(twinId),
      asked,
      fresh,
      policy: current,
      production: await inventory.equivalence.facts(production, null),
      staging: await inventory.equivalence.facts(staging, null),
      restorePoints: taken.map(({ sessionId, vmId, intendedAt }) => ({
        vmId,
        name: nameFrom(digests.sha256(sessionId)),
        takenAt: intendedAt,
      })),
      staleness: (vmId) => staleness(known.get(vmId) ?? null, now, current.limits.factsMaxAgeMinutes),
      others: await twins.twins({ statuses: openTwinStatuses }),
    });
    if (proposal.kind === 'proposed') return proposal.subject;
    throw new ApiProblem(409, 'Not proposed', `${proposal.reasons.join('; ')}.`);
  }

  const look = (twinId: string, log: FastifyBaseLogger) =>
    beginOrLater(() => engine.startTwin(twinId, true), `the story of twin ${twinId}`, log);

  async function required(id: string): Promise<Twin> {
    const held = await twins.twin(id);
    if (held === null) throw unknown(id);
    return held;
  }
}

function unknown(id: string): ApiProblem {
  return new ApiProblem(404, 'Unknown twin', `There is no twin ${id}: \`patchline twin list\` shows them.`);
}
