// What stands on the page of a decision, as it was read.

import type { Schemas } from '../../api/client';

export interface Shown {
  patch: Schemas['PatchDetail'];
  request: Schemas['RequestView'];
}

export interface Seen {
  bundle: Schemas['WaitingBundle'];
  shown: Shown[];
}
