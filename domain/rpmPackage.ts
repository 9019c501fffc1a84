// Which package a name or an address of a package means: `bind-32:9.8.2-0.68.rc1.el6_10.17.x86_64`, `pkg:rpm/redhat/bind@9.8.2-0.68.rc1.el6_10.17?arch=x86_64&epoch=32`.
// https://github.com/package-url/purl-spec/blob/main/types-doc/rpm-definition.md

export interface RpmPackage {
  name: string;
  /** `epoch:version-release`; an epoch that is not written is 0. */
  version: string;
  /** `src` for a source. */
  architecture: string;
  /** `ruby:3.1`; null: of no module. */
  module: string | null;
}

const writtenLengthMax = 600;
const nameForm = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,150}$/;
const versionForm = /^[A-Za-z0-9._+~^]{1,120}-[A-Za-z0-9._+~^]{1,120}$/;

/** Null for what is no package. */
export function rpmPackageOf(purl: string | null, written: string): RpmPackage | null {
  if (written.length > writtenLengthMax || (purl?.length ?? 0) > writtenLengthMax) return null;
  const found = purl === null ? byName(written) : byPurl(purl, written);
  if (found === null || !nameForm.test(found.name)) return null;
  return versionForm.test(found.version.slice(found.version.indexOf(':') + 1)) ? found : null;
}

function byPurl(purl: string, written: string): RpmPackage | null {
  const [, name = '', version = '', query = ''] =
    /^pkg:rpm\/(?:[^/@?]+\/)?([^/@?]+)@([^?#]+)(?:\?([^#]*))?/.exec(purl) ?? [];
  const qualifiers = new Map(query.split('&').map((pair) => [pair.split('=')[0] ?? '', pair.split('=')[1]]));
  const decoded = [name, version, qualifiers.get('arch'), qualifiers.get('rpmmod')].map(decode);
  const [plainName, plainVersion, architecture, module] = decoded;
  if (plainName === undefined || plainVersion === undefined || name === '') return null;
  // Some addresses leave out an epoch that the name beside them has.
  const epoch = qualifiers.get('epoch') ?? /-(\d{1,5}):[^:]+-[^:]+$/.exec(written)?.[1] ?? '0';
  if (!/^\d{1,5}$/.test(epoch)) return null;
  return {
    name: plainName,
    version: `${epoch}:${plainVersion}`,
    architecture: architecture ?? '',
    module: module === undefined ? null : module.split(':').slice(0, 2).join(':'),
  };
}

function decode(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The name may hold dashes itself: version and release are what stands behind the last two. */
function byName(written: string): RpmPackage | null {
  const [, name, epoch, version, release, architecture] =
    /^(.+)-(?:(\d{1,5}):)?([^-:]+)-([^-:]+)\.([a-z0-9_]+)$/i.exec(written.trim()) ?? [];
  if (name === undefined || version === undefined || release === undefined || architecture === undefined) return null;
  return { name, version: `${epoch ?? '0'}:${version}-${release}`, architecture, module: null };
}
