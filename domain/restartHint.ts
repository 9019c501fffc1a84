// Whether packages of Linux need a restart of the machine: the vendor's own word, and what a package is. The guest's word after the installation counts more.

import type { Restart } from './patch.js';

const scale: readonly Restart[] = ['unknown', 'no', 'maybe', 'yes'];

/** The strongest word. */
export function strongestRestart(words: readonly Restart[]): Restart {
  return words.reduce<Restart>((best, one) => (scale.indexOf(one) > scale.indexOf(best) ? one : best), 'unknown');
}

/** `packages`: names of what is installed, or of sources. */
export function restartHint(packages: readonly string[], vendor: Restart): Restart {
  return strongestRestart([vendor, ...packages.map(restartOfPackage)]);
}

/** A kernel runs only after a restart: images and what is loaded with them, not headers, tools and documents. */
const kernels: readonly RegExp[] = [
  // Debian, Ubuntu: `linux-image-6.8.0-1017-azure`, and sources such as `linux-azure`.
  /^linux-(image|modules)(-unsigned)?-/,
  /^linux(-(signed|meta))?(-(aws|azure|gcp|gke|gkeop|hwe|ibm|kvm|lowlatency|lts|nvidia|oem|oracle|raspi|riscv|realtime|intel|xilinx|bluefield|starfive|allwinner|laptop|fips|iot|fde)\b.*)?$/,
  // Red Hat, SUSE: `kernel-core`, `kernel-default`, `kernel-azure`.
  /^kernel(-(rt|64k|64kb|core|modules|extra|default|base|azure|uek|debug|preempt|pae|xen|ec2|zfcpdump))*$/,
];

/** A fix that is patched into the running kernel: https://access.redhat.com/solutions/2206511, https://documentation.suse.com/sles/15-SP6/html/SLES-all/cha-klp.html */
const livePatches = /^(kpatch-patch-|kernel-livepatch-|kgraft-patch-)/;

/**
 * What everything uses until it is started again: the vendors advise a restart of the machine.
 * Red Hat: https://access.redhat.com/solutions/27943, https://dnf-plugins-core.readthedocs.io/en/latest/needs_restarting.html
 * SUSE: https://github.com/openSUSE/zypp-boot-plugin
 * Debian, Ubuntu: packages that ask by /run/reboot-required, https://www.debian.org/doc/debian-policy/ch-opersys.html
 */
const everywhere: readonly RegExp[] = [
  /^(glibc|libc6|libc-bin)(-|$)/,
  /^(systemd|libsystemd0|udev)(-|$)/,
  /^(dbus|dbus-broker|dbus-daemon|libdbus-1-3)$/,
  /^(openssl|openssl-libs|openssl-\d.*|libssl\d.*|libopenssl\d.*|gnutls|gnutls\d*|libgnutls\d*.*)$/,
  /^(linux-firmware|kernel-firmware.*|microcode_ctl|ucode-(intel|amd)|intel-microcode|amd64-microcode)$/,
];

export function restartOfPackage(name: string): Restart {
  if (livePatches.test(name)) return 'unknown';
  if (kernels.some((pattern) => pattern.test(name))) return 'yes';
  return everywhere.some((pattern) => pattern.test(name)) ? 'maybe' : 'unknown';
}

/** What a vendor writes for people: `After a standard system update you need to reboot your computer to make all the necessary changes.` */
export function restartOfProse(text: string | null): Restart {
  const prose = (text ?? '').toLowerCase().replace(/\s+/g, ' ');
  if (prose === '') return 'unknown';
  const machine = /\breboot|restart (the|your) (computer|machine|system)\b/;
  if (!machine.test(prose)) {
    if (/\brestart|\blog ?out\b/.test(prose)) return 'maybe';
    return /standard system update will make all/.test(prose) ? 'no' : 'unknown';
  }
  const [, before = ''] = /([^.]*?)(?:\breboot|restart (?:the|your) (?:computer|machine|system)\b)/.exec(prose) ?? [];
  if (/\b(no|not|without)\b[^,;]{0,40}$/.test(before)) return 'no';
  return /\b(may|might|could|if|in case)\b/.test(before) ? 'maybe' : 'yes';
}

/** CSAF's words for what has to be started again: https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html */
const categories: Partial<Record<string, Restart>> = {
  machine: 'yes',
  system: 'yes',
  zone: 'yes',
  connected: 'maybe',
  dependencies: 'maybe',
  parent: 'maybe',
  service: 'maybe',
  vulnerable_component: 'maybe',
  none: 'no',
};

export function restartOfCategory(category: string | null): Restart {
  return Object.hasOwn(categories, category ?? '') ? (categories[category ?? ''] ?? 'unknown') : 'unknown';
}
