// Which of two package versions is newer, by the rules of dpkg and of rpm. Text that is no version is null: callers keep their gates shut (I5).
// https://www.debian.org/doc/debian-policy/ch-controlfields.html#version, https://rpm.org/docs/latest/man/rpm-version.7

import type { Distribution } from './patch.js';

/** Negative when `a` is older; null when either is no version of this distribution's kind. */
export function comparePackageVersions(distribution: Distribution, a: string, b: string): number | null {
  switch (distribution) {
    case 'ubuntu':
    case 'debian':
      return compareDpkg(a, b);
    case 'rhel':
    case 'suse':
      return compareRpm(a, b);
  }
}

/** `[epoch:]upstream[-revision]`; a missing epoch and a missing revision count as 0. */
export function compareDpkg(a: string, b: string): number | null {
  const [left, right] = [parseDpkg(a), parseDpkg(b)];
  if (left === null || right === null) return null;
  return (
    left.epoch - right.epoch ||
    compareDpkgPart(left.upstream, right.upstream) ||
    compareDpkgPart(left.revision, right.revision)
  );
}

const epochMax = 2 ** 31 - 1;

function parseDpkg(text: string): { epoch: number; upstream: string; revision: string } | null {
  const match = /^(?:(\d+):)?([A-Za-z0-9.+~:-]+)$/.exec(text);
  if (match === null) return null;
  const [, epoch = '0', rest = ''] = match;
  if (Number(epoch) > epochMax) return null;
  // Without an epoch a colon would have ended one.
  if (match[1] === undefined && rest.includes(':')) return null;
  const hyphen = rest.lastIndexOf('-');
  if (hyphen < 0) return { epoch: Number(epoch), upstream: rest, revision: '' };
  const [upstream, revision] = [rest.slice(0, hyphen), rest.slice(hyphen + 1)];
  if (upstream === '' || revision === '' || revision.includes(':')) return null;
  return { epoch: Number(epoch), upstream, revision };
}

/** Text and numbers in turn: in text a tilde sorts before the end, the end before letters, letters before all else. */
function compareDpkgPart(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a[i])) || (j < b.length && !isDigit(b[j]))) {
      const order = dpkgOrder(a[i]) - dpkgOrder(b[j]);
      if (order !== 0) return order;
      i += 1;
      j += 1;
    }
    const [left, right] = [digitsFrom(a, i), digitsFrom(b, j)];
    const order = compareDigits(left, right);
    if (order !== 0) return order;
    i += left.length;
    j += right.length;
  }
  return 0;
}

function dpkgOrder(character: string | undefined): number {
  if (character === undefined || isDigit(character)) return 0;
  if (character === '~') return -1;
  const code = character.charCodeAt(0);
  return isLetter(character) ? code : code + 256;
}

/**
 * `[epoch:]version[-release]`, by rpmvercmp. Without an epoch it is 0; a version with a release is newer than the same without, as rpm itself
 * sorts them.
 */
export function compareRpm(a: string, b: string): number | null {
  const [left, right] = [parseRpm(a), parseRpm(b)];
  if (left === null || right === null) return null;
  const order = rpmvercmp(left.epoch, right.epoch) || rpmvercmp(left.version, right.version);
  if (order !== 0) return order;
  if (left.release === null || right.release === null)
    return (left.release === null ? 0 : 1) - (right.release === null ? 0 : 1);
  return rpmvercmp(left.release, right.release);
}

function parseRpm(text: string): { epoch: string; version: string; release: string | null } | null {
  const match = /^(?:(\d+):)?([A-Za-z0-9._+~^]+)(?:-([A-Za-z0-9._+~^]+))?$/.exec(text);
  if (match === null) return null;
  const [, epoch = '0', version = '', release = null] = match;
  return { epoch, version, release };
}

/** Segments of letters or of digits, whatever lies between; `~` sorts before everything, `^` after the end and before anything else. */
export function rpmvercmp(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    i = pastSeparators(a, i);
    j = pastSeparators(b, j);
    const mark = a[i] === '~' || b[j] === '~' ? '~' : a[i] === '^' || b[j] === '^' ? '^' : null;
    if (mark !== null) {
      const order = markOrder(mark, a[i], b[j]);
      if (order !== 0) return order;
      i += 1;
      j += 1;
      continue;
    }
    if (i >= a.length || j >= b.length) break;
    const segment = isDigit(a[i]) ? digitsFrom : lettersFrom;
    const [left, right] = [segment(a, i), segment(b, j)];
    // One is a number, the other is not: the number is newer.
    if (right === '') return segment === digitsFrom ? 1 : -1;
    const order = segment === digitsFrom ? compareDigits(left, right) : compareText(left, right);
    if (order !== 0) return order;
    i += left.length;
    j += right.length;
  }
  return (i < a.length ? 1 : 0) - (j < b.length ? 1 : 0);
}

function markOrder(mark: '~' | '^', a: string | undefined, b: string | undefined): number {
  if (a === mark && b === mark) return 0;
  if (mark === '~') return a === mark ? -1 : 1;
  if (a === undefined) return -1;
  if (b === undefined) return 1;
  return a === mark ? -1 : 1;
}

function pastSeparators(text: string, from: number): number {
  let at = from;
  while (at < text.length && !/[A-Za-z0-9~^]/.test(text[at] ?? '')) at += 1;
  return at;
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

function isLetter(character: string): boolean {
  return /^[A-Za-z]$/.test(character);
}

function digitsFrom(text: string, from: number): string {
  return /^\d*/.exec(text.slice(from))?.[0] ?? '';
}

function lettersFrom(text: string, from: number): string {
  return /^[A-Za-z]*/.exec(text.slice(from))?.[0] ?? '';
}

/** Of any length: by their value, leading zeros aside. */
function compareDigits(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return left.length - right.length || compareText(left, right);
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
