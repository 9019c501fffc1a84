// A category's calendar: windows, freezes, planned maintenance; to look at, and to subscribe to by a token.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { calendarOf, windowsOf, type CalendarEntry, type OpenWindow, type PlannedRun } from '../../domain/calendar.js';
import type { Run } from '../../domain/run.js';
import { signedIn } from '../access.js';
import { CalendarEntryView, NewSubscriptionView, SubscriptionInput, SubscriptionView } from '../contract/calendar.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

const daysDefault = 60;
const daysMax = 400;
/** Maintenance of the past stays in the calendar for so long. */
const daysBack = 14;
const dayMs = 86_400_000;
const occurrencesMax = 500;

export function calendarRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, policy, windows, calendars, digests, clock, newId } = parts;

  app.get(
    '/v1/calendar',
    {
      config: { permission: 'read' },
      schema: {
        querystring: z.object({
          category: z.string().max(100),
          days: z.coerce.number().int().min(1).max(daysMax).default(daysDefault),
        }),
        response: { 200: z.array(CalendarEntryView) },
      },
    },
    ({ query: { category, days } }) => entriesOf(category, days),
  );

  app.post(
    '/v1/calendar/subscriptions',
    {
      config: { permission: 'read' },
      schema: { body: SubscriptionInput, response: { 200: NewSubscriptionView } },
    },
    async (request) => {
      const { category } = request.body;
      await requireCategory(category);
      const token = `${newId()}${newId()}`.replaceAll('-', '');
      const subscription = {
        subscriptionId: newId().slice(0, 8),
        category,
        person: signedIn(request).name,
        createdAt: clock.now(),
      };
      await inventory.calendars.subscribe({ ...subscription, tokenHash: digests.sha256(token) });
      const path = `/calendar/${encodeURIComponent(category)}.ics?token=${token}`;
      return { ...subscription, revokedAt: null, path };
    },
  );

  app.get(
    '/v1/calendar/subscriptions',
    { config: { permission: 'read' }, schema: { response: { 200: z.array(SubscriptionView) } } },
    (request) => {
      const { name, roles } = signedIn(request);
      return inventory.calendars.subscriptions(roles.includes('administrator') ? {} : { person: name });
    },
  );

  app.post(
    '/v1/calendar/subscriptions/:id/revoke',
    {
      config: { permission: 'read' },
      schema: { params: z.object({ id: z.string().max(100) }), response: { 200: SubscriptionView } },
    },
    async (request) => {
      const { id } = request.params;
      const { name, roles } = signedIn(request);
      const mine = await inventory.calendars.subscriptions(roles.includes('administrator') ? {} : { person: name });
      const isMine = mine.some((one) => one.subscriptionId === id);
      const revoked = isMine ? await inventory.calendars.revoke(id, clock.now()) : null;
      if (revoked === null)
        throw new ApiProblem(404, 'No such subscription', `You have no subscription ${id} that is not revoked.`);
      return revoked;
    },
  );

  /** Calendar programs sign in with nothing but the address. */
  app.get(
    '/calendar/:file',
    {
      config: { permission: 'public' },
      schema: {
        params: z.object({ file: z.string().max(120) }),
        querystring: z.object({ token: z.string().max(200) }),
      },
    },
    async ({ params: { file }, query: { token } }, reply) => {
      const subscription = await inventory.calendars.byToken(digests.sha256(token));
      const isKnown = (await policy.people()).some((person) => person.name === subscription?.person);
      if (subscription === null || !isKnown || file !== `${subscription.category}.ics`)
        throw new ApiProblem(404, 'No such calendar', 'The address is not right, or was revoked: subscribe again.');
      const { category } = subscription;
      const text = calendars.ics({ name: `Patchline: ${category}`, entries: await entriesOf(category, daysDefault) });
      return reply.type('text/calendar; charset=utf-8').header('cache-control', 'private, max-age=600').send(text);
    },
  );

  async function requireCategory(category: string): Promise<void> {
    const { categories } = await policy.current();
    if (categories.some((one) => one.name === category)) return;
    const names = categories.map((one) => one.name).join(', ');
    throw new ApiProblem(404, 'Unknown category', `Policy has no category ${category}: it has ${names}.`);
  }

  async function entriesOf(category: string, days: number): Promise<CalendarEntry[]> {
    await requireCategory(category);
    const current = await policy.current();
    const now = Date.parse(clock.now());
    const [from, until] = [now - daysBack * dayMs, now + days * dayMs];
    const within = ({ start, end }: CalendarEntry) => Date.parse(end) > from && Date.parse(start) < until;
    const runs = (await inventory.runs.runs({})).filter(
      (run) => run.category === category && Date.parse(run.closesAt) > from && Date.parse(run.opensAt) < until,
    );
    const facts = {
      category,
      freezes: current.freezes,
      windows: windowsOf(current, category).flatMap(({ rule, environments }) =>
        openings(rule, environments, now, until),
      ),
      runs: await Promise.all(runs.map(plannedRun)),
    };
    return calendarOf(facts).filter(within);
  }

  function openings(
    rule: Parameters<typeof windows.next>[0],
    environments: OpenWindow['environments'],
    from: number,
    until: number,
  ): OpenWindow[] {
    const found: OpenWindow[] = [];
    let after = new Date(from).toISOString();
    while (found.length < occurrencesMax) {
      const next = windows.next(rule, after);
      if (Date.parse(next.opensAt) >= until) break;
      found.push({ ...next, environments });
      after = next.planAt;
    }
    return found;
  }

  async function plannedRun(run: Run): Promise<PlannedRun> {
    const rows = await inventory.runs.manifest({ runKey: run.runKey });
    const enrolments = await inventory.runs.enrolments(run.runKey);
    const due = rows.filter((row) => row.wave > 0);
    const vmIds = run.status === 'open' ? enrolments.flatMap((one) => one.vmIds) : due.map((row) => row.vmId);
    const patchIds = run.status === 'open' ? enrolments.map((one) => one.patchId) : due.map((row) => row.patchId);
    return { ...run, machines: new Set(vmIds).size, patchIds: [...new Set(patchIds)].sort() };
  }
}
