// Ids of advisories come from outside and become part of workflow ids and addresses.

const form = /^[A-Za-z0-9][A-Za-z0-9._:-]{1,79}$/;

/** The id as a patch's id; null where it may not be one: other characters, too long, or the form of a KB, which Microsoft's channel alone announces. */
export function patchIdOf(advisoryId: string): string | null {
  return form.test(advisoryId) && !/^KB\d+$/i.test(advisoryId) ? advisoryId : null;
}

/** Why an advisory's id is refused, for the list of what was skipped. */
export const refusedId = 'its id cannot be the id of a patch';
