// `patchline forensics`: evidence that is taken of a machine before a patch.

import type { Command } from 'commander';
import type { ForensicEvidenceView, ForensicStepView } from '../api/contract/index.js';
import type { Shell } from './shell.js';
import { clean, show, table } from './print.js';

interface ListOptions {
  vm?: string;
  patch?: string;
  state?: string;
  json?: boolean;
}

export function forensicCommands(program: Command, shell: Shell): void {
  const forensics = program.command('forensics').description('evidence before a patch');

  forensics
    .command('list')
    .description('what is asked for, what was taken, what was waived')
    .option('--vm <name>', 'of this machine')
    .option('--patch <patch>', 'before this patch')
    .option('--state <state>', 'open, done, waived or ended')
    .option('--json', 'print JSON')
    .action(async ({ json = false, ...filters }: ListOptions) => {
      const query = new URLSearchParams(Object.entries(filters));
      const steps = await shell.client().get<ForensicStepView[]>(`/v1/forensics?${query.toString()}`);
      show({ json }, steps, () =>
        table(
          ['Patch', 'Machine', 'State', 'Because', 'Evidence', 'Restore point kept', 'Result'],
          steps.map((one) => [
            one.patchId,
            one.vmName,
            one.state,
            one.because,
            one.evidence ?? '',
            one.keptRestorePoint ?? '',
            one.doneBy === null ? one.result : `${one.result} (${one.doneBy}, ${one.doneAt ?? ''})`,
          ]),
        ),
      );
    });

  forensics
    .command('show <hash>')
    .description('the evidence itself')
    .option('--json', 'print JSON')
    .action(async (hash: string, { json = false }: { json?: boolean }) => {
      const held = await shell.client().get<ForensicEvidenceView>(`/v1/forensics/${encodeURIComponent(hash)}`);
      show({ json }, held, () =>
        [
          clean(`${held.vmName}, taken ${held.takenAt} by ${held.scripts.join(', ')} under ${held.sessionId}`),
          ...held.content.split('\n').map((line) => line.split('\t').map(clean).join('  ')),
        ].join('\n'),
      );
    });

  forensics
    .command('waive <vm> <patch>')
    .description('let the machine be patched without evidence: by whoever decides for its category')
    .requiredOption('--reason <text>', 'why: at least ten characters')
    .option('--json', 'print JSON')
    .action(async (vm: string, patchId: string, { reason, json = false }: { reason: string; json?: boolean }) => {
      const step = await shell.client().post<ForensicStepView>('/v1/forensics/waivers', { vm, patchId, reason });
      show({ json }, step, () => `${step.vmName}, ${step.patchId}: waived`);
    });
}
