// What of a document could not be taken: counted by reason, with a few examples. The rest is taken.

import type { Skipped } from '../../domain/msrc.js';

const examplesMax = 3;
const exampleLengthMax = 120;

export class Skipping {
  readonly #byReason = new Map<string, Skipped>();

  add(reason: string, example: string): void {
    const held = this.#byReason.get(reason) ?? { reason, count: 0, examples: [] };
    held.count += 1;
    if (held.examples.length < examplesMax) held.examples.push(example.slice(0, exampleLengthMax));
    this.#byReason.set(reason, held);
  }

  list(): Skipped[] {
    return [...this.#byReason.values()];
  }
}
