// What one part of a policy says of another: windows that exist, rings in order, times that fit. Shapes are checked before.

import type { z } from 'zod';
import { approvalPath } from '../../domain/approvalPath.js';
import { placeProblem } from '../../domain/twinPlace.js';
import { instantOf } from '../../domain/window.js';
import { categoryRuleSchema, environmentRuleSchema, freezeSchema, policySchema, windowRuleSchema } from './schema.js';
import { twinGroup, twinPlaceSchema } from './twinsSchema.js';

export type Path = (string | number)[];

export interface Finding {
  path: Path;
  message: string;
}

interface Part<T> {
  path: Path;
  value: T;
}

type Environment = z.output<typeof environmentRuleSchema>;
type Category = z.output<typeof categoryRuleSchema>;
type Window = z.output<typeof windowRuleSchema>;
type Freeze = z.output<typeof freezeSchema>;

/** Reads what is well formed, so that one wrong key does not hide a wrong reference elsewhere. */
export function referenceFindings(raw: unknown): Finding[] {
  const environments = wellFormed<Environment>(raw, 'environments', environmentRuleSchema);
  const categories = wellFormed<Category>(raw, 'categories', categoryRuleSchema);
  const windows = wellFormed<Window>(raw, 'windows', windowRuleSchema);
  const freezes = wellFormed<Freeze>(raw, 'freezes', freezeSchema);
  const windowIds = new Set(namesIn(raw, 'windows', 'id'));
  const categoryNames = new Set(namesIn(raw, 'categories', 'name'));
  return [
    ...duplicates(raw, 'windows', 'id'),
    ...duplicates(raw, 'freezes', 'id'),
    ...duplicates(raw, 'categories', 'name'),
    ...environmentFindings(environments, listIn(raw, 'environments').length),
    ...categories.flatMap((part) => [...windowReferences(part, windowIds), ...ringFindings(part)]),
    ...freezes.flatMap((part) => freezeFindings(part, categoryNames)),
    ...duplicates(raw, 'waivers', 'id'),
    ...duplicates(raw, 'baselines', 'name'),
    ...(['owners', 'waivers', 'baselines'] as const).flatMap((list) => categoryReferences(raw, list, categoryNames)),
    ...ruleCategories(raw, categoryNames),
    ...keyedCategories(raw, ['equivalence', 'thresholds'], categoryNames),
    ...keyedCategories(raw, ['probes'], categoryNames),
    ...keyedCategories(raw, ['tests', 'checklists'], categoryNames),
    ...dependencyCategories(raw, categoryNames),
    ...windowLengths(raw, windows),
    ...approvalFindings(raw),
    ...twinFindings(
      raw,
      environments.map(({ value }) => value),
    ),
  ];
}

/** I1: a copy of production is built in staging, by the policy's own rules. */
function twinFindings(raw: unknown, environments: Environment[]): Finding[] {
  const twins = field(raw, 'twins');
  const group = twinGroup.safeParse(field(twins, 'resourceGroup'));
  const mayInstall = policySchema.shape.mayInstall.safeParse(field(raw, 'mayInstall'));
  if (!group.success || !mayInstall.success) return [];
  return listIn(twins, 'places').flatMap((one, index): Finding[] => {
    const place = twinPlaceSchema.safeParse(one);
    if (!place.success) return [];
    const rules = { environments, mayInstall: mayInstall.data };
    const problem = placeProblem({ resourceGroup: group.data }, place.data, rules);
    const path = ['twins', 'places', index, 'subnet'];
    return problem === null
      ? []
      : [{ path, message: `${problem}: twins are built in staging alone, in a subscription that may be written to` }];
  });
}

function environmentFindings(parts: Part<Environment>[], written: number): Finding[] {
  const findings = parts.flatMap(({ path, value }): Finding[] => {
    const everything =
      value.environment === 'staging' && value.subscription === '*' && /^\*+$/.test(value.resourceGroup);
    const twin = parts.find(
      (other) =>
        other.value.environment !== value.environment && other.path !== path && sameMachines(other.value, value),
    );
    return [
      ...(everything
        ? [{ path, message: 'would make every machine staging: name a subscription or a resource group' }]
        : []),
      ...(twin !== undefined && value.environment === 'staging'
        ? [{ path, message: 'takes the same machines as a production rule, so it never counts: remove one of them' }]
        : []),
    ];
  });
  const saysProduction = parts.some((part) => part.value.environment === 'production');
  if (parts.length === written && written > 0 && !saysProduction) {
    findings.push({
      path: ['environments'],
      message: 'names no production: add at least one production rule (what no rule names counts as production)',
    });
  }
  return findings;
}

