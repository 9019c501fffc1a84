// JSON that PostgreSQL takes, whatever the texts in it: names, tags and outputs come from outside.

/** PostgreSQL's JSON holds neither U+0000 nor half a surrogate pair: each becomes U+FFFD. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, held: unknown) =>
    typeof held === 'string' ? held.replaceAll('\u0000', '\uFFFD').toWellFormed() : held,
  );
}
