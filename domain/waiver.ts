// Waivers: a machine may differ from its baseline in one item, for a time, with a reason. Shown, never hidden; no gate knows them.

import type { Item } from './baseline.js';
import type { Vm } from './vm.js';

/** Lets a machine differ from its baseline in one item until a date: shown, never hidden. */
export interface Waiver {
  id: string;
  reason: string;
  /** Name of the software, the operating system or the patch id. */
  item: string;
  /** ISO instant; the end is exclusive. */
  until: string;
  /** Machine name; null: every machine of the category. */
  vm: string | null;
  category: string | null;
}

/** Items that differ and that a waiver of policy lets differ for now say so. */
export function withWaivers(items: Item[], waivers: Waiver[], vm: Pick<Vm, 'name' | 'category'>, now: string): Item[] {
  const mine = waivers.filter(
    (waiver) =>
      Date.parse(now) < Date.parse(waiver.until) &&
      (waiver.vm === null || waiver.vm === vm.name) &&
      (waiver.category === null || waiver.category === vm.category),
  );
  return items.map((item) => {
    const waiver = item.verdict === 'compliant' ? undefined : mine.find((one) => one.item === item.name);
    return waiver === undefined ? item : { ...item, waived: `${waiver.id} until ${waiver.until}: ${waiver.reason}` };
  });
}
