// Times out of vendors' documents. Without a zone they are UTC; the year 1 is how some say nothing.

const form = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?)?$/i;
/** Nothing that runs today was published before, and nothing is announced for after. */
const years = { from: 1990, to: 2099 };

/** ISO instant; null for what is none, or cannot be. */
export function instantOf(text: string | null | undefined): string | null {
  const [, year = '', month = '', day = '', clock = '00:00', zone = 'Z'] = form.exec(text?.trim() ?? '') ?? [];
  if (Number(year) < years.from || Number(year) > years.to) return null;
  // A day that does not exist would become another one.
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || date.getUTCDate() !== Number(day)) return null;
  const at = Date.parse(`${year}-${month}-${day}T${clock}${zone.toUpperCase()}`);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** Of seconds since 1970. */
export function instantOfSeconds(seconds: number): string | null {
  const at = new Date(seconds * 1000);
  return Number.isNaN(at.getTime()) ? null : instantOf(at.toISOString());
}
