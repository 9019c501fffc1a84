// A run, live: is it going well, or does somebody stop it?

import { Group, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { queries, useRead } from '../../api/queries';
import { useAddress } from '../../app/address';
import { Act } from '../../parts/act';
import { Arrivals } from '../../parts/arrivals';
import { Block, Readable } from '../../parts/block';
import { Choice } from '../../parts/choice';
import { Confirm, type Question } from '../../parts/confirm';
import { counted } from '../../parts/count';
import { Link, patchPath, vmPath } from '../../parts/link';
import { lookOf, Mark } from '../../parts/mark';
import { runStanding } from '../../parts/run';
import { RowTable } from '../../parts/table';
import { leftWords, When } from '../../parts/when';
import { WindowTime } from '../../parts/windowTime';
import { Grid, isUnderWay, lookOfCell, wordsOfCell } from './grid';

type Grid = Schemas['GridView'];

export default function RunPage() {
  const { search } = useAddress();
  const key = search['key'] ?? '';
  const read = useRead(
    ['run', key],
    () => ask(api.GET('/v1/maintenance/grid', { params: { query: { key } } })),
    (change) => change.runKey === key,
  );
  return (
    <Stack gap="md">
      <Title order={1} size="h3">
        {key.replace('maintenance/', '')}
      </Title>
      <Readable read={read} height={400}>
        {(grid) => (
          <>
            <Head grid={grid} />
            <Controls grid={grid} />
            <Problems grid={grid} />
            <Cells grid={grid} />
            <Came grid={grid} />
            <Story runKey={key} />
          </>
        )}
      </Readable>
    </Stack>
  );
}

/** States of machines, the worst first; they add up to all of them. */
function tally(grid: Grid): { state: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const cell of grid.cells) {
    const word = lookOfCell(cell.state).word;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].map(([state, count]) => ({ state, count }));
}

function Head({ grid }: { grid: Grid }) {
  const { run, budget } = grid;
  return (
    <Stack gap={4}>
      <Group gap="sm">
        <Mark is={runStanding(run)} />
        <Text>
          {run.environment}, window{' '}
          <WindowTime at={run.opensAt} category={run.category} environment={run.environment} /> to{' '}
          <WindowTime at={run.closesAt} category={run.category} environment={run.environment} />
          {run.status === 'settled' ? '' : ` (${leftWords(run.closesAt, Date.now())})`}; {counted(run.waves, 'wave')}
        </Text>
      </Group>
      <Text>
        {tally(grid).map(({ state, count }) => (
          <span key={state} style={{ marginRight: 10 }}>
            {count} {state}
          </span>
        ))}
        = {counted(grid.cells.length, 'machine')}
        {budget === null ? '' : `; failure budget: ${budget.used} of ${budget.of} used`}
      </Text>
      <Text size="sm">
        Patches:{' '}
        {grid.patches.map((patchId) => (
          <span key={patchId} style={{ marginRight: 8 }}>
            <Link to={patchPath(patchId)}>{patchId}</Link>
          </span>
        ))}
      </Text>
      {grid.now === null ? null : <Text size="sm">Now: {grid.now}</Text>}
      {run.status === 'open' ? (
        <Text size="sm">
          It is planned <When at={run.planAt} />; until then machines and patches may still join.
        </Text>
      ) : null}
    </Stack>
  );
}

function Controls({ grid }: { grid: Grid }) {
  const [question, setQuestion] = useState<Question | null>(null);
  const { run } = grid;
  if (run.status === 'settled') return null;
  const underWay = grid.cells.filter(isUnderWay).length;
  const waiting = grid.cells.filter((cell) => cell.state === 'planned').length;
  const order = (control: 'run' | 'paused' | 'halted') => async (reason: string) => {
    await ask(api.POST('/v1/maintenance/control', { body: { runKey: run.runKey, control, reason } }));
    await queries.invalidateQueries({ queryKey: ['run', run.runKey] });
  };
  return (
    <Group gap="sm">
      {run.control === 'paused' ? (
        <Act
          needs="operate"
          onClick={() =>
            setQuestion({
              title: 'Resume the run?',
              body: <Text>{counted(waiting, 'machine')} to go on, wave after wave, each gate looked at again.</Text>,
              yes: 'Resume run',
              no: 'Keep it paused',
              reason: 'Reason',
              run: order('run'),
            })
          }
        >
          Resume…
        </Act>
      ) : null}
      {run.control === 'run' ? (
        <Act
          needs="operate"
          variant="default"
          onClick={() =>
            setQuestion({
              title: 'Pause the run?',
              body: (
                <Text>
                  {counted(underWay, 'machine')} under way will finish; {waiting} wait until it is resumed.
                </Text>
              ),
              yes: 'Pause run',
              no: 'Keep running',
              reason: 'Reason',
              run: order('paused'),
            })
          }
        >
          Pause…
        </Act>
      ) : null}
      {run.control === 'halted' ? (
        <Text size="sm">It is halted: what is left needs a run of its own, with its decision and window.</Text>
      ) : (
        <Act
          needs="operate"
          variant="default"
          onClick={() =>
            setQuestion({
              title: 'Halt the ring?',
              body: (
                <Text>
                  {counted(underWay, 'machine')} under way will finish or unwind; {waiting} stay unpatched. It cannot be
                  resumed: what is left needs a new run with its own decision and window.
                </Text>
              ),
              yes: 'Halt ring',
              no: 'Keep running',
              reason: 'Reason',
              type: run.ring,
              harms: true,
              run: order('halted'),
            })
          }
        >
          Halt…
        </Act>
      )}
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </Group>
  );
}

