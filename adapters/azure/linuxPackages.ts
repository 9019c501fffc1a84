// How Linux guests write packages: their own name and version, what they are built of, and the stream of a module that they came in.

import type { InstalledPackage } from '../../domain/vm.js';

type Origin = Pick<InstalledPackage, 'source' | 'module'>;

/**
 * dpkg names the source and its version, `=` where they are the package's own. rpm names the file of the source, `openssl-3.2.2-6.el9_5.1.src.rpm`, and
 * not its epoch, which is the package's. `(none)`: it has none.
 */
export function originOf(name: string, version: string, source: string, sourceVersion: string, label: string): Origin {
  const module = label === '' || label === '(none)' ? null : label.split(':').slice(0, 2).join(':');
  const file = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(source);
  if (file !== null) {
    const epoch = /^\d+:/.exec(version)?.[0] ?? '';
    return { source: { name: file[1] ?? '', version: `${epoch}${file[2] ?? ''}` }, module };
  }
  if (source === '') return { source: null, module: null };
  const own = source === '=' || source === '(none)';
  return { source: { name: own ? name : source, version: sourceVersion === '=' ? version : sourceVersion }, module };
}

/** One word each: `openssl 3.0.13-0ubuntu3.5 amd64 = = (none)`. */
export function packageIn(line: string): InstalledPackage {
  const [name = '', version = '', architecture = '', source = '', sourceVersion = '', module = ''] = line.split(' ');
  return { name, version, architecture, ...originOf(name, version, source, sourceVersion, module) };
}
