// CISA BOD 26-04: how soon a vulnerability must be remedied, by four questions. The published table is data, never code:
// https://github.com/CERTCC/SSVC/blob/main/data/csv/cisa/cisa_bod_26_04_1_0_0.csv

export interface BodInputs {
  inKev: boolean;
  exposed: boolean;
  automatable: boolean;
  totalImpact: boolean;
}

export interface BodTimeline {
  /** Days from the start of the clock; null: at the next upgrade of the system. */
  days: number | null;
  /** Evidence of a compromise is looked for before the patch. */
  forensics: boolean;
}

export type BodTable = ReadonlyMap<string, BodTimeline>;

const columns = [
  'In KEV',
  'Publicly Exposed',
  'Automatable',
  'Technical Impact',
  'CISA BOD 26-04 Remediation Timelines',
];

/** The table of a CSV, or what is wrong with it, with its line. Each of the sixteen combinations must be there once. */
export function readBodTable(text: string): BodTable | { line: number; problem: string } {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const header = (lines[0] ?? '').split(',');
  const places = columns.map((name) => header.findIndex((title) => title.trim().startsWith(`${name} v`)));
  const missing = columns.filter((_, index) => (places[index] ?? -1) < 0);
  if (missing.length > 0) return { line: 1, problem: `has no column ${missing.join(', ')}` };
  const table = new Map<string, BodTimeline>();
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === '') continue;
    const cells = line.split(',');
    const row = rowOf(places.map((place) => cells[place]?.trim() ?? ''));
    if (typeof row === 'string') return { line: index + 1, problem: row };
    if (table.has(row.key)) return { line: index + 1, problem: 'has the same four answers as an earlier row' };
    table.set(row.key, row.timeline);
  }
  if (table.size < 16) return { line: lines.length, problem: `has ${table.size} of the sixteen combinations` };
  return table;
}

function rowOf([kev = '', exposed = '', auto = '', impact = '', outcome = '']: string[]):
  | { key: string; timeline: BodTimeline }
  | string {
  for (const answer of [kev, exposed, auto])
    if (answer !== 'yes' && answer !== 'no') return `must say yes or no, not ${JSON.stringify(answer)}`;
  if (impact !== 'partial' && impact !== 'total') return `must say partial or total, not ${JSON.stringify(impact)}`;
  const timeline = timelineOf(outcome);
  if (timeline === null) return `has an unknown timeline ${JSON.stringify(outcome)}`;
  const inputs = {
    inKev: kev === 'yes',
    exposed: exposed === 'yes',
    automatable: auto === 'yes',
    totalImpact: impact === 'total',
  };
  return { key: keyOf(inputs), timeline };
}

function timelineOf(outcome: string): BodTimeline | null {
  if (outcome === 'fix on system upgrade') return { days: null, forensics: false };
  const match = /^(\d{1,3}) days( & forensic investigation)?$/.exec(outcome);
  return match === null ? null : { days: Number(match[1]), forensics: match[2] !== undefined };
}

export function bodTimeline(table: BodTable, inputs: BodInputs): BodTimeline {
  const timeline = table.get(keyOf(inputs));
  if (timeline === undefined) throw new Error('the table of BOD 26-04 is not whole');
  return timeline;
}

function keyOf({ inKev, exposed, automatable, totalImpact }: BodInputs): string {
  return [inKev, exposed, automatable, totalImpact].map((answer) => (answer ? 'y' : 'n')).join('');
}