function sameMachines(a: Environment, b: Environment): boolean {
  return a.subscription === b.subscription && a.resourceGroup.toLowerCase() === b.resourceGroup.toLowerCase();
}

function windowReferences({ path, value }: Part<Category>, known: Set<string>): Finding[] {
  return (['staging', 'production'] as const)
    .filter((environment) => !known.has(value.windows[environment]))
    .map((environment) => ({
      path: [...path, 'windows', environment],
      message: `there is no window ${value.windows[environment]}: use one of ${[...known].join(', ') || 'windows, which is empty'}`,
    }));
}

function ringFindings({ path, value: { rings } }: Part<Category>): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  let percent = 0;
  for (const [index, ring] of rings.entries()) {
    const at = [...path, 'rings', index];
    if (seen.has(ring.name.toLowerCase()))
      findings.push({ path: [...at, 'name'], message: `the ring ${ring.name} is there twice: rename one of them` });
    seen.add(ring.name.toLowerCase());
    const isLast = index === rings.length - 1;
    if (isLast && ring.take.kind !== 'rest')
      findings.push({ path: [...at, 'take'], message: 'the last ring must take the rest: write `take: rest`' });
    if (!isLast && ring.take.kind === 'rest')
      findings.push({
        path: [...at, 'take'],
        message: 'only the last ring may take the rest: give a number or a percentage',
      });
    if (ring.take.kind === 'percent') percent += ring.take.percent;
    if (!isLast && ring.take.kind === 'percent' && percent >= 100) {
      findings.push({
        path: [...at, 'take'],
        message: `the rings up to here take ${percent}%: later ones would be empty, so take less`,
      });
    }
  }
  return findings;
}

function freezeFindings({ path, value }: Part<Freeze>, categories: Set<string>): Finding[] {
  const findings: Finding[] = [];
  const from = instantOf(value.from);
  const until = instantOf(value.until);
  if (from !== null && until !== null && from >= until) {
    findings.push({
      path: [...path, 'until'],
      message: 'must be after `from`: a freeze that ends before it begins freezes nothing',
    });
  }
  for (const [index, category] of value.categories.entries()) {
    if (!categories.has(category)) {
      findings.push({
        path: [...path, 'categories', index],
        message: `there is no category ${category}: use one of ${[...categories].join(', ')}`,
      });
    }
  }
  return findings;
}

function categoryReferences(raw: unknown, list: string, known: Set<string>): Finding[] {
  return listIn(raw, list).flatMap((item, index): Finding[] => {
    const category = field(item, 'category');
    if (typeof category !== 'string' || known.has(category)) return [];
    const message = `there is no category ${category}: use one of ${[...known].join(', ')}`;
    return [{ path: [list, index, 'category'], message }];
  });
}

/** What is said of a category that is not there would never count. */
function keyedCategories(raw: unknown, path: string[], known: Set<string>): Finding[] {
  const held = path.reduce(field, raw);
  if (held === null || typeof held !== 'object') return [];
  return Object.keys(held)
    .filter((category) => !known.has(category))
    .map((category) => ({
      path: [...path, category],
      message: `there is no category ${category}: use one of ${[...known].join(', ')}`,
    }));
}

/** Machines and services are not policy's to know; categories are. */
function dependencyCategories(raw: unknown, known: Set<string>): Finding[] {
  return listIn(raw, 'dependencies').flatMap((one, index) =>
    ['of', 'on'].flatMap((side): Finding[] => {
      const category = field(field(one, side), 'category');
      if (typeof category !== 'string' || known.has(category)) return [];
      const message = `there is no category ${category}: use one of ${[...known].join(', ')}`;
      return [{ path: ['dependencies', index, side, 'category'], message }];
    }),
  );
}

