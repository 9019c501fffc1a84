// Patches: where each stands, and which are late. As a board by stage, or as a table.

import { Group, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { api, askPage, type Schemas } from '../../api/client';
import { useAddress } from '../../app/address';
import { Block } from '../../parts/block';
import { Choice } from '../../parts/choice';
import { counted } from '../../parts/count';
import { Filter } from '../../parts/filter';
import { Link, patchPath } from '../../parts/link';
import { lookOf, Mark } from '../../parts/mark';
import { usePages } from '../../parts/pages';
import type { Column } from '../../parts/column';
import { RowTable } from '../../parts/table';
import { leftWords, When } from '../../parts/when';
import { StartCycle } from './startCycle';

type Patch = Schemas['PatchSummary'];

const stages = [
  'known',
  'notified',
  'downloading',
  'inTest',
  'recordingImpact',
  'awaitingDecision',
  'rollingOut',
  'deferred',
  'failedTest',
  'incomplete',
  'verified',
] as const;
const cardsMax = 20;
const soonMs = 14 * 24 * 3600_000;

const columns: Column<Patch>[] = [
  { head: 'Patch', cell: (row) => <Link to={patchPath(row.patchId)}>{row.patchId}</Link>, text: (row) => row.patchId },
  { head: 'Title', cell: (row) => row.title, text: (row) => row.title },
  { head: 'Tier', cell: (row) => row.tier ?? '–', text: (row) => row.tier },
  { head: 'Due', cell: (row) => <Due patch={row} />, text: (row) => row.deadline },
  { head: 'Stage', cell: (row) => <Mark is={row.stage} />, text: (row) => row.stage },
  { head: 'Machines need it', cell: (row) => row.needed, text: (row) => row.needed, isNumber: true },
  { head: 'Waived', cell: (row) => row.waived, text: (row) => row.waived, isNumber: true },
  { head: 'Severity', cell: (row) => row.severity, text: (row) => row.severity },
  { head: 'Exploited', cell: (row) => (row.exploited ? 'yes' : 'no'), text: (row) => (row.exploited ? 'yes' : 'no') },
  { head: 'CVEs', cell: (row) => row.cves, text: (row) => row.cves, isNumber: true },
];

export default function PatchesPage() {
  const { search, set } = useAddress();
  const navigate = useNavigate();
  const { read, rows, more } = usePages(
    ['patches'],
    (after) =>
      askPage(
        api.GET('/v1/patches', { params: { query: { limit: 1000, ...(after === undefined ? {} : { after }) } } }),
      ),
    (change) => change.patchId !== null,
  );
  // A board of half of the patches would lie: all pages are read.
  useEffect(() => {
    if (more !== null && !more.isLoading) more.load();
  });
  const view = search['view'] ?? 'board';
  const shown = rows.filter((patch) => isWanted(patch, search));
  return (
    <Stack gap="md">
      <Title order={1} size="h3">
        Patches
      </Title>
      <Group align="flex-end" gap="sm">
        <SegmentedControl
          aria-label="View"
          size="xs"
          value={view}
          onChange={(value) => set({ view: value === 'board' ? undefined : value })}
          data={[
            { value: 'board', label: 'Board' },
            { value: 'table', label: 'Table' },
          ]}
        />
        <Filter name="text" label="Patch, title or product" />
        <Choice
          name="due"
          label="Due"
          options={[
            { value: 'overdue', label: 'overdue' },
            { value: 'soon', label: 'within 14 days' },
          ]}
        />
        <Choice name="exploited" label="Exploited" options={[{ value: 'yes', label: 'yes' }]} />
        <Choice name="needs" label="Needed" options={[{ value: 'yes', label: 'by a machine now' }]} />
        <Choice
          name="stage"
          label="Stage"
          options={stages.map((stage) => ({ value: stage, label: lookOf(stage).word }))}
        />
        <StartCycle />
      </Group>
      <Block
        title={`${shown.length} of ${rows.length} patches`}
        read={read}
        isEmpty={() => shown.length === 0}
        empty={
          rows.length === 0
            ? 'No patch is known yet: channels and cycles bring them.'
            : 'Nothing matches: take a filter away.'
        }
        height={400}
      >
        {() =>
          view === 'table' ? (
            <RowTable
              label="Patches"
              rows={shown}
              columns={columns}
              keyOf={(patch) => patch.patchId}
              file="patches"
              onOpen={(patch) => void navigate({ to: patchPath(patch.patchId) })}
            />
          ) : (
            <Board patches={shown} />
          )
        }
      </Block>
    </Stack>
  );
}

function isWanted(patch: Patch, search: Record<string, string | undefined>): boolean {
  const { text, due, exploited, needs, stage } = search;
  if (text !== undefined && !`${patch.patchId} ${patch.title}`.toLowerCase().includes(text.toLowerCase())) return false;
  if (due === 'overdue' && patch.overdue === 0) return false;
  if (due === 'soon' && (patch.deadline === null || Date.parse(patch.deadline) > Date.now() + soonMs)) return false;
  if (exploited === 'yes' && !patch.exploited) return false;
  if (needs === 'yes' && patch.needed === 0) return false;
  return stage === undefined || patch.stage === stage;
}

function Due({ patch }: { patch: Patch }) {
  if (patch.deadline === null) return <>–</>;
  return (
    <>
      <When at={patch.deadline} />{' '}
      {patch.overdue > 0 ? (
        <Mark is="overdue" word={`Overdue on ${patch.overdue}`} />
      ) : (
        `(${leftWords(patch.deadline, Date.now())})`
      )}
    </>
  );
}

/** Evidence moves cards; nobody drags them. */
function Board({ patches }: { patches: Patch[] }) {
  const columnsShown = stages.filter((stage) => patches.some((patch) => patch.stage === stage));
  return (
    <div
      style={{ display: 'flex', gap: 12, overflowX: 'auto', alignItems: 'flex-start' }}
      tabIndex={0}
      role="group"
      aria-label="Board by stage"
    >
      {columnsShown.map((stage) => {
        const mine = patches.filter((patch) => patch.stage === stage).toSorted(byDeadline);
        return (
          <section key={stage} aria-label={lookOf(stage).word} style={{ flex: '0 0 15rem' }}>
            <Group mb={6} gap="xs">
              <Mark is={stage} /> <Text fw={600}>{mine.length}</Text>
            </Group>
            {mine.slice(0, cardsMax).map((patch) => (
              <div key={patch.patchId} className="fold" style={{ marginBottom: 8 }}>
                <Link to={patchPath(patch.patchId)}>{patch.patchId}</Link>{' '}
                {patch.exploited ? <Mark is="overdue" word="Exploited" /> : null}
                <Text size="sm" lineClamp={2}>
                  {patch.title}
                </Text>
                <Text size="sm">
                  {counted(patch.needed, 'machine')}
                  {patch.tier === null ? '' : `, ${patch.tier}`}
                </Text>
                <Text size="sm" component="div">
                  <Due patch={patch} />
                </Text>
              </div>
            ))}
            {mine.length > cardsMax ? (
              <Link
                to={`/patches?view=table&stage=${stage}`}
              >{`Show ${mine.length - cardsMax} more in the table`}</Link>
            ) : null}
          </section>
        );
      })}
    </div>
  );
}

function byDeadline(a: Patch, b: Patch): number {
  return (a.deadline ?? '9').localeCompare(b.deadline ?? '9') || a.patchId.localeCompare(b.patchId);
}
