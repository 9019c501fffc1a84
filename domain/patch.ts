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

/** What the vendor publishes it for. Definition updates (of scanners and the like) are never a decision each. */
export type Classification = 'security' | 'definition' | 'other';

export type Distribution = 'ubuntu' | 'debian' | 'rhel' | 'suse';

/** Which version of a package fixes it, on which release of which distribution. */
export interface PackageFix {
  distribution: Distribution;
  /** As the distribution counts: `24.04`, `12`, `9`, `15.5`. */
  release: string;
  /** Where the fix is published: null for the release's own archive, else e.g. `pro` (needs a subscription). */
  pocket: string | null;
  /** Name of the installed package; of its source where `sourceOnly`. */
  name: string;
  /** The source that it is built of; null where the vendor does not say. Names of kernel packages change with each version: their source stays. */
  source: string | null;
  /** The vendor names only the source: every package built of it is meant, by its source's version. */
  sourceOnly: boolean;
  /** The stream of a module that it belongs to, `ruby:3.1`: it fixes nothing where another stream is installed. Null: of no module. */
  module: string | null;
  /** The first fixed version, compared by the distribution's own rules: dpkg's, or `epoch:version-release` of rpm. */
  version: string;
  /** Null: any. */
  architecture: string | null;
}

export interface Patch {
  /** `KB5094128`, `USN-7095-1`, `RHSA-2023:7434`: also part of workflow ids, so never with a `/`. */
  patchId: string;
  /** The bare number, `5094128`; null for what is no KB of Microsoft's. */
  kb: string | null;
  title: string;
  /** The highest over all products; one KB may differ by product. */
  severity: Severity;
  severityByProduct: Record<string, Severity>;
  cves: string[];
  products: { id: string; name: string }[];
  /** By product id, as the vendor writes it: `10.0.20348.5256`, or a version of something else. */
  fixedBuilds: Record<string, string>;
  /** Empty for patches that come as KBs. */
  packages: PackageFix[];
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
  classification: Classification;
  /** The vendor's own page; null when no document names one. */
  url: string | null;
  source: { channel: string; document: string; revision: string };
}
