// `patchline export`: any list as a file.

import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Command } from 'commander';
import { CliFailure, exitCodes } from './client.js';
import { show } from './print.js';
import type { Shell } from './shell.js';

/** The lists by their names on the command line; `:name` is the machine or the patch. */
const lists: Record<string, string> = {
  patches: '/v1/patches',
  due: '/v1/due',
  'due-machines': '/v1/due/machines',
  waiting: '/v1/requests/waiting',
  forensics: '/v1/forensics',
  inventory: '/v1/inventory',
  machines: '/v1/vms',
  'vm-history': '/v1/vms/:name/history',
  'vm-software': '/v1/vms/:name/software',
  'patch-history': '/v1/patches/:name/history',
  'failed-tests': '/v1/reports/failed-tests',
  'fixed-later': '/v1/reports/fixed-later',
  'never-needed': '/v1/reports/never-needed',
  'unknown-needs': '/v1/reports/unknown-needs',
  'known-issues': '/v1/known-issues',
  definitions: '/v1/definitions',
  incidents: '/v1/incidents',
  baselines: '/v1/baselines',
  compliance: '/v1/compliance',
  restorations: '/v1/restorations',
  'security-issues': '/v1/security-issues',
  maintenance: '/v1/maintenance',
  installations: '/v1/installations',
  events: '/v1/events',
  policies: '/v1/policy/versions',
};

interface Options {
  output: string;
  format?: string;
  filter?: string[];
  json?: boolean;
}

export function exportCommand(program: Command, shell: Shell): void {
  program
    .command('export <list> [name]')
    .description(`a list as a file: ${Object.keys(lists).join(', ')}`)
    .requiredOption('-o, --output <file>', 'where to write it; its ending names the format: .csv, .xlsx, .json')
    .option('--format <format>', 'csv, xlsx or json, where the ending does not say')
    .option('--filter <key=value...>', 'as on screen, e.g. environment=production')
    .option('--json', 'print JSON')
    .action(async (list: string, name: string | undefined, options: Options) => {
      const format = options.format ?? extname(options.output).slice(1).toLowerCase();
      if (!['csv', 'xlsx', 'json'].includes(format))
        throw new CliFailure(
          'the format must be csv, xlsx or json: end the file so, or give --format',
          exitCodes.usage,
        );
      const query = new URLSearchParams({ list: pathOf(list, name, options.filter ?? []), format });
      const bytes = await shell.client().bytes(`/v1/exports?${query.toString()}`);
      await writeFile(options.output, bytes);
      const report = { file: options.output, format, bytes: bytes.length };
      show({ json: options.json ?? false }, report, () => `${report.file}: ${report.bytes} bytes.`);
    });
}

function pathOf(list: string, name: string | undefined, filters: string[]): string {
  const path = lists[list];
  if (path === undefined)
    throw new CliFailure(`there is no list ${list}: ${Object.keys(lists).join(', ')}`, exitCodes.usage);
  if (path.includes(':name') !== (name !== undefined))
    throw new CliFailure(`${list} ${path.includes(':name') ? 'needs' : 'takes no'} name`, exitCodes.usage);
  const query = new URLSearchParams();
  for (const filter of filters) {
    const [key, ...value] = filter.split('=');
    if (key === undefined || value.length === 0)
      throw new CliFailure(`--filter must be key=value: ${filter}`, exitCodes.usage);
    query.append(key, value.join('='));
  }
  const text = query.toString();
  return `${path.replace(':name', encodeURIComponent(name ?? ''))}${text === '' ? '' : `?${text}`}`;
}
