// What is due until when: in groups, by machine, and what awaits a decision. Asking for a computation anew decides nothing.

import { grouped } from '../../domain/grouped.js';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { byUrgency, factOf, mostUrgent } from '../../domain/due.js';
import { alarmKindOf, missedWords } from '../../domain/urgency.js';
import type { DueFilter, DueGroup } from '../../ports/due.js';
import type { DecisionRequest } from '../../ports/decisions.js';
import { signedIn } from '../access.js';
import { DueGroupView, DueView, WaitingView } from '../contract/index.js';
import { machineNamed } from '../machine.js';
import { Paging, tellNext } from '../paging.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';
import { groupView, sumOf } from '../urgent.js';

const Filters = z.object({
  patch: z.string().max(100).optional(),
  category: z.string().max(100).optional(),
  environment: z.enum(['production', 'staging']).optional(),
  overdue: z.enum(['true', 'false']).optional().describe('Only what is over'),
  withinHours: z.coerce
    .number()
    .min(0)
    .max(10 * 365 * 24)
    .optional()
    .describe('Only what is due within so many hours, and what is over'),
});
type Filters = z.infer<typeof Filters>;

export function dueRoutes(scope: FastifyInstance, { inventory, policy, windows, engine, clock }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/v1/due',
    { config: { permission: 'read' }, schema: { querystring: Filters, response: { 200: z.array(DueGroupView) } } },
    async ({ query }) => {
      const now = clock.now();
      const rules = await policy.current();
      return (await inventory.due.groups({ ...filterOf(query, now), now })).map((group) =>
        groupView(group, rules, windows, now),
      );
    },
  );

  app.get(
    '/v1/due/machines',
    {
      config: { permission: 'read' },
      schema: {
        querystring: Paging.extend(Filters.shape).extend({ vm: z.string().max(200).optional() }),
        response: { 200: z.array(DueView) },
      },
    },
    async ({ query: { vm, after, limit, ...query } }, reply) => {
      const now = clock.now();
      const { danger } = (await policy.current()).priority;
      const machine = vm === undefined ? {} : { vmIds: [(await machineNamed(inventory.fleet, vm)).vmId] };
      const place = after === undefined ? {} : { after: placeOf(after) };
      const rows = await inventory.due.rows({ ...filterOf(query, now), ...machine, ...place, now, limit });
      tellNext(reply, rows, limit, (row) => `${row.deadline ?? ''}~${row.patchId}~${row.vmId}`);
      return rows.map((row) => ({ ...row, state: row.waived === null ? alarmKindOf(row, danger, now) : null }));
    },
  );

  app.get(
    '/v1/requests/waiting',
    { config: { permission: 'read' }, schema: { response: { 200: z.array(WaitingView) } } },
    async () => {
      const requests = await inventory.decisions.requests({ status: 'waiting' });
      const patchIds = [...new Set(requests.map((request) => request.patchId))];
      const groups = await inventory.due.groups({ patchIds, environment: 'production', now: clock.now() });
      const due = grouped(groups, (group) => `${group.patchId}\n${group.category ?? ''}`);
      const views = requests.map((request) =>
        waitingView(request, due.get(`${request.patchId}\n${request.category}`) ?? []),
      );
      return views.toSorted((a, b) => byUrgency(rankOf(a), rankOf(b)));
    },
  );

  app.post(
    '/v1/due/computations',
    { config: { permission: 'schedule' }, schema: { response: { 200: z.object({ asked: z.boolean() }) } } },
    async (request) => {
      await engine.auditUrgency(`asked for by ${signedIn(request).name}`);
      return { asked: true };
    },
  );
}

/** Today's deadline where one is stored, else the one that was shown. */
function waitingView(request: DecisionRequest, groups: DueGroup[]): WaitingView {
  const { requestId, patchId, category, urgency, requestedBy, requestedAt, expiresAt, digest, subject } = request;
  const [first] = groups;
  const dated = mostUrgent(groups) ?? urgency;
  const told = first ?? urgency;
  return {
    requestId,
    patchId,
    category,
    tier: dated?.tier ?? null,
    deadline: dated?.deadline ?? null,
    reason: told === null || told === undefined ? null : factOf(told),
    overdue: groups.length > 0 ? sumOf(groups) : (urgency?.overdue ?? 0),
    forensics: told?.forensics ?? false,
    misses: (urgency?.rings ?? []).flatMap((ring) => {
      const words = missedWords(ring);
      return words === null ? [] : [`ring ${ring.name} ${words}`];
    }),
    machines: subject.vmIds.length,
    requestedBy,
    requestedAt,
    expiresAt,
    digest,
  };
}

/** What has no tier comes last. */
function rankOf({ tier, deadline }: WaitingView): { tier: string; deadline: string | null } {
  return { tier: tier ?? 'none', deadline };
}

function filterOf({ patch, category, environment, overdue, withinHours }: Filters, now: string): DueFilter {
  const until = withinHours === undefined ? null : new Date(Date.parse(now) + withinHours * 3_600_000).toISOString();
  const before = overdue === 'true' ? now : until;
  return {
    ...(patch === undefined ? {} : { patchIds: [patch] }),
    ...(category === undefined ? {} : { category }),
    ...(environment === undefined ? {} : { environment }),
    ...(before === null ? {} : { before }),
    // What a waiver excuses is not over: it is waived.
    ...(overdue === 'true' ? { waived: false as const } : {}),
  };
}

/** A place as `tellNext` names it. */
function placeOf(after: string): { deadline: string | null; patchId: string; vmId: string } {
  const [deadline = '', patchId = '', vmId = '', ...more] = after.split('~');
  if (vmId === '' || more.length > 0 || (deadline !== '' && Number.isNaN(Date.parse(deadline))))
    throw new ApiProblem(400, 'Not a place', 'after must be the `x-next` of the page before, as it was.');
  return { deadline: deadline === '' ? null : deadline, patchId, vmId };
}
