// How PowerShell's answers come: noise, then one line of JSON.

import { z } from 'zod';

/** PowerShell unwraps a list of one, and writes an empty one as null. */
export const listOf = <T extends z.ZodType>(one: T) =>
  z.preprocess(
    (value) => (value === null || value === undefined ? [] : Array.isArray(value) ? value : [value]),
    z.array(one).max(500),
  );

export function lastLineOf(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}
