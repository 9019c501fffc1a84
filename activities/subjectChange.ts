// What a request tells of the one before it: whoever decides again is told what changed, and nothing else (I9).

import { askedBefore, changeLine, subjectChange } from '../domain/subjectChange.js';
import type { DecisionRequest } from '../ports/decisions.js';
import type { Ports } from './ports.js';

export async function sinceLines(ports: Ports, request: DecisionRequest): Promise<string[]> {
  const { decisions, fleet } = ports.inventory;
  const { patchId, category } = request;
  const [requests, decided] = [await decisions.requests({ patchId }), await decisions.decisions({ patchId, category })];
  const before = askedBefore(requests, decided, request);
  if (before === null) return [];
  const names = await fleet.names([...new Set([...before.request.subject.vmIds, ...request.subject.vmIds])]);
  return [
    changeLine(
      before,
      subjectChange(before.request.subject, request.subject, (vmId) => names.get(vmId) ?? vmId),
    ),
  ];
}