function Problems({ grid }: { grid: Grid }) {
  const bad = grid.cells.filter((cell) => cell.isTroubled);
  if (bad.length === 0) return null;
  return (
    <section aria-label="Problems">
      <Title order={2} size="h4">
        {counted(bad.length, 'problem')}
      </Title>
      <ul style={{ listStyle: 'none', padding: 0 }}>
        {bad.slice(0, 50).map((cell) => (
          <li key={cell.vmId}>
            <Mark is={cell.state} /> <Link to={vmPath(cell.vmName)}>{cell.vmName}</Link> {cell.reason ?? ''}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Cells({ grid }: { grid: Grid }) {
  const { search } = useAddress();
  const wanted = search['state'];
  const words = [...new Set(grid.cells.map((cell) => lookOfCell(cell.state).word))];
  if (grid.cells.length === 0)
    return (
      <Text c="dimmed">
        {grid.run.status === 'settled' ? 'Nothing was due.' : 'Machines stand here once it is planned.'}
      </Text>
    );
  return (
    <section aria-label="Machines">
      <Group mb="xs" align="flex-end">
        <Choice name="state" label="State" options={words.map((word) => ({ value: word, label: word }))} />
      </Group>
      <Grid cells={grid.cells} filter={(cell) => wanted === undefined || lookOfCell(cell.state).word === wanted} />
      <details>
        <summary>As a table</summary>
        <RowTable
          label="Machines of the run"
          rows={grid.cells}
          keyOf={(cell) => cell.vmId}
          file={`run-${grid.run.category}-${grid.run.ring}`}
          columns={[
            { head: 'Wave', cell: (cell) => cell.wave, text: (cell) => cell.wave, isNumber: true },
            {
              head: 'Machine',
              cell: (cell) => <Link to={vmPath(cell.vmName)}>{cell.vmName}</Link>,
              text: (cell) => cell.vmName,
            },
            { head: 'State', cell: (cell) => wordsOfCell(cell.state), text: (cell) => lookOf(cell.state).word },
            { head: 'Why', cell: (cell) => cell.reason ?? '', text: (cell) => cell.reason },
          ]}
        />
      </details>
    </section>
  );
}

function Came({ grid }: { grid: Grid }) {
  if (grid.arrivals.length === 0) return null;
  return (
    <section aria-label="Came after they were asked for">
      <Title order={2} size="h4">
        {grid.arrivals.filter((one) => one.joins).length} of {grid.arrivals.length} machines that came later join
      </Title>
      <Arrivals arrivals={grid.arrivals} />
    </section>
  );
}

function Story({ runKey }: { runKey: string }) {
  const read = useRead(
    ['events', 'run', runKey],
    () => ask(api.GET('/v1/events', { params: { query: { runKey, limit: 50, newest: 'true' } } })),
    (change) => change.runKey === runKey,
  );
  return (
    <Block title="Latest" read={read} isEmpty={(rows) => rows.length === 0} empty="Nothing happened in it yet.">
      {(rows) => (
        <RowTable
          label="Latest events"
          rows={rows}
          keyOf={(event) => String(event.seq)}
          columns={[
            { head: 'When', cell: (event) => <When at={event.at} /> },
            { head: 'What', cell: (event) => event.what },
            { head: 'Why', cell: (event) => event.why },
            { head: 'Who', cell: (event) => event.who },
          ]}
        />
      )}
    </Block>
  );
}
