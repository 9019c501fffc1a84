// Every list as a file: the very answer that a screen would show, with the same filters and the same rights, as CSV, XLSX or JSON.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Cell, Sheet } from '../../ports/tables.js';
import { nextHeader } from '../paging.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

const rowsMax = 200_000;

const types = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  json: 'application/json',
};

export function exportRoutes(scope: FastifyInstance, { tables, clock }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/v1/exports',
    {
      config: { permission: 'read' },
      schema: {
        querystring: z.object({
          list: z
            .string()
            .max(2000)
            .regex(
              /^\/v1\/(?!exports)[\w/%.~-]+(\?[^#\s]*)?$/,
              'must be the path of a list with its filters, such as /v1/vms?environment=production',
            ),
          format: z.enum(['csv', 'xlsx', 'json']),
        }),
      },
    },
    async (request, reply) => {
      const { list, format } = request.query;
      const { authorization, cookie } = request.headers;
      // Asked as the reader would ask: their rights and the list's own checks hold.
      const headers = {
        ...(authorization === undefined ? {} : { authorization }),
        ...(cookie === undefined ? {} : { cookie }),
      };
      const rows = await everyPage(list, headers);
      const name = list
        .replace(/\?.*/, '')
        .replace(/^\/v1\//, '')
        .replaceAll('/', '-');
      const file = `patchline-${name}-${clock.now().slice(0, 10)}.${format}`.replace(/[^\w.-]/g, '_');
      return reply
        .type(types[format])
        .header('content-disposition', `attachment; filename="${file}"`)
        .send(await written(name, rows, format));
    },
  );

  /** All pages, unless the filters ask for one. */
  async function everyPage(list: string, headers: Record<string, string>): Promise<Record<string, unknown>[]> {
    const all: Record<string, unknown>[] = [];
    const isOnePage = /[?&]limit=/.test(list);
    for (let url = isOnePage ? list : withQuery(list, 'limit', '1000'); ; ) {
      const answer = await app.inject({ url, headers });
      if (answer.statusCode !== 200) {
        const detail = `${list} answers ${answer.statusCode}: ${answer.body.slice(0, 500)}`;
        throw new ApiProblem(answer.statusCode, 'No such list', detail);
      }
      const rows = rowsOf(answer);
      if (rows === null) throw new ApiProblem(400, 'Not a list', `${list} is no list: exports are of lists.`);
      all.push(...rows);
      const next = answer.headers[nextHeader];
      if (isOnePage || typeof next !== 'string') return all;
      if (all.length >= rowsMax)
        throw new ApiProblem(
          400,
          'Too long',
          `${list} has more than ${rowsMax} rows: filter it, or read it page by page.`,
        );
      url = withQuery(withQuery(list, 'limit', '1000'), 'after', decodeURIComponent(next));
    }
  }

  async function written(name: string, rows: Record<string, unknown>[], format: keyof typeof types): Promise<Buffer> {
    if (format === 'json') return Buffer.from(`${JSON.stringify(rows, null, 2)}\n`, 'utf8');
    return Buffer.from(await tables[format](sheetOf(name, rows)));
  }
}

function withQuery(url: string, key: string, value: string): string {
  const [path = '', query = ''] = url.split('?');
  const held = new URLSearchParams(query);
  held.set(key, value);
  return `${path}?${held.toString()}`;
}

/** The answer itself, or the one list that it holds. */
function rowsOf(answer: { body: string; headers: Record<string, unknown> }): Record<string, unknown>[] | null {
  if (!String(answer.headers['content-type']).includes('json')) return null;
  const held: unknown = JSON.parse(answer.body);
  if (isRows(held)) return held;
  const lists = Object.values(held as object).filter(isRows);
  return lists.length >= 1 ? (lists[0] ?? null) : null;
}

function isRows(held: unknown): held is Record<string, unknown>[] {
  return Array.isArray(held) && held.every((one) => typeof one === 'object' && one !== null && !Array.isArray(one));
}

function sheetOf(name: string, rows: Record<string, unknown>[]): Sheet {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return { name, columns, rows: rows.map((row) => columns.map((column) => cellOf(row[column]))) };
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object')) return value.join('; ');
  return JSON.stringify(value);
}
