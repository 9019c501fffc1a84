// Today: what needs me now, what runs, what comes next, what is late.

import { Anchor, Button, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { anything, useRead } from '../../api/queries';
import { useAddress } from '../../app/address';
import { Block } from '../../parts/block';
import { Help } from '../../parts/help';
import { Link } from '../../parts/link';
import { Mark } from '../../parts/mark';
import { countWords, runColumns } from '../../parts/run';
import { useSteady } from '../../parts/steady';
import type { Column } from '../../parts/column';
import { RowTable } from '../../parts/table';
import { leftWords, When } from '../../parts/when';
import { WindowTime } from '../../parts/windowTime';

type Today = Schemas['TodayView'];
type Need = Schemas['NeedView'];

const Trend = lazy(() => import('./trend'));

export default function TodayPage() {
  const today = useRead(['today'], () => ask(api.GET('/v1/today')), anything);
  return (
    <Stack gap="lg">
      <Title order={1} size="h3">
        Today
      </Title>
      <Block title="Needs you" read={today} height={160}>
        {(data) => <Needs today={data} />}
      </Block>
      <Block title="Deadlines and fleet" read={today}>
        {(data) => <Figures today={data} />}
      </Block>
      <Block
        title="Running"
        read={today}
        isEmpty={(data) => data.running.length === 0}
        empty="No maintenance is under way."
      >
        {({ running }) => <Runs label="Running" runs={running} />}
      </Block>
      <Block title="Next" read={today} isEmpty={(data) => data.next.length === 0} empty="No maintenance is planned.">
        {({ next }) => <Runs label="Next" runs={next} />}
      </Block>
      <Block
        title="Compliance by day"
        read={today}
        level={2}
        isEmpty={(data) => data.trend.length === 0}
        empty="No day was measured yet: deadlines are computed every hour, and the day is measured then."
      >
        {({ trend }) => (
          <Suspense fallback={<div style={{ minHeight: 220 }} />}>
            <Trend days={trend} />
          </Suspense>
        )}
      </Block>
    </Stack>
  );
}

function Needs({ today }: { today: Today }) {
  const { search, set } = useAddress();
  const isMine = search['who'] !== 'all';
  const wanted = today.needs.filter((need) => need.mine || !isMine);
  const { rows, waiting, show } = useSteady(wanted, (need) => `${need.kind}/${need.id}`);
  const now = Date.now();
  const [next] = today.next;
  return (
    <>
      <Group mb="xs">
        <SegmentedControl
          aria-label="Whose"
          size="xs"
          value={isMine ? 'me' : 'all'}
          onChange={(value) => set({ who: value === 'all' ? 'all' : undefined })}
          data={[
            { value: 'me', label: `What I can settle (${today.needs.filter((need) => need.mine).length})` },
            { value: 'all', label: `Everybody’s (${today.needs.length})` },
          ]}
        />
        {waiting > 0 ? (
          <Button variant="default" onClick={show}>
            {waiting} new: show
          </Button>
        ) : null}
      </Group>
      {today.unread.length > 0 ? (
        <Text size="sm" role="status" style={{ color: 'var(--mark-ink-amber)' }}>
          ◷ Could not be read just now, this list may be short: {today.unread.join(', ')}
        </Text>
      ) : null}
      {rows.length === 0 ? (
        <Text c="dimmed">
          Nothing needs you.{' '}
          {next === undefined ? null : (
            <>
              Next: <WindowTime at={next.opensAt} category={next.category} environment={next.environment} />{' '}
              {next.category}/{next.ring}, {next.environment}.
            </>
          )}
        </Text>
      ) : (
        <ul style={{ listStyle: 'none', padding: 0, margin: 0 }}>
          {rows.map((need) => (
            <NeedLine key={`${need.kind}/${need.id}`} need={need} now={now} />
          ))}
        </ul>
      )}
    </>
  );
}

const verbs: Record<Need['kind'], string> = {
  page: 'Acknowledge',
  halt: 'Choose',
  decision: 'Review',
  verdict: 'Give verdict',
  emergency: 'Look',
  waiver: 'Decide',
  restoration: 'Decide',
  twin: 'Decide',
  policy: 'Look',
};

function NeedLine({ need, now }: { need: Need; now: number }) {
  return (
    <li style={{ borderBottom: '1px solid var(--mantine-color-default-border)', padding: '0.4rem 0' }}>
      <Group justify="space-between" wrap="wrap" gap="xs">
        <Group gap="sm" wrap="wrap" style={{ flex: '1 1 20rem' }}>
          <Mark is={need.kind} />
          <div>
            <Text fw={600}>{need.title}</Text>
            <Text size="sm" c="dimmed">
              {need.detail}
            </Text>
          </div>
        </Group>
        <Group gap="sm">
          {need.until === null ? null : (
            <Text size="sm">
              <When at={need.until} />, {leftWords(need.until, now)}
            </Text>
          )}
          <Link to={need.path}>{need.mine ? verbs[need.kind] : 'Show'}</Link>
        </Group>
      </Group>
    </li>
  );
}

function Figures({ today }: { today: Today }) {
  const { due, fleet } = today;
  const known = fleet.machines - fleet.unknown;
  const complete = known - fleet.lacking;
  return (
    <Stack gap={4}>
      <Group gap="md">
        {due.overdue > 0 ? <Mark is="overdue" word={`Overdue ${due.overdue}`} /> : <Text>None overdue</Text>}
        {due.inDanger > 0 ? <Mark is="dueSoon" word={`Due soon ${due.inDanger}`} /> : <Text>None due soon</Text>}
        {due.next === null ? null : (
          <Text>
            Next deadline <When at={due.next} />
          </Text>
        )}
        <Link to="/patches?due=overdue">Patches by deadline</Link>
      </Group>
      <Text>
        <b>
          {complete} of {known}
        </b>{' '}
        known production machines lack nothing{known === 0 ? '' : ` (${percent(complete, known)} %)`};{' '}
        {fleet.unknown === 0 ? 'none' : fleet.unknown} <Help word="stale">unknown</Help>
      </Text>
      {Object.entries(today.troubledChannels).map(([name, why]) => (
        <Text key={name}>
          <Mark is="troubled" word={`Channel ${name}`} /> {why}
        </Text>
      ))}
      {today.undelivered > 0 ? (
        <Text>
          <Mark is="troubled" word="Notices" /> {today.undelivered} reached nobody or are being tried again:{' '}
          <Anchor href="/notices?problems=true">show</Anchor>
        </Text>
      ) : null}
    </Stack>
  );
}

/** Floored: 99.96 is not all. */
function percent(part: number, whole: number): string {
  return (Math.floor((part / whole) * 1000) / 10).toFixed(1);
}

const stateWords = (run: Schemas['RunShort']) => countWords(run) || 'not planned yet';

const columns: Column<Schemas['RunShort']>[] = [
  ...runColumns<Schemas['RunShort']>(),
  { head: 'Machines by state', cell: stateWords, text: stateWords },
];

function Runs({ label, runs }: { label: string; runs: Schemas['RunShort'][] }) {
  return <RowTable label={label} rows={runs} columns={columns} keyOf={(run) => run.runKey} file={`runs-${label}`} />;
}
