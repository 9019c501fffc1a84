// One read-only page that shows what is going on. It holds no secret and decides nothing.

import type { FastifyInstance } from 'fastify';
import { factOf } from '../../domain/due.js';
import type { DueGroup } from '../../ports/due.js';
import type { NoticeListEntry } from '../../ports/noticeLog.js';
import type { PatchRecord } from '../../ports/inventory.js';
import type { Run } from '../../domain/run.js';
import type { ApiParts } from '../parts.js';

export function pageRoutes(scope: FastifyInstance, { inventory, clock }: ApiParts): void {
  scope.get('/', { config: { permission: 'public' }, schema: { hide: true } }, async (_request, reply) => {
    const now = clock.now();
    const weekAgo = new Date(Date.parse(now) - 7 * 24 * 3600_000).toISOString();
    const [patches, runs, stop, events, due, undelivered, notices] = await Promise.all([
      inventory.patches.patches(),
      inventory.runs.runs({}),
      inventory.stops.standingStop(),
      inventory.events.events({ newest: true, limit: 30 }),
      inventory.due.groups({ environment: 'production', now, waived: false }),
      inventory.notices.list({ problems: true, limit: 20 }),
      inventory.notices.standing(weekAgo),
    ]);
    const body = [
      stop === null ? '' : `<p class="stop">Everything is stopped by ${escape(stop.by)}: ${escape(stop.reason)}</p>`,
      notices.openPages + notices.unacknowledgedPages === 0
        ? ''
        : `<p class="stop">Pages: ${notices.openPages} await an acknowledgement, ${notices.unacknowledgedPages} were acknowledged by nobody.</p>`,
      ...(undelivered.length + notices.problems.length === 0
        ? []
        : [
            table(
              'Notices that did not arrive',
              ['What', 'Way', 'State', 'Why'],
              [
                ...notices.problems.map(({ subject, problem }) => [subject, '', 'problem', problem]),
                ...undelivered.map(noticeRow),
              ],
            ),
          ]),
      table(
        'Due',
        ['Patch', 'Category', 'Tier', 'Due', 'Because', 'Machines', 'Overdue'],
        due.slice(0, dueShownMax).map((group) => dueRow(group, now)),
      ),
      table(
        'Patches',
        ['Patch', 'Title', 'Stage', 'Detail', 'Machines'],
        patches.filter((record) => record.needed > 0 || record.stage !== 'known').map(patchRow),
      ),
      table('Maintenance runs', ['Run', 'Status', 'Outcome', 'Opens', 'Waves'], runs.map(runRow)),
      table(
        'Latest events',
        ['When', 'Who', 'What', 'Why'],
        events.map((event) => [event.at, event.who, event.what, event.why]),
      ),
    ].join('\n');
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .header('x-content-type-options', 'nosniff')
      .send(page(body, clock.now()));
  });
}

/** The most urgent ones: `patch due` shows all. */
const dueShownMax = 25;

function dueRow({ patchId, category, tier, deadline, machines, overdue, ...said }: DueGroup, now: string): string[] {
  const isOver = deadline !== null && deadline < now;
  const date = `${deadline ?? 'no date'}${isOver ? ', OVERDUE' : ''}`;
  return [patchId, category ?? '', tier, date, factOf(said), String(machines), String(overdue)];
}

function patchRow({ patch, stage, stageDetail, needed }: PatchRecord): string[] {
  return [patch.patchId, patch.title, stage, stageDetail, String(needed)];
}

/** To whom it should have gone is for those who are signed in. */
function noticeRow({ notice, way, state, problem, reason }: NoticeListEntry): string[] {
  return [notice.subject, way, reason === 'unacknowledged' ? 'nobody has acknowledged' : state, problem ?? ''];
}

function runRow(run: Run): string[] {
  return [
    run.runKey,
    run.control === 'run' ? run.status : `${run.status}, ${run.control}`,
    run.outcome ?? '',
    run.opensAt,
    String(run.waves),
  ];
}

function table(title: string, heads: string[], rows: string[][]): string {
  const head = heads.map((name) => `<th scope="col">${escape(name)}</th>`).join('');
  const lines = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`).join('\n');
  return `<h2>${escape(title)}</h2>${rows.length === 0 ? '<p>Nothing yet.</p>' : `<table><thead><tr>${head}</tr></thead><tbody>${lines}</tbody></table>`}`;
}

function page(body: string, at: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5"><title>Patchline</title>
<style>body{font:14px system-ui,sans-serif;margin:2rem;color:#1a1a1a;background:#fff}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top;overflow-wrap:anywhere}.stop{background:#fff5f5;color:#b02525;padding:.6rem}@media(prefers-color-scheme:dark){body{color:#eee;background:#242424}th,td{border-color:#444}.stop{background:#451f1f;color:#ffa8a8}}</style></head>
<body><main><h1>Patchline</h1><p>As of ${escape(at)}. This page shows; it decides nothing.</p>${body}</main></body></html>`;
}

/** Everything here came from outside once. */
function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
