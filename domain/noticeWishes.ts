// What a person may wish of notices, and whom a test reaches.

import type { NoticePolicy, Preferences, Way } from './notice.js';
import type { Recipient } from './noticeRouting.js';
import type { Person } from './policy.js';

/** What somebody can choose from: mail, and the targets that policy made theirs. */
export function ownWays(person: string, { targets }: NoticePolicy): string[] {
  return ['mail', ...targets.filter((target) => target.person === person).map((target) => target.name)];
}

/** Why a wish cannot be kept; empty when it can. */
export function wishProblems(person: string, ways: Preferences['ways'], policy: NoticePolicy): string[] {
  const allowed = ownWays(person, policy);
  return Object.entries(ways).flatMap(([kind, names]) => [
    ...names
      .filter((name) => !allowed.includes(name))
      .map((name) => `${kind}: ${name} is no way of yours: yours are ${allowed.join(', ')}`),
    ...(names.length === 0 && policy.mandatory.some((one) => one === kind)
      ? [`${kind}: policy marks it as mandatory, so it cannot be switched off`]
      : []),
  ]);
}

/** A person by mail or by own targets of the way, or a target; else what there is. */
export function testRecipients(
  to: string,
  way: Way | null,
  people: Person[],
  { targets }: NoticePolicy,
): Recipient[] | { problem: string } {
  const target = targets.find((one) => one.name === to);
  if (target !== undefined) {
    if (way !== null && way !== target.way) return { problem: `${to} is reached by ${target.way}, not by ${way}` };
    return [{ recipient: target.name, way: target.way }];
  }
  const person = people.find((one) => one.name === to || one.mail.toLowerCase() === to.toLowerCase());
  if (person === undefined) {
    const known = [...people.map((one) => one.name), ...targets.map((one) => one.name)];
    return { problem: `there is no person and no target ${to}: there are ${known.join(', ')}` };
  }
  if (way === null || way === 'mail') return [{ recipient: person.mail, way: 'mail' }];
  const own = targets.filter((one) => one.person === person.name && one.way === way);
  if (own.length === 0) return { problem: `policy gives ${person.name} no target of the way ${way}` };
  return own.map(({ name }) => ({ recipient: name, way }));
}
