// What is wrong with whom notices reach: rules that name people who are not there, pages that wake nobody.

import type { EscalationStep } from './notice.js';
import { stepRecipients, type Recipient, type RoutingFacts } from './noticeRouting.js';

export interface NoticeProblem {
  subject: string;
  problem: string;
}

export function noticeProblems(facts: RoutingFacts): NoticeProblem[] {
  const { rules, targets, pages } = facts.notices;
  const known = new Set(facts.people.map((person) => person.name));
  const unknown = (names: string[]) => names.filter((name) => !known.has(name));
  return [
    ...rules.flatMap(({ id, people }) => said(`rule ${id}`, unknown(people))),
    ...targets.flatMap(({ name, person }) => said(`target ${name}`, person === null ? [] : unknown([person]))),
    ...pages.escalation.flatMap((one) => {
      const subject = `escalation of ${one.categories.join(', ') || 'all categories'}`;
      const category = one.categories[0] ?? null;
      return one.steps.flatMap((step, index) => [
        ...said(`${subject}, step ${index + 1}`, unknown(step.people)),
        ...empty(`${subject}, step ${index + 1}`, step, stepRecipients(index, { to: [], category }, facts)),
      ]);
    }),
  ];
}

function said(subject: string, names: string[]): NoticeProblem[] {
  return names.length === 0
    ? []
    : [
        {
          subject,
          problem: `policy names ${names.join(', ')}, whom nobody knows: correct the name, or add the person`,
        },
      ];
}

function empty(subject: string, step: EscalationStep, reached: Recipient[]): NoticeProblem[] {
  return step.concerned || reached.length > 0
    ? []
    : [
        {
          subject: `${subject}, reaches nobody`,
          problem: 'a page goes past it: name people, or give somebody the role',
        },
      ];
}
