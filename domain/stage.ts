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
