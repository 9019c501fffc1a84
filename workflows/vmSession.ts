// One machine's maintenance. The workflow id is the machine's lock (I3): admit, restore point, install, verify, settle; unwind when sick.
// No session waits for a person: it quarantines and closes.

import { CancellationScope, patched, setCurrentDetails } from '@temporalio/workflow';
import type { Conclusion, SessionInput } from '../activities/session.js';
import { records } from './proxies.js';
import { returnToRestorePoint, step, takeEvidence, takeProbes } from './step.js';

export type SessionResult =
  | { kind: 'settled'; outcome: string; detail: string }
  | { kind: 'later'; reason: string }
  | { kind: 'refused'; reasons: string[] };

export async function vmSession(input: SessionInput): Promise<SessionResult> {
  const admission = await records.admitSession(input);
  if (admission.kind !== 'admitted') return admission;
  setCurrentDetails(`Admitted for ${admission.patches.join(', ')}`);
  // From here on cancellation means finish or unwind: Azure would go on installing without us.
  return CancellationScope.nonCancellable(() => {
    const probes = admission.probes === true && patched('probes before and after');
    return admission.evidenceFirst && patched('evidence before the patch')
      ? maintainAfterEvidence(input, probes)
      : maintain(input, probes);
  });
}

/** A compromise is looked for while its traces are there; without evidence nothing is touched (I5). */
async function maintainAfterEvidence(input: SessionInput, probes: boolean): Promise<SessionResult> {
  setCurrentDetails('Looking for traces of a compromise');
  const evidence = await takeEvidence(input);
  return evidence.kind === 'taken' ? maintain(input, probes) : end(input, 'refused', evidence.reason);
}

/** `probes`: what changes is seen only against how it was, so a machine that cannot be probed before is left as it is (I5). */
async function maintain(input: SessionInput, probes: boolean): Promise<SessionResult> {
  const before = probes ? await takeProbes(input, 'probesBefore') : null;
  if (before?.kind === 'failed') return end(input, 'refused', `nothing was touched: ${before.reason}`);

  const restorePoint = await step(input, 'restorePoint');
  if (restorePoint.kind !== 'succeeded')
    return end(input, 'refused', `no way back: the restore point ${restorePoint.kind}: ${restorePoint.message}`);
  await records.keepRestorePoint(input);

  const installation = await step(input, 'install');
  if (installation.kind === 'inDoubt')
    return end(input, 'inDoubt', `nobody knows whether it was installed: ${installation.message}`);
  if (installation.kind === 'failed' && installation.untouched === true)
    return end(input, 'refused', `nothing was installed: ${installation.message}`);

  await Promise.all([step(input, 'assess'), step(input, 'probe')]);
  if (probes) await takeProbes(input, 'probesAfter');
  const conclusion = await records.concludeSession(input);
  if (conclusion.kind === 'settled') return told(conclusion);

  const why =
    installation.kind === 'failed'
      ? [`the installation failed: ${installation.message}`, ...conclusion.reasons]
      : conclusion.reasons;
  if (conclusion.unwind === 'ask') return end(input, 'quarantined', why.join('; '));
  return unwind(input, why, probes);
}

/** Back to the restore point. Always allowed, whatever the window or freeze says (I2). */
async function unwind(input: SessionInput, why: string[], probes: boolean): Promise<SessionResult> {
  setCurrentDetails(`Sick: ${why.join('; ')}. Returning to the restore point.`);
  const problem = await returnToRestorePoint(input);
  if (problem !== null) return end(input, 'quarantined', `${why.join('; ')}; ${problem}`);
  await step(input, 'probeAfterUnwind');
  if (probes) await takeProbes(input, 'probesAfterUnwind');
  return told(await records.concludeUnwinding({ ...input, why }));
}

async function end(
  input: SessionInput,
  outcome: 'failed' | 'quarantined' | 'inDoubt' | 'refused',
  why: string,
): Promise<SessionResult> {
  return told(await records.endSession({ ...input, outcome, why }));
}

function told(conclusion: Conclusion): SessionResult {
  if (conclusion.kind === 'sick') return { kind: 'settled', outcome: 'inDoubt', detail: conclusion.reasons.join('; ') };
  setCurrentDetails(`${conclusion.outcome}: ${conclusion.detail}`);
  return { kind: 'settled', outcome: conclusion.outcome, detail: conclusion.detail };
}
