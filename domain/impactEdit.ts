// What people say of an impact in place of what was computed: who, when and why stay beside it, and whoever said it does not approve (I6).

export interface ImpactEdit {
  editId: string;
  patchId: string;
  category: string;
  /** Null: of the whole category. */
  vmId: string | null;
  vmName: string | null;
  /** Null: it says nothing of that. */
  downtimeMinutes: number | null;
  note: string | null;
  reason: string;
  by: string;
  /** ISO instant. */
  at: string;
}

/** A month: longer is no maintenance. */
export const downtimeMinutesMax = 31 * 24 * 60;

/** What stands: of each machine and of the category the newest word on the downtime, and the newest note. Oldest first. */
export function saidOf(edits: readonly ImpactEdit[]): ImpactEdit[] {
  const inOrder = edits.toSorted((a, b) => compare(a.at, b.at) || compare(a.editId, b.editId));
  const newest = (says: (edit: ImpactEdit) => boolean) =>
    new Map(inOrder.filter(says).map((edit) => [edit.vmId, edit.editId] as const));
  const downtimes = newest((edit) => edit.downtimeMinutes !== null);
  const notes = newest((edit) => edit.note !== null);
  return inOrder.flatMap((edit) => {
    const downtimeMinutes = downtimes.get(edit.vmId) === edit.editId ? edit.downtimeMinutes : null;
    const note = notes.get(edit.vmId) === edit.editId ? edit.note : null;
    return downtimeMinutes === null && note === null ? [] : [{ ...edit, downtimeMinutes, note }];
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Who said it of this machine, else of the whole category; null: nobody, and the computed value stands alone. */
export function downtimeSaid(edits: readonly ImpactEdit[], vmId: string | null): ImpactEdit | null {
  const told = saidOf(edits).filter((edit) => edit.downtimeMinutes !== null);
  return told.findLast((edit) => edit.vmId === vmId) ?? told.findLast((edit) => edit.vmId === null) ?? null;
}
