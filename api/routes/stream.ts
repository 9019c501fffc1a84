// What changes, as it changes: server-sent events that go on after a cut without losing one.

import { fastifySSE } from '@fastify/sse';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Credentials } from '../credentials.js';
import { createFeed, streamPath, type Told } from '../feed.js';
import type { ApiParts } from '../parts.js';

/** A watcher that hears nothing for longer knows that it is cut off. */
const beatMs = 10_000;
/** Then the watcher comes again by itself, and is asked again who it is. */
const lifeMs = 10 * 60_000;

export async function streamRoutes(
  scope: FastifyInstance,
  { inventory, clock }: ApiParts,
  { hasEnded }: Pick<Credentials, 'hasEnded'>,
): Promise<void> {
  await scope.register(fastifySSE);
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const feed = createFeed(inventory.events);

  app.get(
    streamPath,
    {
      sse: { kind: 'only', heartbeat: false },
      config: { permission: 'read' },
      schema: {
        querystring: z.object({
          after: z.coerce.number().int().min(0).optional().describe('Number of the last event that was seen'),
        }),
        description:
          'Server-sent events: `change` for each event of the audit log with its number as id, `beat` every 10 seconds, `reset` when too much was missed. `Last-Event-ID` or `after` go on where a cut stream ended.',
      },
    },
    async (request, reply) => {
      const after = placeOf(request.headers['last-event-id']) ?? request.query.after ?? null;
      // Watched before what was missed is read: nothing falls in between.
      const waiting: Told[] = [];
      let push = (events: Told[]): void => void waiting.push(...events);
      const stop = await feed.watch((events) => push(events));
      const { sse } = reply;
      let sent = after ?? (await feed.head());
      const send = (events: Told[]): void => {
        for (const event of events) {
          if (event.seq <= sent) continue;
          sent = event.seq;
          void sse.send({ id: String(event.seq), event: 'change', data: event }).catch(end);
        }
      };
      const beat = (): void => void sse.send({ event: 'beat', data: { at: clock.now(), seq: sent } }).catch(end);
      const beatOrEnd = async (): Promise<void> => {
        if (await hasEnded(request).catch(() => true)) sse.close();
        else beat();
      };
      const beats = setInterval(() => void beatOrEnd(), beatMs);
      const life = setTimeout(() => sse.close(), lifeMs);
      function end(): void {
        clearInterval(beats);
        clearTimeout(life);
        stop();
      }
      sse.onClose(end);
      sse.keepAlive();
      const missed = after === null ? [] : await feed.since(after);
      if (missed === null) {
        sent = await feed.head();
        await sse.send({ id: String(sent), event: 'reset', data: { seq: sent } });
      } else send(missed);
      beat();
      push = send;
      send(waiting);
    },
  );
}

/** A place that is no number is none. */
function placeOf(header: string | string[] | undefined): number | null {
  const text = Array.isArray(header) ? header[0] : header;
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
