// Machines that came after a decision was asked for, in lines: who joined it, who did not, and why.

import type { ArrivalView } from '../api/contract/index.js';
import { table } from './print.js';

export function arrivalTable(arrivals: ArrivalView[]): string[] {
  if (arrivals.length === 0) return [];
  return [
    'Machines that came later',
    table(
      ['When', 'Machine', 'Patch', 'Joins', 'Why', 'Run'],
      arrivals.map(({ at, vmName, patchId, joins, reasons, runKey }) => [
        at,
        vmName,
        patchId,
        joins ? 'yes' : 'no',
        reasons.join('; '),
        runKey,
      ]),
    ),
  ];
}
