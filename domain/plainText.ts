// Texts that came from outside, made fit for one line of a table, a mail's subject or a link. Markup stays what it is: text.

/** Control characters and line ends become spaces; what is too long is cut. */
export function oneLine(text: string, lengthMax: number): string {
  // The end of an over-long text is never looked at: documents may hold megabytes in a title.
  const line = text
    .slice(0, lengthMax * 4)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  const characters = Array.from(line);
  return characters.length <= lengthMax ? line : `${characters.slice(0, lengthMax - 1).join('')}…`;
}

/** A link that a person may follow; null for anything else. */
export function webLink(text: string | null): string | null {
  const link = text?.trim() ?? '';
  return /^https?:\/\/[^\s"'<>\\\p{Cc}]{1,1000}$/iu.test(link) ? link : null;
}

/** Ids of products are kept as they are: what is longer than any, or has control characters, is none. */
export function isProductId(id: string): boolean {
  return /^[^\p{Cc}]{1,300}$/u.test(id);
}
