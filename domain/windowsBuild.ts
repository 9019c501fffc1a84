// Windows builds as vendors, Azure and guests write them. Text that is no build is null: callers keep their gates shut (I5).

export interface Build {
  major: number;
  minor: number;
  build: number;
  revision: number;
}

/** `10.0.20348.2402`, or `20348.2402` as the guest's registry has it (then of Windows 10.0). */
export function parseBuild(text: string): Build | null {
  const match = /^(?:(\d{1,3})\.(\d{1,3})\.)?(\d{3,6})\.(\d{1,7})$/.exec(text.trim());
  if (match === null) return null;
  const [, major, minor, build, revision] = match;
  return { major: Number(major ?? 10), minor: Number(minor ?? 0), build: Number(build), revision: Number(revision) };
}

/** Negative when `a` is older. */
export function compareBuilds(a: Build, b: Build): number {
  return a.major - b.major || a.minor - b.minor || a.build - b.build || a.revision - b.revision;
}
