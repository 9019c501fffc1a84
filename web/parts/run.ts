// How a run stands, as its mark shows it, and its rows in words: the same on every page.

interface ShownRun {
  status: string;
  control: string;
  opensAt: string;
  outcome?: string | null;
}

export function runStanding({ status, control, opensAt, outcome = null }: ShownRun): string {
  if (status === 'settled') return outcome ?? 'settled';
  if (control !== 'run') return control;
  return status === 'planned' && Date.parse(opensAt) <= Date.now() ? 'running' : 'open';
}

export function countWords({ counts }: { counts: Record<string, number> }): string {
  return Object.entries(counts)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
}
