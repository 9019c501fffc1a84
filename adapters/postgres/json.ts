// JSON that PostgreSQL takes, whatever the texts in it: names, tags and outputs come from outside.

/** PostgreSQL's JSON holds neither U+0000 nor half a surrogate pair: each becomes U+FFFD, in keys and in values. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, held: unknown) => {
    if (typeof held === 'string') return storable(held);
    if (held === null || typeof held !== 'object' || Array.isArray(held)) return held;
    const isClean = Object.keys(held).every((key) => key === storable(key));
    return isClean
      ? held
      : Object.fromEntries(Object.entries(held).map(([key, one]) => [storable(key), one as unknown]));
  });
}

function storable(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD').toWellFormed();
}
