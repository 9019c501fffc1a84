// What policy says of tests in staging: how long a person's verdict is waited for.

import { z } from 'zod';

const minutes = z
  .int()
  .min(1)
  .max(90 * 24 * 60);

export const testsSchema = z.strictObject({
  /** From the end of the test. */
  verdictWithinMinutes: minutes.default(3 * 24 * 60),
  remindAfterMinutes: minutes.default(24 * 60),
  /** While staging soaks; at its end in any case. */
  soakProbeEveryMinutes: minutes.default(15),
});
