// The words of a patch's story.

/** Where a patch stands: a word of the story, for lists and people. */
export type PatchStage =
  | 'known'
  | 'notified'
  | 'downloading'
  | 'inTest'
  | 'recordingImpact'
  | 'awaitingDecision'
  | 'rollingOut'
  | 'verified'
  | 'incomplete'
  | 'rejected'
  | 'deferred'
  | 'failedTest'
  | 'notNeeded'
  /** A newer patch took its place before it was done everywhere. */
  | 'superseded'
  /** Its approval was taken back before it was done everywhere: the next cycle asks again. */
  | 'withdrawn'
  /** Every machine that lacks it does so by a waiver: unlike a rejected one it is due again when those end. */
  | 'waived'
  /** It has no automatic installation: people install it, and it is closed by evidence or by their word. */
  | 'byHand';

/** The words after which nothing more happens to a patch on its own. */
export const endedStages: readonly string[] = [
  'verified',
  'incomplete',
  'rejected',
  'failedTest',
  'notNeeded',
  'superseded',
  'withdrawn',
  'waived',
  'byHand',
] satisfies PatchStage[];
