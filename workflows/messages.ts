// The names and shapes of everything that can be sent to a workflow. Decisions travel signed; everything else is a hint or a standing order.

import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { SignedDecision } from '../domain/decision.js';
import { changeUpdated } from '../domain/changeRecord.js';
import { computeAgain } from '../domain/due.js';
import { emergencyChanged } from '../domain/emergency.js';
import type { SignedHaltChoice } from '../domain/haltChoice.js';
import { waiverChanged } from '../domain/patchWaiver.js';
import { twinChanged } from '../domain/twin.js';
import type { SignedWithdrawal, Withdrawn, WithdrawnMachines } from '../domain/withdrawal.js';

export interface DecisionReply {
  accepted: boolean;
  reasons: string[];
  /** False: it counts, and more are needed. */
  complete?: boolean;
  /** What is missing still, in words. */
  left?: string[];
}

/** A decision for a rollout. The same handler serves signal and update; the update answers whether it counted. */
export const decideSignal = defineSignal<[SignedDecision]>('decide');
export const decideUpdate = defineUpdate<DecisionReply, [SignedDecision]>('decideNow');

export interface WithdrawalReply {
  accepted: boolean;
  reasons: string[];
  /** What was taken back; null: nothing. */
  kind: Withdrawn | null;
  /** Of an approval: what became of its machines. */
  machines: WithdrawnMachines | null;
}

/** Takes a decision on a rollout back. The same handler serves signal and update. */
export const withdrawSignal = defineSignal<[SignedWithdrawal]>('withdraw');
export const withdrawUpdate = defineUpdate<WithdrawalReply, [SignedWithdrawal]>('withdrawNow');

/** A run has settled: read the rows. */
export const runSettledSignal = defineSignal<[{ runKey: string }]>('runSettled');

/** A culprit isolation has ended: read its row. */
export const isolationEndedSignal = defineSignal<[{ isolationId: string }]>('isolationEnded');

/** Tells a rollout that every earlier tier of its patch has been dealt with: it looks whether that is so. */
export const tierOpenSignal = defineSignal('tierOpen');

/** A category's rollout was deferred, and policy lets later tiers go on meanwhile. */
export const deferredSignal = defineSignal<[{ category: string }]>('deferred');

/** A restoration was decided: read the row. */
export const restorationDecidedSignal = defineSignal('restorationDecided');

/** A waiver was decided or ended: read the row. */
export const waiverChangedSignal = defineSignal(waiverChanged);

/** An emergency was signed for, ended or reviewed: read the rows. */
export const emergencyChangedSignal = defineSignal(emergencyChanged);

/** A twin was decided, or is to be retired: read its row. */
export const twinChangedSignal = defineSignal(twinChanged);

/** A change has a new version: look at the rows. */
export const changeUpdatedSignal = defineSignal(changeUpdated);

/** A page was acknowledged: read the row. */
export const acknowledgedSignal = defineSignal('acknowledged');

/** A run's standing order changed in the inventory: look at the gates again. */
export const lookAgainSignal = defineSignal('lookAgain');

/** A person lets a halted rollout ask for a new decision on what is left, or ends it. */
export const haltChoiceSignal = defineSignal<[SignedHaltChoice]>('haltChoice');

/** The earliest deadline of a patch, or of its category, is another one now. */
export const dueMovedSignal = defineSignal<[{ tier: string; dueAt: string | null }]>('dueMoved');

/** Facts that deadlines follow have changed: compute them again. */
export const computeAgainSignal = defineSignal(computeAgain);

/** Another cycle needs the patch again: a running lifecycle is used. */
export const wakeSignal = defineSignal('wake');

/** Something about a patch changed in the inventory: its successor, its content, its known issues. Look at the rows. */
export const newsSignal = defineSignal('news');

export interface RolloutState {
  patchId: string;
  category: string;
  stage:
    | 'requesting'
    | 'awaitingDecision'
    | 'deferred'
    | 'awaitingTier'
    | 'deploying'
    | 'held'
    | 'halted'
    /** Its approval was taken back: what has begun on machines comes to its end. */
    | 'withdrawn'
    | 'ended';
  digest: string | null;
  ring: string | null;
  detail: string;
}

export const rolloutStateQuery = defineQuery<RolloutState>('rolloutState');
