// Definition updates of scanners: which they are, and whether a machine's are too old. They come several times a day and are never a decision each.

export interface DefinitionPolicy {
  /** `autoInstall`: the platform installs them by itself, and machines whose definitions are old are reported; `ignore`: they are only counted. */
  policy: 'autoInstall' | 'ignore';
  maximumAgeHours: number;
}

/** Something that an assessment or a channel offers. `classification` as Azure or an update server writes it. */
export interface Offered {
  kb: string | null;
  title: string;
  classifications: readonly string[];
}

/**
 * Microsoft publishes each new state of a scanner's definitions under one and the same number: Defender, System Center Endpoint Protection.
 * https://learn.microsoft.com/defender-endpoint/microsoft-defender-antivirus-updates
 */
const definitionKbs: readonly string[] = ['2267602', '2461484'];

/**
 * By the vendor's class, else by number, else by title. The Malicious Software Removal Tool (KB890830) is none: it is a monthly tool, and
 * Azure classifies it as an update rollup. https://learn.microsoft.com/rest/api/compute/virtual-machines/assess-patches
 */
export function isDefinition({ kb, title, classifications }: Offered): boolean {
  if (classifications.some((name) => /^definition/i.test(name.trim()))) return true;
  if (kb !== null && definitionKbs.includes(kb)) return true;
  return /^(security intelligence|definition) update\b/i.test(title.trim());
}

export type DefinitionAge =
  | { kind: 'fresh'; reason: string }
  | { kind: 'late'; reason: string }
  /** The guest does not tell. */
  | { kind: 'unknown'; reason: string }
  /** Policy counts definitions and judges none. */
  | { kind: 'ignored'; reason: string };

/** `updatedAt`: ISO instant of the guest's definitions; null where it does not tell. */
export function definitionAge(
  updatedAt: string | null,
  { policy, maximumAgeHours }: DefinitionPolicy,
  now: string,
): DefinitionAge {
  if (policy === 'ignore') return { kind: 'ignored', reason: 'policy ignores the age of definitions' };
  if (updatedAt === null) return { kind: 'unknown', reason: 'its guest does not tell how old its definitions are' };
  const hours = (Date.parse(now) - Date.parse(updatedAt)) / 3_600_000;
  if (Number.isNaN(hours))
    return { kind: 'unknown', reason: `its guest tells a time that cannot be read: ${updatedAt}` };
  const told = `its definitions are of ${updatedAt}, ${Math.max(0, Math.floor(hours))} hours old`;
  return hours > maximumAgeHours
    ? { kind: 'late', reason: `${told}, and ${maximumAgeHours} are allowed` }
    : { kind: 'fresh', reason: told };
}
