// What of a document could not be taken: counted by reason, with a few examples. The rest is taken.

import { oneLine } from './plainText.js';

export interface Skipped {
  reason: string;
  count: number;
  /** A few of them, shortened. */
  examples: string[];
}

const examplesMax = 3;
const exampleLengthMax = 120;

export class Skipping {
  readonly #byReason = new Map<string, Skipped>();

  constructor(before: readonly Skipped[] = []) {
    for (const skipped of before) this.#byReason.set(skipped.reason, { ...skipped, examples: [...skipped.examples] });
  }

  add(reason: string, example: string): void {
    const held = this.#byReason.get(reason) ?? { reason, count: 0, examples: [] };
    held.count += 1;
    const shown = oneLine(example, exampleLengthMax);
    if (held.examples.length < examplesMax && shown !== '' && !held.examples.includes(shown)) held.examples.push(shown);
    this.#byReason.set(reason, held);
  }

  list(): Skipped[] {
    return [...this.#byReason.values()];
  }
}
