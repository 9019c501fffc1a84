// Orders about Linux packages: a bad one, a newer one in the archive, one that is held, one that somebody else installs.

import type { Cloud } from './cloud.js';
import { guestNamed, onGuest, text, type Orders } from './controlOrders.js';
import { archiveOf, upgrade } from './linuxArchive.js';
import { releases, type ReleaseName } from './linuxFacts.js';
import type { Change, Guest } from './world.js';

export const packageOrders: Orders = {
  /** `version` left out: whatever version comes. `software` null: the package is mended. */
  'bad-package': (cloud, { name, version, software, service }) => {
    if (typeof name !== 'string') return 'name: of the package';
    if (software === null)
      return [...cloud.journal.tables.badPatches].flatMap(([key, bad]): Change[] =>
        bad.package === name ? [{ table: 'badPatches', key, set: null }] : [],
      );
    if (typeof software !== 'string') return 'software: name of the package that it breaks, null to mend it';
    const which = { kb: null, package: name, version: text(version, '') || null };
    const set = { ...which, software, service: text(service, '') || null };
    return [{ table: 'badPatches', key: `${name}=${which.version ?? '*'}/${software}`, set }];
  },
  /** The archive gets a newer version of everything that is built of the package's source. */
  'publish-package': (cloud, { release, name, version, classification }) => {
    if (!isRelease(release)) return `release: ${Object.keys(releases).join(' or ')}`;
    const archive = archiveOf(release, cloud.journal.tables.published.values());
    const source = archive.findLast((one) => one.name === name)?.source;
    const newest = new Map(archive.filter((one) => one.source === source).map((one) => [one.name, one]));
    if (source === undefined || [...newest.values()].some((one) => one.beside || one.kernel !== null))
      return 'name: of a package that the archive has, and that is no kernel';
    if (typeof version !== 'string' || !/^[\w.+~:-]+$/.test(version)) return 'version: newer than all there are';
    return [...newest.values()].map((one): Change => {
      const set = { ...one, release, version, classification: text(classification, 'Security') };
      return { table: 'published', key: `${release}/${one.name}/${version}`, set };
    });
  },
  'hold-package': (cloud, { vm, name, held }) => {
    const guest = linuxNamed(cloud, vm);
    if (guest === null || typeof name !== 'string') return 'vm: name of a Linux machine; name: of a package';
    const others = guest.linux.held.filter((one) => one !== name);
    return onGuest(cloud, vm, { linux: { ...guest.linux, held: held === true ? [...others, name] : others } });
  },
  /** Somebody upgrades a package by hand, past every process; `version` left out: the newest. */
  'install-package': (cloud, { vm, name, version }) => {
    const guest = linuxNamed(cloud, vm);
    if (guest === null) return 'vm: name of a Linux machine';
    const archive = archiveOf(guest.linux.release, cloud.journal.tables.published.values());
    const wanted = archive.findLast((one) => one.name === name && text(version, one.version) === one.version);
    const done = wanted === undefined ? null : upgrade(guest.linux, [wanted], archive);
    if (done === null) return 'name and version: of a package that the archive has, and that is not held';
    return onGuest(cloud, vm, { linux: done.state, pendingReboot: guest.pendingReboot || done.needsRestart });
  },
};

function isRelease(name: unknown): name is ReleaseName {
  return typeof name === 'string' && Object.hasOwn(releases, name);
}

function linuxNamed(cloud: Cloud, name: unknown): (Guest & { linux: NonNullable<Guest['linux']> }) | null {
  const guest = guestNamed(cloud, name);
  return guest?.linux === undefined ? null : { ...guest, linux: guest.linux };
}
