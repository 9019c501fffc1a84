// Which release of which Linux distribution a vendor means, out of the many ways in which vendors name it.

import type { Distribution } from './patch.js';

export interface LinuxRelease {
  distribution: Distribution;
  /** As the distribution counts: `24.04`, `12`, `9`, `15.5`. */
  release: string;
  /** Null: the release's own archive. Else where it comes from, which a machine may not have: `pro`, `eus`, `ltss`, another product. */
  pocket: string | null;
}

/** Ubuntu's code names: https://wiki.ubuntu.com/Releases */
const ubuntuNames: Record<string, string> = {
  trusty: '14.04',
  utopic: '14.10',
  vivid: '15.04',
  wily: '15.10',
  xenial: '16.04',
  yakkety: '16.10',
  zesty: '17.04',
  artful: '17.10',
  bionic: '18.04',
  cosmic: '18.10',
  disco: '19.04',
  eoan: '19.10',
  focal: '20.04',
  groovy: '20.10',
  hirsute: '21.04',
  impish: '21.10',
  jammy: '22.04',
  kinetic: '22.10',
  lunar: '23.04',
  mantic: '23.10',
  noble: '24.04',
  oracular: '24.10',
  plucky: '25.04',
  questing: '25.10',
  resolute: '26.04',
};

/** `jammy` → `22.04`; null for a name that is not known. */
export function ubuntuRelease(codename: string): string | null {
  return Object.hasOwn(ubuntuNames, codename) ? (ubuntuNames[codename] ?? null) : null;
}

/**
 * What Ubuntu calls a pocket. Expanded Security Maintenance needs a subscription (Pro); FIPS and real-time packages have versions of their own
 * and are for machines alone that run them: https://documentation.ubuntu.com/pro/
 */
export function ubuntuPocket(pocket: string | null, version: string): string | null {
  const word = (pocket ?? '').trim().toLowerCase();
  if (word.startsWith('esm')) return 'pro';
  if (word === '' || word === 'security' || word === 'updates') return /[~+]esm\d/.test(version) ? 'pro' : null;
  return word.slice(0, 40);
}

/** An ecosystem of the OSV format: `Ubuntu:Pro:22.04:LTS`, `Debian:12`: https://ossf.github.io/osv-schema/#affectedpackage-field */
export function releaseOfEcosystem(ecosystem: string): LinuxRelease | null {
  const [family = '', ...parts] = ecosystem.split(':');
  const rest = parts.join(':');
  switch (family) {
    case 'Ubuntu':
      return ubuntuEcosystem(parts);
    case 'Debian':
      return /^\d+(\.\d+)?$/.test(rest) ? { distribution: 'debian', release: rest, pocket: null } : null;
    case 'Red Hat':
      return redHatRelease(`cpe:/o:redhat:${rest}`);
    case 'SUSE':
    case 'openSUSE':
      return suseReleaseByName(family === 'SUSE' ? `SUSE ${rest}` : `openSUSE ${rest}`);
    default:
      return null;
  }
}

function ubuntuEcosystem(parts: string[]): LinuxRelease | null {
  const at = parts.findIndex((part) => /^\d{1,2}\.\d{2}$/.test(part));
  const release = parts[at];
  if (release === undefined) return null;
  const [service, product] = parts.slice(0, at);
  if (service === undefined) return { distribution: 'ubuntu', release, pocket: null };
  if (service !== 'Pro') return null;
  return { distribution: 'ubuntu', release, pocket: product === undefined ? 'pro' : product.toLowerCase() };
}

/**
 * Red Hat names products by CPE: `cpe:/o:redhat:enterprise_linux:9::baseos`, `cpe:/o:redhat:rhel_eus:8.8::baseos`, `cpe:/o:redhat:enterprise_linux_eus:10.2`,
 * `cpe:/a:redhat:openstack:17.1::el9`. The main stream is one for all minor releases; long-lived ones are of one minor release.
 * https://redhatproductsecurity.github.io/security-data-guidelines/cpe/
 */
export function redHatRelease(cpe: string): LinuxRelease | null {
  const [, product = '', version = '', edition = ''] =
    /^cpe:\/[ao]:redhat:([^:]+):([^:]*)(?::[^:]*)?(?::([^:]*))?/.exec(cpe) ?? [];
  const major = /^\d{1,2}/.exec(version)?.[0];
  if (product === 'enterprise_linux')
    return major === undefined ? null : { distribution: 'rhel', release: major, pocket: null };
  const stream = /^(?:rhel|enterprise_linux)_([a-z0-9]+)$/.exec(product)?.[1];
  if (stream !== undefined && /^\d{1,2}(\.\d{1,2})?$/.test(version))
    return { distribution: 'rhel', release: version, pocket: stream };
  const base = /^el(\d{1,2})/.exec(edition)?.[1];
  return base === undefined ? null : { distribution: 'rhel', release: base, pocket: `${product}-${version}` };
}

