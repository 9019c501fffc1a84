// Waivers of patches: asked for by one person, decided by another who decides for the category, ended early with a reason (I6).

import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { approvalPath } from '../../domain/approvalPath.js';
import { presenceOf } from '../../domain/demand.js';
import {
  revocationProblems,
  waiverDecisionProblems,
  waiverProblems,
  waiverStatuses,
  type PatchWaiver,
} from '../../domain/patchWaiver.js';
import type { CategoryRule } from '../../domain/policy.js';
import type { Vm } from '../../domain/vm.js';
import type { AskedPatchWaiver } from '../../ports/patchWaivers.js';
import { signedIn } from '../access.js';
import { beginOrLater } from '../begin.js';
import {
  WaiverDecisionInput,
  WaiverInput,
  WaiverRenewInput,
  WaiverRevokeInput,
  WaiverView,
} from '../contract/index.js';
import { machineNamed } from '../machine.js';
import { Paging, tellNext } from '../paging.js';
import type { ApiParts } from '../parts.js';
import { requirePatch } from '../patchLife.js';
import { ApiProblem } from '../problem.js';
import { waiverViews } from '../waived.js';

const Id = z.object({ id: z.string().max(100) });
const Filters = Paging.extend({
  patch: z.string().max(100).optional(),
  vm: z.string().max(200).optional(),
  category: z.string().max(100).optional(),
  status: z.enum(waiverStatuses).optional(),
  withinHours: z.coerce
    .number()
    .min(0)
    .max(10 * 365 * 24)
    .optional()
    .describe('Only approved ones that end within so many hours'),
});

/** Where a waiver counts: the category whose approvers decide, and one machine of it or all. */
interface Scope {
  rule: CategoryRule;
  vm: Vm | null;
}

