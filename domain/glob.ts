// Names by pattern, as people write them in policy.

/** `*` stands for any run of characters, everything else for itself; case does not count, as in Azure's own names. */
export function matchesGlob(glob: string, name: string): boolean {
  const pieces = glob.toLowerCase().split('*');
  const text = name.toLowerCase();
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (pieces.length === 1) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  const end = text.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const at = text.indexOf(piece, from);
    if (at < 0 || at + piece.length > end) return false;
    from = at + piece.length;
  }
  return true;
}
