// One text for one value: what digests and comparisons are made over.

/** JSON with sorted keys and no white space: equal facts give equal text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value) && value.every((held) => typeof held === 'string')) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, held]) => held !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([key, held]) => `${JSON.stringify(key)}:${canonical(held)}`).join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}
