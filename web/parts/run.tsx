// How a run stands, as its mark shows it, its rows in words, and its columns in a list: the same on every page.

import type { Column } from './column';
import { Link, runPath } from './link';
import { Mark } from './mark';
import { WindowTime } from './windowTime';

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

interface ListedRun extends ShownRun {
  runKey: string;
  category: string;
  ring: string;
  environment: string;
  closesAt: string;
}

export function runColumns<Row extends ListedRun>(): Column<Row>[] {
  return [
    {
      head: 'Run',
      cell: (run) => <Link to={runPath(run.runKey)}>{`${run.category}/${run.ring}`}</Link>,
      text: (run) => run.runKey,
    },
    { head: 'Environment', cell: (run) => run.environment, text: (run) => run.environment },
    { head: 'State', cell: (run) => <Mark is={runStanding(run)} />, text: runStanding },
    {
      head: 'Opens',
      cell: (run) => <WindowTime at={run.opensAt} category={run.category} environment={run.environment} />,
      text: (run) => run.opensAt,
    },
    {
      head: 'Closes',
      cell: (run) => <WindowTime at={run.closesAt} category={run.category} environment={run.environment} />,
      text: (run) => run.closesAt,
    },
  ];
}
