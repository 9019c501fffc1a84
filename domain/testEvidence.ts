// What is kept of a test as evidence: every text bounded, and said so where it was cut.

/** Per text, and per patch's test in one run: 64 kB and 1 MB of plain letters. */
export const itemCharactersMax = 64_000;
export const testCharactersMax = 1_000_000;

export interface EvidenceText {
  vmId: string;
  /** What it is: `facts after`, `installation`, `probe after`. */
  item: string;
  text: string;
}

export interface BoundedText extends EvidenceText {
  /** How long it was as it came. */
  characters: number;
  cut: boolean;
}

/** The earlier of the list come first; what no longer fits is kept as its length alone, never left out unsaid. */
export function boundedEvidence(
  texts: EvidenceText[],
  kept = 0,
  { itemMax = itemCharactersMax, testMax = testCharactersMax } = {},
): BoundedText[] {
  let left = Math.max(0, testMax - kept);
  return texts.map(({ text: told, ...one }) => {
    // What a database cannot keep is replaced first: the hash is of what is kept.
    const text = told.replaceAll('\u0000', '\uFFFD').toWellFormed();
    const take = Math.min(itemMax, left, text.length);
    left -= take;
    return { ...one, text: wholeCharacters(text, take), characters: text.length, cut: take < text.length };
  });
}

/** Never half of a surrogate pair. */
function wholeCharacters(text: string, take: number): string {
  const last = text.charCodeAt(take - 1);
  return text.slice(0, take < text.length && last >= 0xd800 && last <= 0xdbff ? take - 1 : take);
}