/** Rules of approval, and rules and escalations of notices, name categories that are there. */
function ruleCategories(raw: unknown, known: Set<string>): Finding[] {
  const notices = field(raw, 'notices');
  const lists: [Path, unknown][] = [
    [['approvals', 'rules'], field(field(raw, 'approvals'), 'rules')],
    [['approvals', 'automatic', 'rules'], field(field(field(raw, 'approvals'), 'automatic'), 'rules')],
    [['approvals', 'arrivals'], field(field(raw, 'approvals'), 'arrivals')],
    [['notices', 'rules'], field(notices, 'rules')],
    [['notices', 'pages', 'escalation'], field(field(notices, 'pages'), 'escalation')],
  ];
  return lists.flatMap(([path, list]) =>
    (Array.isArray(list) ? list : []).flatMap((one: unknown, index) =>
      listIn(one, 'categories').flatMap((category, place): Finding[] => {
        if (typeof category !== 'string' || known.has(category)) return [];
        const message = `there is no category ${category}: use one of ${[...known].join(', ')}`;
        return [{ path: [...path, index, 'categories', place], message }];
      }),
    ),
  );
}

/** A gate opens only if the longest session still fits. */
function windowLengths(raw: unknown, windows: Part<Window>[]): Finding[] {
  const limits = policySchema.shape.limits.safeParse(field(raw, 'limits'));
  if (!limits.success) return [];
  const needed = limits.data.sessionMinutesMax;
  return windows
    .filter(({ value }) => value.durationMinutes < needed)
    .map(({ path }) => ({
      path: [...path, 'durationMinutes'],
      message: `is shorter than limits.sessionMinutesMax (${needed}), so no session would ever fit: make the window longer or sessions shorter`,
    }));
}

function approvalFindings(raw: unknown): Finding[] {
  const approvals = policySchema.shape.approvals.safeParse(field(raw, 'approvals'));
  if (!approvals.success) return [];
  const { paths, rules: byRule, ...rules } = approvals.data;
  const ways = Object.keys(paths).map((tier) => ({
    path: ['approvals', 'paths', tier],
    ...approvalPath(approvals.data, '', tier),
  }));
  const late = byRule.flatMap((rule, place) =>
    rule.steps.flatMap((step, index) =>
      (['escalation', 'fallback'] as const).flatMap((kind): Finding[] => {
        const after = step[kind]?.afterMinutes ?? 0;
        const longest = Math.max(...[rules, ...ways].map((way) => way.expireAfterMinutes));
        if (after < longest) return [];
        const message = 'must be less than expireAfterMinutes: otherwise it never comes to that';
        return [{ path: ['approvals', 'rules', place, 'steps', index, kind, 'afterMinutes'], message }];
      }),
    ),
  );
  const unreminded = [{ path: ['approvals', 'remindAfterMinutes'], ...rules }, ...ways].flatMap(
    ({ path, remindAfterMinutes, expireAfterMinutes }): Finding[] =>
      remindAfterMinutes < expireAfterMinutes
        ? []
        : [{ path, message: 'must be less than expireAfterMinutes: otherwise nobody is reminded' }],
  );
  return [...unreminded, ...late];
}

/** Names differing only in case are the same: they end up in resource names and addresses. */
function duplicates(raw: unknown, list: string, key: string): Finding[] {
  const seen = new Set<string>();
  return listIn(raw, list).flatMap((item, index): Finding[] => {
    const name = field(item, key);
    if (typeof name !== 'string') return [];
    const isTwice = seen.has(name.toLowerCase());
    seen.add(name.toLowerCase());
    return isTwice
      ? [{ path: [list, index, key], message: `${name} is there twice in ${list}: rename one of them` }]
      : [];
  });
}

function wellFormed<T>(raw: unknown, list: string, schema: z.ZodType<T>): Part<T>[] {
  return listIn(raw, list).flatMap((item, index) => {
    const parsed = schema.safeParse(item);
    return parsed.success ? [{ path: [list, index], value: parsed.data }] : [];
  });
}

function namesIn(raw: unknown, list: string, key: string): string[] {
  return listIn(raw, list).flatMap((item) => {
    const name = field(item, key);
    return typeof name === 'string' ? [name] : [];
  });
}

function listIn(raw: unknown, key: string): unknown[] {
  const held = field(raw, key);
  return Array.isArray(held) ? held : [];
}

function field(held: unknown, key: string): unknown {
  return held !== null && typeof held === 'object' && Object.hasOwn(held, key) ? Reflect.get(held, key) : undefined;
}
