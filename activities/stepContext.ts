// What every step of a session works with, and how it ends.

import { nameFrom, type AzureStep } from '../domain/operation.js';
import type { Policy } from '../domain/policy.js';
import type { Vm } from '../domain/vm.js';
import type { VmAddress } from '../ports/azure.js';
import type { Ports } from './ports.js';

export interface StepInput {
  sessionId: string;
  /** Null for operations outside a run, e.g. an assessment of the fleet. */
  runKey: string | null;
  vmId: string;
  step: AzureStep;
}

export type StepResult =
  | { kind: 'succeeded' }
  /** `untouched`: nothing was asked of Azure: nothing is due any more, or evidence is missing. */
  | { kind: 'failed'; message: string; untouched?: true }
  | { kind: 'inDoubt'; message: string };

export interface StepContext {
  ports: Ports;
  input: StepInput;
  vm: Vm;
  address: VmAddress;
  policy: Policy;
}

export async function finish(
  { ports, input }: StepContext,
  state: 'succeeded' | 'failed' | 'inDoubt',
  result: unknown,
  error: string | null,
): Promise<StepResult> {
  await ports.inventory.operations.finished(input.sessionId, input.step, state, result, error);
  if (state === 'succeeded') return { kind: 'succeeded' };
  return { kind: state, message: error ?? 'no reason given' };
}

/** Names are derived from the session, so that a repeated request is the same request. */
export function shortName({ ports, input }: StepContext): string {
  return nameFrom(ports.digests.sha256(input.sessionId));
}
