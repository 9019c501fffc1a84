// Whether what a guest once told may still be believed (I5).

/** Why not, in words; null when it may. */
export function staleness(
  known: { collectedAt: string | null; problem: string | null; triedAt: string } | null,
  now: string,
  maxAgeMinutes: number,
): string | null {
  if (known === null) return 'its guest was never asked';
  const failed = known.problem === null ? null : `the attempt of ${known.triedAt} failed: ${known.problem}`;
  if (known.collectedAt === null) return failed ?? 'its guest never answered';
  if (failed !== null) return failed;
  const minutes = (Date.parse(now) - Date.parse(known.collectedAt)) / 60_000;
  if (minutes <= maxAgeMinutes) return null;
  return `its guest answered ${Math.floor(minutes)} minutes ago, and ${maxAgeMinutes} are allowed`;
}
