// Maintenance: what is planned, runs and ran, and the windows and freezes of each category.

import { Group, NativeSelect, Stack, Text, Title } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { api, ask, type Schemas } from '../../api/client';
import { useRead } from '../../api/queries';
import { useAddress } from '../../app/address';
import { Block } from '../../parts/block';
import { Choice } from '../../parts/choice';
import { Mark } from '../../parts/mark';
import type { Column } from '../../parts/column';
import { countWords, runColumns } from '../../parts/run';
import { StopEverything } from '../../parts/stop';
import { RowTable } from '../../parts/table';

type Run = Schemas['RunView'];
type Entry = Schemas['CalendarEntryView'];

const columns: Column<Run>[] = [
  ...runColumns<Run>(),
  { head: 'Waves', cell: (run) => run.waves, text: (run) => run.waves, isNumber: true },
  { head: 'Rows by state', cell: countWords, text: countWords },
];

export default function MaintenancePage() {
  const { search, set } = useAddress();
  const navigate = useNavigate();
  const runs = useRead(
    ['runs'],
    () => ask(api.GET('/v1/maintenance')),
    (change) => change.runKey !== null,
  );
  const policy = useRead(['categories'], () => ask(api.GET('/v1/policy/categories')));
  const category = search['category'] ?? policy.data?.[0]?.name;
  const { environment, state } = search;
  const wanted = (run: Run) =>
    (environment === undefined || run.environment === environment) &&
    (search['category'] === undefined || run.category === search['category']) &&
    (state === undefined || (state === 'ended') === (run.status === 'settled'));
  return (
    <Stack gap="lg">
      <Title order={1} size="h3">
        Maintenance
      </Title>
      <Group gap="sm" align="flex-end">
        <NativeSelect
          size="xs"
          label="Category"
          value={search['category'] ?? ''}
          onChange={(event) => set({ category: event.currentTarget.value || undefined })}
          data={[{ value: '', label: 'all' }, ...(policy.data ?? []).map(({ name }) => ({ value: name, label: name }))]}
        />
        <Choice
          name="environment"
          label="Environment"
          options={['production', 'staging'].map((value) => ({ value, label: value }))}
        />
        <Choice
          name="state"
          label="State"
          options={[
            { value: 'coming', label: 'planned or running' },
            { value: 'ended', label: 'over' },
          ]}
        />
        <StopEverything />
      </Group>
      <Block
        title="Runs"
        read={runs}
        isEmpty={(rows) => rows.filter(wanted).length === 0}
        empty="No run matches."
        height={300}
      >
        {(rows) => (
          <RowTable
            label="Runs"
            rows={rows.filter(wanted)}
            columns={columns}
            keyOf={(run) => run.runKey}
            file="runs"
            onOpen={(run) => void navigate({ to: '/maintenance/run', search: { key: run.runKey } })}
          />
        )}
      </Block>
      {category === undefined ? null : <Month category={category} />}
    </Stack>
  );
}

const monthDays = 42;

/** Windows, freezes and planned runs of one category, day by day from now on. */
function Month({ category }: { category: string }) {
  const read = useRead(['calendar', category], () =>
    ask(api.GET('/v1/calendar', { params: { query: { category, days: monthDays } } })),
  );
  return (
    <Block
      title={`Calendar of ${category}`}
      read={read}
      isEmpty={(rows) => rows.length === 0}
      empty="No window opens in six weeks."
      height={260}
    >
      {(entries) => <Days entries={entries} />}
    </Block>
  );
}

const dayName = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' });
const timeName = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hour12: false });
const kindMarks: Record<Entry['kind'], string> = { window: 'later', freeze: 'paused', maintenance: 'running' };
const entriesMax = 4;

function Days({ entries }: { entries: Entry[] }) {
  const start = new Date();
  start.setHours(0, 0, 0, 0);
  const days = Array.from({ length: monthDays }, (_day, index) => {
    const from = new Date(start);
    from.setDate(from.getDate() + index);
    const to = new Date(from);
    to.setDate(to.getDate() + 1);
    return {
      from,
      mine: entries.filter((one) => Date.parse(one.start) < to.getTime() && Date.parse(one.end) > from.getTime()),
    };
  });
  return (
    <ul
      aria-label="Days"
      style={{
        listStyle: 'none',
        padding: 0,
        margin: 0,
        display: 'grid',
        gridTemplateColumns: 'repeat(auto-fill, minmax(9.5rem, 1fr))',
        gap: 6,
      }}
    >
      {days.map(({ from, mine }) => {
        const isConflict = mine.some((one) => one.kind === 'freeze') && mine.some((one) => one.kind === 'maintenance');
        return (
          <li key={from.toISOString()} className="fold" style={{ padding: '0.3rem 0.4rem', minHeight: 54 }}>
            <Text size="sm" fw={600}>
              {dayName.format(from)} {isConflict ? <Mark is="closed" word="Conflict" /> : null}
            </Text>
            {mine.slice(0, entriesMax).map((one) => (
              <Text size="sm" key={one.uid} lineClamp={2} title={one.lines.join('\n')}>
                <Mark is={kindMarks[one.kind]} word={one.kind} /> {timeName.format(new Date(one.start))} {one.title}
              </Text>
            ))}
            {mine.length > entriesMax ? <Text size="sm">and {mine.length - entriesMax} more</Text> : null}
          </li>
        );
      })}
    </ul>
  );
}