/**
 * SUSE names products by CPE: `cpe:/o:suse:sles:15:sp5`, `cpe:/o:suse:sle_hpc-ltss:15:sp4`, `cpe:/o:suse:suse_sles_ltss:11:sp1`,
 * `cpe:/o:suse:sles:11:sp1:teradata`, `cpe:/o:suse:sle-module-basesystem:15:sp5`, `cpe:/o:opensuse:leap:15.5`.
 */
export function suseRelease(cpe: string): LinuxRelease | null {
  const [, product = '', version = '', pack = '', variant = ''] =
    /^cpe:\/[ao]:(?:suse|opensuse):([^:]+):([\d.]+)(?::sp(\d+))?(?::([a-z]+))?/i.exec(cpe) ?? [];
  const words = product
    .toLowerCase()
    .replaceAll('_', '-')
    .replace(/^suse-(?=sle)/, '');
  const found = suseSystems.find(({ id }) => words === id || words.startsWith(`${id}-`));
  return found === undefined ? null : susePlace(found, version, pack, [words.slice(found.id.length), variant]);
}

/** By name: `SUSE Linux Enterprise Server 15 SP5-LTSS`, `SUSE Linux Enterprise Server LTSS Extended Security 12 SP5`, `openSUSE Leap 15.5`. */
export function suseReleaseByName(name: string): LinuxRelease | null {
  const [, words = '', version = '', pack = '', variant = ''] =
    /^(.*?) (\d+(?:\.\d+)?)(?:[ -]SP(\d+))?(?:[ -](.*))?$/i.exec(name.trim()) ?? [];
  const found = suseSystems.find((system) => words === system.name || words.startsWith(`${system.name} `));
  return found === undefined ? null : susePlace(found, version, pack, [words.slice(found.name.length), variant]);
}

interface SuseSystem {
  id: string;
  name: string;
  /** Other systems than the enterprise server have release names of their own: their packages are others, though the number is the same. */
  system: string;
  /** Where its packages come from, which a plain server does not have. */
  pocket: string;
}

/** Longer names before those that they begin with. Modules belong to the server. */
const suseSystems: readonly SuseSystem[] = [
  { id: 'sles-sap', name: 'SUSE Linux Enterprise Server for SAP Applications', system: '', pocket: 'sap' },
  { id: 'sles', name: 'SUSE Linux Enterprise Server', system: '', pocket: '' },
  { id: 'sle-module', name: 'SUSE Linux Enterprise Module', system: '', pocket: '' },
  { id: 'sle-hpc', name: 'SUSE Linux Enterprise High Performance Computing', system: '', pocket: 'hpc' },
  { id: 'sle-sdk', name: 'SUSE Linux Enterprise Software Development Kit', system: '', pocket: 'sdk' },
  { id: 'sle-we', name: 'SUSE Linux Enterprise Workstation Extension', system: '', pocket: 'workstation' },
  { id: 'sle-ha', name: 'SUSE Linux Enterprise High Availability Extension', system: '', pocket: 'ha' },
  { id: 'sle-live-patching', name: 'SUSE Linux Enterprise Live Patching', system: '', pocket: 'live-patching' },
  { id: 'sled', name: 'SUSE Linux Enterprise Desktop', system: '', pocket: 'desktop' },
  { id: 'sle-micro', name: 'SUSE Linux Enterprise Micro', system: 'micro-', pocket: '' },
  { id: 'sl-micro', name: 'SUSE Linux Micro', system: 'micro-', pocket: '' },
  { id: 'packagehub', name: 'SUSE Package Hub', system: '', pocket: 'packagehub' },
  { id: 'leap', name: 'openSUSE Leap', system: 'leap-', pocket: '' },
];

function susePlace(found: SuseSystem, version: string, pack: string, variants: string[]): LinuxRelease {
  const words = found.id === 'sle-module' ? [] : variants;
  const pocket = [found.pocket, ...words]
    .map((word) =>
      word
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-|-$/g, ''),
    )
    .filter((word) => word !== '')
    .join('-');
  const release = `${found.system}${version}${pack === '' ? '' : `.${pack}`}`;
  return { distribution: 'suse', release, pocket: pocket === '' ? null : pocket.slice(0, 40) };
}
