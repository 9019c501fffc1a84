// The place of a story's tasks in the queue, by its urgency; its activities and children inherit it.

import { queueKeyOf } from '../domain/priority.js';

export function placeInQueue(urgency: { tier: string } | undefined): { priority?: { priorityKey: number } } {
  return urgency === undefined ? {} : { priority: { priorityKey: queueKeyOf(urgency.tier) } };
}
