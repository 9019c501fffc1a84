// `patchline approval`: who may decide, and who could have.

import type { Command } from 'commander';
import type { EligibleView } from '../api/contract/index.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';

export function approvalCommands(program: Command, shell: Shell): void {
  const approval = program.command('approval').description('who may decide');

  approval
    .command('eligible <patch> <category>')
    .description('who could approve at that time, and who not and why; by what was kept when it was asked')
    .option('--at <instant>', 'ISO 8601 instant; otherwise now')
    .option('--json', 'print JSON')
    .action(async (patch: string, category: string, { at, json = false }: { at?: string; json?: boolean }) => {
      const query = new URLSearchParams({ category, ...(at === undefined ? {} : { at }) });
      const view = await shell
        .client()
        .get<EligibleView>(`/v1/patches/${encodeURIComponent(patch)}/eligible?${query.toString()}`);
      show({ json }, view, () => describe(view));
    });
}

function describe(view: EligibleView): string {
  const { patchId, category, at, requestId, closed, policyVersion, policyVersionNow, ruleId } = view;
  return [
    `${patchId} for ${category} at ${at}: ${closed === null ? 'it waited for a decision' : `nobody could: ${closed}`}`,
    `Request ${requestId}; policy ${policyVersion.slice(0, 12)}, ${ruleId === null ? 'no rule of its own' : `rule ${ruleId}`}`,
    ...(policyVersion === policyVersionNow
      ? []
      : [`Policy is ${policyVersionNow.slice(0, 12)} by now: whoever decides is judged by the stricter of both.`]),
    ...view.steps.map(
      (step) =>
        `Step ${step.name}: ${step.by.length} of ${step.quorum}${step.by.length === 0 ? '' : ` (${step.by.join(', ')})`}, ${step.since === null ? 'not its turn' : step.completeAt === null ? `its turn since ${step.since}` : `complete at ${step.completeAt}`}`,
    ),
    table(
      ['Who', 'Roles', 'Steps', 'Could approve', 'Why not'],
      view.people.map((one) => [
        one.onBehalfOf === null ? one.name : `${one.name} for ${one.onBehalfOf}`,
        one.roles.join(', '),
        one.steps.join(', '),
        one.counts && closed === null ? 'yes' : 'no',
        one.counts ? (closed ?? '') : one.reasons.join('; '),
      ]),
    ),
  ]
    .map((line) => line.split('\n').map(clean).join('\n'))
    .join('\n');
}
