// Whom a notice reaches, by which way: those whom it concerns, whom policy adds, and how each of them wants it.
// Own preferences never silence a page or what policy marks as mandatory.

import type {
  EscalationStep,
  NoticeKind,
  NoticePolicy,
  NoticeRule,
  Preferences,
  QuietHours,
  Urgency,
  Way,
} from './notice.js';
import type { CategoryRule, Person } from './policy.js';

/** The recipient is a mail address, or the name of a target. */
export interface Recipient {
  recipient: string;
  way: Way;
}

export interface Routed extends Recipient {
  /** Routine notices within these hours are held; null: told at once. */
  quietHours: QuietHours | null;
  /** Why it cannot be delivered at all. */
  problem: string | null;
}

export interface Routing {
  urgency: Urgency;
  routed: Routed[];
  /** Whom it would have reached, and why it does not. */
  left: { recipient: string; why: string }[];
}

export interface Told {
  kind: NoticeKind;
  urgency: Urgency;
  to: string[];
  category: string | null;
}

export interface RoutingFacts {
  notices: NoticePolicy;
  categories: Pick<CategoryRule, 'name' | 'approverRole'>[];
  people: Person[];
  /** By the name of the person. */
  preferences: ReadonlyMap<string, Preferences>;
}

export function routeNotice(told: Told, facts: RoutingFacts): Routing {
  const rules = facts.notices.rules.filter((rule) => concerns(rule, told));
  const urgency = urgencyOf(told, rules);
  const left: Routing['left'] = [];
  const routed = new Map<string, Routed>();
  const add = (one: Routed): void => {
    const key = keyOf(one);
    if (!routed.has(key)) routed.set(key, one);
  };
  for (const mail of mailsOf(told, urgency, rules, facts)) {
    const reached = toPerson(mail, { ...told, urgency }, facts);
    reached.forEach(add);
    if (reached.length === 0) left.push({ recipient: mail, why: 'does not want notices of this kind' });
  }
  for (const name of rules.flatMap((rule) => rule.targets)) {
    const target = facts.notices.targets.find((one) => one.name === name);
    if (target === undefined) left.push({ recipient: name, why: 'policy has no such target' });
    else add({ recipient: name, way: target.way, quietHours: null, problem: null });
  }
  if (urgency === 'page')
    for (const one of stepRecipients(0, told, facts)) add({ ...one, quietHours: null, problem: problemOf(one) });
  return { urgency, routed: [...routed.values()], left };
}

function concerns(rule: NoticeRule, { kind, category }: Told): boolean {
  return (
    (rule.kinds.length === 0 || rule.kinds.includes(kind)) &&
    (rule.categories.length === 0 || (category !== null && rule.categories.includes(category)))
  );
}

/** Of several rules that say how urgent it is, a page wins. */
function urgencyOf(told: Told, rules: NoticeRule[]): Urgency {
  const said = rules.flatMap((rule) => (rule.urgency === null ? [] : [rule.urgency]));
  if (said.includes('page')) return 'page';
  return said[0] ?? told.urgency;
}

function mailsOf(told: Told, urgency: Urgency, rules: NoticeRule[], facts: RoutingFacts): string[] {
  const approverRole = facts.categories.find((one) => one.name === told.category)?.approverRole;
  const isConcernedTold = urgency === 'page' || rules.every((rule) => rule.concerned);
  return distinct([
    ...(isConcernedTold ? told.to : []),
    ...rules.flatMap(({ approvers, roles, people }) =>
      mailsOfPeople(approvers && approverRole !== undefined ? [...roles, approverRole] : roles, people, facts.people),
    ),
  ]);
}

function mailsOfPeople(roles: string[], names: string[], people: Person[]): string[] {
  return people
    .filter((person) => names.includes(person.name) || person.roles.some((role) => roles.includes(role)))
    .map((person) => person.mail);
}

/** An address that differs in case alone is the same mailbox. */
function distinct(mails: string[]): string[] {
  return [...new Map(mails.map((mail) => [mail.toLowerCase(), mail])).values()];
}

