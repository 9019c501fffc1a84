// Channels: how each is, what it read and left out; and a visit now.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { channelHealth, type ChannelRule, type ChannelsPolicy } from '../../domain/channel.js';
import type { ChannelRecord } from '../../ports/channel.js';
import { signedIn } from '../access.js';
import { asked } from '../asked.js';
import { ChannelDetailView, ChannelView } from '../contract/channels.js';
import { CycleView } from '../contract/index.js';
import { Paging, tellNext } from '../paging.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

const Name = z.object({ name: z.string().max(40) });

export function channelRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, policy, client, taskQueue, clock, newId } = parts;

  async function ruleNamed(name: string): Promise<{ rule: ChannelRule; channels: ChannelsPolicy }> {
    const { channels } = await policy.current();
    const rule = channels.sources.find((one) => one.name === name);
    if (rule !== undefined) return { rule, channels };
    const names = channels.sources.map((one) => one.name).join(', ');
    throw new ApiProblem(404, 'Unknown channel', `Policy names no channel ${name}: it names ${names || 'none'}.`);
  }

  app.get(
    '/v1/channels',
    { config: { permission: 'read' }, schema: { response: { 200: z.array(ChannelView) } } },
    async () => {
      const { channels } = await policy.current();
      const records = await inventory.channels.channels();
      return channels.sources.map((rule) => viewOf(rule, channels, records, clock.now()));
    },
  );

  app.get(
    '/v1/channels/:name',
    {
      config: { permission: 'read' },
      schema: {
        params: Name,
        querystring: Paging.extend({ troubled: z.stringbool().default(false) }),
        response: { 200: ChannelDetailView },
      },
    },
    async ({ params: { name }, query: { after, limit, troubled } }, reply) => {
      const { rule, channels } = await ruleNamed(name);
      const records = await inventory.channels.channels();
      const documents = await inventory.channels.documents(name, {
        limit,
        troubled,
        ...(after === undefined ? {} : { after }),
      });
      tellNext(reply, documents, limit, (document) => document.id);
      return { channel: viewOf(rule, channels, records, clock.now()), documents };
    },
  );

  app.post(
    '/v1/channels/:name/visits',
    { config: { permission: 'schedule' }, schema: { params: Name, response: { 200: CycleView } } },
    async (request) => {
      const { rule } = await ruleNamed(request.params.name);
      const { name: who } = signedIn(request);
      const cycleId = newId().slice(0, 8);
      const workflowId = visitId(rule.name, cycleId);
      await client.workflow.start('channelSync', {
        taskQueue,
        workflowId,
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: `Channel ${rule.name}, asked for by ${who}`,
        args: [{ channel: rule.name, begun: null }],
      });
      await inventory.events.append({
        key: `${workflowId}/asked`,
        what: `channel ${rule.name} is read`,
        why: 'asked for',
      });
      return { cycleId, workflowId, status: 'RUNNING', result: null, problem: null };
    },
  );

  app.get(
    '/v1/channels/:name/visits/:visit',
    {
      config: { permission: 'read' },
      schema: { params: Name.extend({ visit: z.string().max(100) }), response: { 200: CycleView } },
    },
    async ({ params: { name, visit } }) => asked(client, visit, visitId(name, visit)),
  );
}

function visitId(channel: string, visit: string): string {
  return `channel/${channel}/${visit}`;
}

function viewOf(
  { name, kind, url, everyMinutes }: ChannelRule,
  policy: ChannelsPolicy,
  records: ChannelRecord[],
  now: string,
) {
  const never = { name, triedAt: null, succeededAt: null, changedAt: null, problem: null, failingSince: null };
  const record = records.find((one) => one.name === name) ?? {
    ...never,
    documents: 0,
    pending: 0,
    troubled: 0,
    skipped: [],
  };
  const health = channelHealth(record, policy, now);
  const { triedAt, succeededAt, changedAt, documents, pending, troubled, skipped } = record;
  return {
    name,
    kind,
    url,
    everyMinutes,
    health: health.kind,
    reason: health.kind === 'healthy' ? null : health.reason,
    triedAt,
    succeededAt,
    changedAt,
    documents,
    pending,
    troubled,
    skipped,
  };
}
