// What people look histories up by. The keys are registered in the namespace at start; each workflow carries the few that describe it.

import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';

const patchId = defineSearchAttributeKey('PatchId', SearchAttributeType.KEYWORD);
const category = defineSearchAttributeKey('Category', SearchAttributeType.KEYWORD);
const machine = defineSearchAttributeKey('Machine', SearchAttributeType.KEYWORD);
const stage = defineSearchAttributeKey('Stage', SearchAttributeType.KEYWORD);
const tier = defineSearchAttributeKey('Tier', SearchAttributeType.KEYWORD);
const dueAt = defineSearchAttributeKey('DueAt', SearchAttributeType.DATETIME);

export function ofPatch(id: string) {
  return [{ key: patchId, value: id }];
}

export function ofRollout(id: string, name: string) {
  return [
    { key: patchId, value: id },
    { key: category, value: name },
  ];
}

export function ofCategory(name: string) {
  return [{ key: category, value: name }];
}

export function ofMachine(name: string) {
  return [{ key: machine, value: name }];
}

/** A change of stage is one event in the history: only the long stories carry it. */
export function enterStage(name: string): void {
  upsertSearchAttributes([{ key: stage, value: name }]);
}

/** Nothing where nothing is due. */
export function ofUrgency(urgency: { tier: string; dueAt: string | null } | undefined) {
  if (urgency === undefined) return [];
  const date = urgency.dueAt === null ? [] : [{ key: dueAt, value: new Date(urgency.dueAt) }];
  return [{ key: tier, value: urgency.tier }, ...date];
}

export function moveDue(urgency: { tier: string; dueAt: string | null }): void {
  upsertSearchAttributes([
    { key: tier, value: urgency.tier },
    { key: dueAt, value: urgency.dueAt === null ? null : new Date(urgency.dueAt) },
  ]);
}
