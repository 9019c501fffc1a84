// Whether the words of a person say anything at all, and not too much.

const justificationLengthMin = 10;
const justificationLengthMax = 10_000;

/** Anything wrong with the words themselves, before anybody's rights are looked at. */
export function justificationProblem(justification: string): string | null {
  const words = justification.trim();
  if (words.length < justificationLengthMin)
    return `a justification of at least ${justificationLengthMin} characters is required`;
  if (words.length > justificationLengthMax)
    return `the justification is longer than ${justificationLengthMax} characters`;
  return null;
}
