// Today: one answer for the page that people begin with.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Run } from '../../domain/run.js';
import { TodayView, type RunShort } from '../contract/today.js';
import type { ApiParts } from '../parts.js';
import { needsNow } from '../today.js';
import { dueSummary, troubledChannels } from '../urgent.js';

const nextShownMax = 10;
const trendDays = 90;

export function todayRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, policy, clock } = parts;

  app.get(
    '/v1/today',
    { config: { permission: 'read' }, schema: { response: { 200: TodayView } } },
    async (request) => {
      const now = clock.now();
      const weekAgo = new Date(Date.parse(now) - 7 * 24 * 3600_000).toISOString();
      // Read first: what comes later is told by the stream, and looked at twice at the worst.
      const seq = (await inventory.events.head())?.seq ?? 0;
      const [needed, open, planned, due, rules, fleet, trend, stopped, notices] = await Promise.all([
        needsNow(parts, request.person),
        inventory.runs.runs({ status: 'open' }),
        inventory.runs.runs({ status: 'planned' }),
        inventory.due.groups({ environment: 'production', now, waived: false }),
        policy.current(),
        inventory.fleet.standing('production'),
        inventory.fleet.days(trendDays),
        inventory.stops.standingStop(),
        inventory.notices.standing(weekAgo),
      ]);
      const [running, waiting] = [
        planned.filter((run) => run.opensAt <= now),
        planned.filter((run) => run.opensAt > now),
      ];
      const next = [...open, ...waiting].toSorted((a, b) => a.opensAt.localeCompare(b.opensAt)).slice(0, nextShownMax);
      const counts = await inventory.runs.counts([...running, ...next].map((run) => run.runKey));
      return {
        at: now,
        seq,
        stopped,
        ...needed,
        running: shortOf(running, counts),
        next: shortOf(next, counts),
        due: dueSummary(due, rules.priority.danger, now),
        fleet,
        trend,
        troubledChannels: await troubledChannels(inventory, rules, now),
        undelivered: notices.failing + notices.undeliverable,
      };
    },
  );
}

function shortOf(runs: Run[], counts: Map<string, Record<string, number>>): RunShort[] {
  return runs.map((run) => ({ ...run, counts: counts.get(run.runKey) ?? {} }));
}
