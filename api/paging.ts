// Lists in pages, by keyset: the header `x-next` names where the next page begins, as `after`; without it the list has ended.

import type { FastifyReply } from 'fastify';
import { z } from 'zod';

export const nextHeader = 'x-next';

/** Query of a paged list. */
export const Paging = z.object({
  after: z.string().max(1000).optional().describe('The `x-next` of the page before'),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});

/** A full page may have a next one. */
export function tellNext<T>(reply: FastifyReply, rows: T[], limit: number, placeOf: (row: T) => string): void {
  const last = rows.at(-1);
  if (last !== undefined && rows.length === limit) void reply.header(nextHeader, encodeURIComponent(placeOf(last)));
}
