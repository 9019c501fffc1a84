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
  | 'notNeeded';

/** The words after which nothing more happens to a patch on its own. */
export const endedStages: readonly string[] = [
  'verified',
  'incomplete',
  'rejected',
  'failedTest',
  'notNeeded',
] satisfies PatchStage[];
