// A patch: the unit of decision, normalised from whatever a channel announced. Plain JSON.

export type Severity = 'critical' | 'important' | 'moderate' | 'low' | 'unknown';
export type Restart = 'yes' | 'no' | 'maybe' | 'unknown';
export type PatchKind =
  | 'cumulative'
  | 'monthlyRollup'
  | 'securityOnly'
  | 'hotpatch'
  | 'servicingStack'
  | 'ieCumulative'
  | 'previewRollup'
  | 'setup'
  | 'standalone'
  | 'update'
  | 'other';

export interface Patch {
  /** `KB5094128`. */
  patchId: string;
  /** The bare number: `5094128`. */
  kb: string;
  title: string;
  /** The highest over all products; one KB may differ by product. */
  severity: Severity;
  severityByProduct: Record<string, Severity>;
  cves: string[];
  products: { id: string; name: string }[];
  /** By product id, as the vendor writes it: `10.0.20348.5256`, or a version of something else. */
  fixedBuilds: Record<string, string>;
  /** Bare KB numbers. Not a reliable graph: for cumulative updates of one product the build decides. */
  supersedes: string[];
  restart: Restart;
  kind: PatchKind;
  exploited: boolean;
  disclosed: boolean;
  knownIssue: boolean;
  knownIssueUrl: string | null;
  /** ISO instant; null when no document says. */
  released: string | null;
  source: { channel: 'msrc'; document: string; revision: string };
}