export function waiverRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, policy, engine, clock, newId } = parts;
  const { patchWaivers } = inventory;

  app.get(
    '/v1/waivers',
    { config: { permission: 'read' }, schema: { querystring: Filters, response: { 200: z.array(WaiverView) } } },
    async ({ query: { patch, vm, category, status, withinHours, after, limit } }, reply) => {
      const soon = withinHours === undefined ? null : Date.parse(clock.now()) + withinHours * 3_600_000;
      const waivers = await patchWaivers.waivers({
        limit,
        ...(after === undefined ? {} : { after }),
        ...(patch === undefined ? {} : { patchIds: [patch] }),
        ...(vm === undefined ? {} : { vmId: (await machineNamed(inventory.fleet, vm)).vmId }),
        ...(category === undefined ? {} : { category }),
        ...(status === undefined ? {} : { statuses: [status] }),
        ...(soon === null ? {} : { endsBefore: new Date(soon).toISOString(), statuses: ['approved' as const] }),
      });
      tellNext(reply, waivers, limit, (one) => one.waiverId);
      return waiverViews(parts, waivers);
    },
  );

  app.get(
    '/v1/waivers/:id',
    { config: { permission: 'read' }, schema: { params: Id, response: { 200: WaiverView } } },
    async ({ params: { id } }) => viewOf(await requireWaiver(id)),
  );

  app.post(
    '/v1/waivers',
    { config: { permission: 'record' }, schema: { body: WaiverInput, response: { 200: WaiverView } } },
    async (request) => {
      const { patchId, until, reason, control, owner } = request.body;
      await requirePatch(parts, patchId);
      const where = await scopeOf(request.body.vm, request.body.category);
      const told = { until: new Date(until).toISOString(), reason: reason.trim(), control: control.trim() };
      const made = await ask(
        patchId,
        where,
        { ...told, owner: await ownerNamed(owner), renews: null },
        signedIn(request).name,
      );
      await look(made.waiverId, request.log);
      return viewOf(made);
    },
  );

  app.post(
    '/v1/waivers/:id/renewal',
    {
      config: { permission: 'record' },
      schema: { params: Id, body: WaiverRenewInput, response: { 200: WaiverView } },
    },
    async (request) => {
      const held = await requireWaiver(request.params.id);
      const { until, reason, control } = request.body;
      const where = await scopeOf(held.vmId, held.vmId === null ? held.category : null);
      const told = {
        until: new Date(until).toISOString(),
        reason: reason.trim(),
        control: (control ?? held.control).trim(),
        owner: held.owner,
        renews: held.waiverId,
      };
      const made = await ask(held.patchId, where, told, signedIn(request).name);
      await look(made.waiverId, request.log);
      return viewOf(made);
    },
  );

  app.post(
    '/v1/waivers/:id/decision',
    {
      config: { permission: 'decide' },
      schema: { params: Id, body: WaiverDecisionInput, response: { 200: WaiverView } },
    },
    async (request) => {
      const { id } = request.params;
      const { verdict, justification } = request.body;
      const by = signedIn(request);
      const { patchId, category, vmId } = await requireWaiver(id);
      const rules = await policy.current();
      const tiers = await tiersOf(patchId, category, vmId);
      const facts = {
        policy: rules.patchWaivers,
        tiers,
        approverRoles: rolesFor(rules, category, tiers),
        revisedAt: await revisedAt(patchId),
      };
      const at = clock.now();
      const decided = await patchWaivers.decide(id, { by: by.name, verdict, justification, at }, (held) =>
        waiverDecisionProblems({ by, verdict, justification }, held, facts, at),
      );
      if (decided === null) throw unknown(id);
      if (decided.problems.length > 0) throw new ApiProblem(409, 'Refused', `${decided.problems.join('; ')}.`);
      await look(id, request.log);
      return viewOf(decided.waiver);
    },
  );

  app.post(
    '/v1/waivers/:id/revocation',
    {
      config: { permission: 'record' },
      schema: { params: Id, body: WaiverRevokeInput, response: { 200: WaiverView } },
    },
    async (request) => {
      const { id } = request.params;
      const { reason } = request.body;
      const by = signedIn(request);
      const { patchId, category, vmId } = await requireWaiver(id);
      const roles = rolesFor(await policy.current(), category, await tiersOf(patchId, category, vmId));
      const end = { status: 'revoked' as const, by: by.name, reason: reason.trim(), at: clock.now() };
      const ended = await patchWaivers.end(id, end, (held) => revocationProblems(by, reason, held, roles));
      if (ended === null) throw unknown(id);
      if (ended.problems.length > 0) throw new ApiProblem(409, 'Refused', `${ended.problems.join('; ')}.`);
      await look(id, request.log);
      return viewOf(ended.waiver);
    },
  );

  const look = (waiverId: string, log: FastifyBaseLogger) =>
    beginOrLater(() => engine.startWaiver(waiverId, true), `the timer of waiver ${waiverId}`, log);

  async function ask(
    patchId: string,
    { rule, vm }: Scope,
    told: Pick<AskedPatchWaiver, 'until' | 'reason' | 'control' | 'owner' | 'renews'>,
    requestedBy: string,
  ): Promise<PatchWaiver> {
    const { patchWaivers: limits, approvals } = await policy.current();
    const now = clock.now();
    const tiers = await tiersOf(patchId, rule.name, vm?.vmId ?? null);
    const facts = { policy: limits, tiers, needless: await needless(patchId, rule.name, vm) };
    const problems = waiverProblems(told, facts, now);
    if (problems.length > 0) throw new ApiProblem(400, 'Not a waiver', `${problems.join('; ')}.`);
    const path = approvalPath(approvals, rule.approverRole, tiers.toSorted()[0] ?? null);
    const askedUntil = Math.min(Date.parse(now) + path.expireAfterMinutes * 60_000, Date.parse(told.until));
    const asked = await patchWaivers.ask({
      waiverId: newId(),
      patchId,
      category: rule.name,
      vmId: vm?.vmId ?? null,
      vmName: vm?.name ?? null,
      ...told,
      revisedAt: await revisedAt(patchId),
      requestedBy,
      requestedAt: now,
      askedUntil: new Date(askedUntil).toISOString(),
    });
    if (asked !== null) return asked;
    const place = `--patch ${patchId} --category ${rule.name}`;
    throw new ApiProblem(
      409,
      'Asked for already',
      `One awaits a decision: \`patchline waiver list ${place}\` shows it.`,
    );
  }

  async function scopeOf(vmName: string | null, category: string | null): Promise<Scope> {
    const { categories } = await policy.current();
    const vm = vmName === null ? null : await machineNamed(inventory.fleet, vmName);
    if (vm !== null && vm.goneAt !== null)
      throw new ApiProblem(409, 'Gone', `${vm.name} is gone since ${vm.goneAt}: it lacks nothing any more.`);
    const name = vm === null ? category : vm.category;
    const rule = categories.find((one) => one.name === name);
    if (rule !== undefined) return { rule, vm };
    if (vm !== null)
      throw new ApiProblem(
        409,
        'In no category',
        `${vm.name} is in no category: nobody decides for it, and nothing is installed.`,
      );
    throw new ApiProblem(404, 'Unknown category', `Policy has no category ${name ?? ''}: \`policy show\` lists them.`);
  }

  /** Why there is nothing to waive; null: some machine lacks the patch, or nobody knows whether it does. */
  async function needless(patchId: string, category: string, vm: Vm | null): Promise<string | null> {
    const { patch } = await requirePatch(parts, patchId);
    const vms = vm === null ? await inventory.fleet.vms({ category, existing: true }) : [vm];
    if (vms.length === 0) return `no machine is in ${category}`;
    const demand = await inventory.patches.demand({ patchId, vmIds: vms.map((one) => one.vmId) });
    if (demand.length > 0) return null;
    const evidence = vms.map((one) => presenceOf(patch, one));
    if (!evidence.every((one) => one.kind === 'present')) return null;
    return vm === null
      ? `every machine of ${category} has ${patchId}`
      : `${vm.name} has ${patchId}: ${evidence[0]?.evidence ?? ''}`;
  }

  /** Of the deadlines that are waived. */
  async function tiersOf(patchId: string, category: string, vmId: string | null): Promise<string[]> {
    const vmIds = vmId === null ? {} : { vmIds: [vmId] };
    const rows = await inventory.due.rows({ patchIds: [patchId], category, ...vmIds, now: clock.now() });
    return [...new Set(rows.map((row) => row.tier))];
  }

  async function revisedAt(patchId: string): Promise<string | null> {
    return (await inventory.revisions.newest([patchId], 'content')).get(patchId) ?? null;
  }

  /** A person whom policy knows is kept by name, so that nobody approves what they own under another spelling. */
  async function ownerNamed(owner: string): Promise<string> {
    const wanted = owner.toLowerCase();
    const people = await policy.people();
    const person = people.find((one) => one.name.toLowerCase() === wanted || one.mail.toLowerCase() === wanted);
    if (person !== undefined) return person.name;
    if (z.email().safeParse(owner).success) return owner;
    throw new ApiProblem(400, 'Unknown owner', `${owner} is neither a person whom policy knows nor a mail address.`);
  }

  async function requireWaiver(id: string): Promise<PatchWaiver> {
    const held = await patchWaivers.waiver(id);
    if (held === null) throw unknown(id);
    return held;
  }

  async function viewOf(waiver: PatchWaiver): Promise<WaiverView> {
    const [view] = await waiverViews(parts, [waiver]);
    if (view === undefined) throw new Error(`waiver ${waiver.waiverId} is not shown`);
    return view;
  }
}

/** The path of the most urgent deadline that is waived. */
function rolesFor(
  { categories, approvals }: Awaited<ReturnType<ApiParts['policy']['current']>>,
  category: string,
  tiers: string[],
): string[] {
  const rule = categories.find((one) => one.name === category);
  return rule === undefined
    ? []
    : approvalPath(approvals, rule.approverRole, tiers.toSorted()[0] ?? null).approverRoles;
}

function unknown(id: string): ApiProblem {
  return new ApiProblem(404, 'Unknown waiver', `There is no waiver ${id}: \`patchline waiver list\` shows them.`);
}
