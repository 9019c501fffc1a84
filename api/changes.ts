// What a request shows of the one before it.

import { askedBefore, changeLine, subjectChange } from '../domain/subjectChange.js';
import type { DecisionRequest, RecordedDecision } from '../ports/decisions.js';
import type { ChangesSince } from './contract/subjectChange.js';

/** `requests` and `decisions`: of the patch; null for the first of its category. */
export function changesSince(
  requests: DecisionRequest[],
  decisions: RecordedDecision[],
  request: DecisionRequest,
  names: Map<string, string>,
): ChangesSince | null {
  const before = askedBefore(requests, decisions, request);
  if (before === null) return null;
  const { requestId, requestedAt, end } = before;
  const change = subjectChange(before.request.subject, request.subject, (vmId) => names.get(vmId) ?? vmId);
  const { kind, sentences } = change;
  return { requestId, requestedAt, end, kind, changes: sentences, line: changeLine(before, change) };
}
