// Machines that came after a decision was asked for, as they are told.

import type { RecordedArrival } from '../ports/arrivals.js';
import type { ArrivalView } from './contract/arrivals.js';

export function arrivalView({
  runKey,
  patchId,
  category,
  vmId,
  vmName,
  joins,
  reasons,
  at,
}: RecordedArrival): ArrivalView {
  return { runKey, patchId, category, vmId, vmName, joins, reasons, at };
}
