// What people look histories up by. The keys are registered in the namespace at start; each workflow carries the few that describe it.

import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import { textIn } from '../domain/received.js';

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

/** A message that says no tier and no date moves nothing: what the engine cannot store would stop the story. */
export function moveDue(received: unknown): void {
  const [word, date] = [textIn(received, 'tier'), textIn(received, 'dueAt')];
  if (!/^P[0-9]$/.test(word) || (date !== '' && Number.isNaN(Date.parse(date)))) return;
  upsertSearchAttributes([
    { key: tier, value: word },
    { key: dueAt, value: date === '' ? null : new Date(date) },
  ]);
}