function personOf(mail: string, people: Person[]): Person | undefined {
  return people.find((one) => one.mail.toLowerCase() === mail.toLowerCase());
}

function toPerson(mail: string, told: Told, { notices, people, preferences }: RoutingFacts): Routed[] {
  const person = personOf(mail, people);
  const wishes = person === undefined ? undefined : preferences.get(person.name);
  const own = notices.targets.filter((target) => target.person !== null && target.person === person?.name);
  const isMandatory = told.urgency === 'page' || notices.mandatory.includes(told.kind);
  const wanted = wishes?.ways[told.kind];
  const quietHours = told.urgency === 'page' ? null : quietHoursOf(wishes, notices);
  const reached = own
    .filter((target) => told.urgency === 'page' || wanted?.includes(target.name))
    .map(({ name, way }): Routed => ({ recipient: name, way, quietHours, problem: null }));
  const silenced = wanted !== undefined && wanted.length === 0 && !isMandatory;
  // A wish that names a way which is gone must not silence: then it is mail.
  const byMail =
    told.urgency === 'page' || wanted === undefined || wanted.includes('mail') || (!silenced && reached.length === 0);
  const mailed: Routed = {
    recipient: mail,
    way: 'mail',
    quietHours,
    problem: problemOf({ recipient: mail, way: 'mail' }),
  };
  return byMail ? [mailed, ...reached] : reached;
}

function quietHoursOf(wishes: Preferences | undefined, { quietHours }: NoticePolicy): QuietHours | null {
  if (wishes === undefined || wishes.quietHours === null) return quietHours;
  return wishes.quietHours === 'none' ? null : wishes.quietHours;
}

/** Owners may come from tags: nothing that could become a second address or a header is one. */
const mailForm = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/i;

export function isMailAddress(text: string): boolean {
  return text.length <= 254 && mailForm.test(text);
}

function problemOf({ recipient, way }: Recipient): string | null {
  return way !== 'mail' || isMailAddress(recipient) ? null : 'this is not a mail address';
}

/** The escalation that counts for a category. */
export function escalationSteps(category: string | null, { pages }: NoticePolicy): EscalationStep[] {
  const named = pages.escalation.find((one) => category !== null && one.categories.includes(category));
  return (named ?? pages.escalation.find((one) => one.categories.length === 0))?.steps ?? [];
}

/** Whom a step of the escalation reaches: each by every way that they have. A step that is not there reaches nobody. */
export function stepRecipients(step: number, told: Pick<Told, 'to' | 'category'>, facts: RoutingFacts): Recipient[] {
  const asked = escalationSteps(told.category, facts.notices)[step];
  if (asked === undefined) return [];
  const mails = [...(asked.concerned ? told.to : []), ...mailsOfPeople(asked.roles, asked.people, facts.people)];
  const own = distinct(mails).flatMap((mail): Recipient[] => {
    const person = personOf(mail, facts.people);
    const targets = facts.notices.targets.filter((one) => one.person !== null && one.person === person?.name);
    return [{ recipient: mail, way: 'mail' }, ...targets.map(({ name, way }) => ({ recipient: name, way }))];
  });
  const teams = facts.notices.targets.filter((target) => asked.targets.includes(target.name));
  return [...own, ...teams.map(({ name, way }) => ({ recipient: name, way }))];
}

/** Everybody whom any step reaches, each once. */
export function everybodyOf(told: Pick<Told, 'to' | 'category'>, facts: RoutingFacts): Recipient[] {
  const steps = escalationSteps(told.category, facts.notices);
  const concerned = distinct(told.to).map((recipient): Recipient => ({ recipient, way: 'mail' }));
  const all = [...concerned, ...steps.flatMap((_, step) => stepRecipients(step, told, facts))];
  return [...new Map(all.map((one) => [keyOf(one), one])).values()];
}

function keyOf({ way, recipient }: Recipient): string {
  return `${way} ${way === 'mail' ? recipient.toLowerCase() : recipient}`;
}
