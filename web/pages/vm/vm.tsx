// One machine: what is true of it, and how we know.

import { Group, Stack, Text, Title } from '@mantine/core';
import { api, ask, type Schemas } from '../../api/client';
import { useRead } from '../../api/queries';
import { useAddress } from '../../app/address';
import { AddressTabs } from '../../parts/addressTabs';
import { Readable } from '../../parts/block';
import { Help } from '../../parts/help';
import { Link, patchPath, runPath } from '../../parts/link';
import { Mark } from '../../parts/mark';
import { usePages } from '../../parts/pages';
import { RowTable } from '../../parts/table';
import { ageWords, When } from '../../parts/when';
import { Restorations } from './restorations';

type Vm = Schemas['VmDetail'];

export default function VmPage() {
  const { params } = useAddress();
  const name = params['name'] ?? '';
  const read = useRead(
    ['vm', name],
    () => ask(api.GET('/v1/vms/{name}', { params: { path: { name } } })),
    (change) => change.vmId !== null && change.what.startsWith(name),
  );
  return (
    <Stack gap="md">
      <Title order={1} size="h3">
        {name}
      </Title>
      <Readable read={read} height={300}>
        {(vm) => (
          <>
            <Head vm={vm} />
            <AddressTabs
              tabs={[
                { name: 'facts', label: 'Facts', panel: <Facts vm={vm} /> },
                { name: 'history', label: 'History', panel: <History name={name} /> },
                { name: 'sessions', label: `Sessions (${vm.sessions.length})`, panel: <Sessions vm={vm} /> },
                { name: 'software', label: 'Software', panel: <Software name={name} /> },
                { name: 'baseline', label: 'Baseline', panel: <Baseline vm={vm} /> },
                { name: 'restorations', label: 'Restorations', panel: <Restorations name={name} /> },
                {
                  name: 'security',
                  label: `Security (${vm.openCves.length + vm.securityIssues.length})`,
                  panel: <Security vm={vm} />,
                },
              ]}
            />
          </>
        )}
      </Readable>
    </Stack>
  );
}

function Head({ vm }: { vm: Vm }) {
  const isUnknown = vm.missing === null && vm.needed.length === 0;
  const standing = isUnknown ? 'unknown' : vm.needed.length > 0 ? 'nonCompliant' : 'compliant';
  const words = isUnknown ? 'Never assessed' : vm.needed.length > 0 ? `Lacks ${vm.needed.length}` : 'Lacks nothing';
  return (
    <Stack gap={4}>
      <Group gap="sm">
        <Mark is={standing} word={words} />
        <Text>
          {vm.environment}, {vm.category ?? 'no category'}; {vm.osName ?? 'unknown system'} {vm.build ?? ''}; {vm.power}
        </Text>
        {vm.deadline === null ? null : (
          <Text>
            {vm.tier}, due <When at={vm.deadline} />
          </Text>
        )}
      </Group>
      {vm.needed.length === 0 ? null : (
        <Text>
          Lacks{' '}
          {vm.needed.map((patchId) => (
            <span key={patchId} style={{ marginRight: 8 }}>
              <Link to={patchPath(patchId)}>{patchId}</Link>
            </span>
          ))}
        </Text>
      )}
      {vm.waived.map((waived) => (
        <Text key={waived.patchId} size="sm">
          <Mark is="waived" /> <Link to={patchPath(waived.patchId)}>{waived.patchId}</Link> until{' '}
          <When at={waived.until} /> by {waived.by}: {waived.reason}
        </Text>
      ))}
      {vm.joinedAt === null ? (
        <Text size="sm">
          <Help word="new">New</Help>: it has not caught up, and gets patches last and alone.
        </Text>
      ) : null}
    </Stack>
  );
}

/** What was told beside where it comes from and how old it is; what disagrees stands side by side. */
function Facts({ vm }: { vm: Vm }) {
  const now = Date.now();
  const own: { name: string; value: string; source: string; at: string | null }[] = [
    { name: 'Environment', value: vm.environment, source: vm.environmentReason, at: vm.seenAt },
    { name: 'Category', value: vm.category ?? 'none', source: vm.categoryReason, at: vm.seenAt },
    { name: 'System', value: `${vm.osName ?? 'unknown'} ${vm.build ?? ''}`, source: 'guest', at: vm.guestSeenAt },
    { name: 'Image', value: vm.image ?? 'unknown', source: 'Azure', at: vm.seenAt },
    { name: 'Azure id', value: vm.azureId, source: 'Azure', at: vm.seenAt },
    {
      name: 'Staging machines that stand for it',
      value: vm.twins.join(', ') || 'none',
      source: 'equivalence',
      at: null,
    },
    {
      name: 'Services',
      value: vm.services.map((one) => `${one.name}${one.running ? '' : ' (down)'}`).join(', ') || 'none known',
      source: 'guest',
      at: vm.guestSeenAt,
    },
    {
      name: 'Local administrators',
      value: vm.administrators.join(', ') || 'none known',
      source: 'guest',
      at: vm.guestSeenAt,
    },
  ];
  return (
    <Stack gap="md">
      <Text size="sm">
        Known since <When at={vm.firstSeenAt} />; Azure listed it {ageWords(vm.seenAt, now)}, its guest answered{' '}
        {vm.guestSeenAt === null ? 'never' : ageWords(vm.guestSeenAt, now)}.
      </Text>
      <RowTable
        label="Facts"
        rows={own}
        keyOf={(row) => row.name}
        file={`facts-${vm.name}`}
        columns={[
          { head: 'Fact', cell: (row) => row.name, text: (row) => row.name },
          { head: 'Value', cell: (row) => row.value, text: (row) => row.value },
          { head: 'Source', cell: (row) => row.source, text: (row) => row.source },
          { head: 'Age', cell: (row) => (row.at === null ? '–' : ageWords(row.at, now)), text: (row) => row.at },
        ]}
      />
      <RowTable
        label="What tags, policy and people say"
        rows={vm.facts}
        keyOf={(fact) => fact.name}
        columns={[
          { head: 'Fact', cell: (fact) => fact.name, text: (fact) => fact.name },
          {
            head: 'Holds',
            cell: (fact) => (
              <>
                {fact.value ?? 'unknown'} {fact.disagree ? <Mark is="dueSoon" word="They disagree" /> : null}
              </>
            ),
            text: (fact) => fact.value,
          },
          {
            head: 'Told',
            cell: (fact) =>
              fact.told
                .map(
                  (told) =>
                    `${told.value} (${told.source}${told.by === null ? '' : ` by ${told.by}`}, ${ageWords(told.at, now)})`,
                )
                .join('; '),
          },
        ]}
      />
    </Stack>
  );
}

function History({ name }: { name: string }) {
  const { read, rows, more } = usePages(
    ['vm-history', name],
    async (after) => {
      const query = { limit: 200, ...(after === undefined ? {} : { after }) };
      const { applied, next } = await ask(api.GET('/v1/vms/{name}/history', { params: { path: { name }, query } }));
      return { rows: applied, next };
    },
    (change) => change.vmId !== null && change.what.startsWith(name),
  );
  return (
    <Readable read={read} height={200}>
      {() =>
        rows.length === 0 ? (
          <Text c="dimmed">Nothing was installed on it since it is known.</Text>
        ) : (
          <>
            <RowTable
              label="History"
              rows={rows}
              keyOf={(row) => `${row.sessionId}${row.patchId}${row.at}`}
              more={more}
              file={`history-${name}`}
              columns={[
                { head: 'When', cell: (row) => <When at={row.at} />, text: (row) => row.at },
                {
                  head: 'Patch',
                  cell: (row) => <Link to={patchPath(row.patchId)}>{row.patchId}</Link>,
                  text: (row) => row.patchId,
                },
                { head: 'State', cell: (row) => <Mark is={row.state} />, text: (row) => row.state },
                { head: 'By', cell: (row) => row.source, text: (row) => row.source },
                { head: 'Decided by', cell: (row) => row.decidedBy ?? '–', text: (row) => row.decidedBy },
                { head: 'Why', cell: (row) => row.reason ?? '', text: (row) => row.reason },
              ]}
            />
          </>
        )
      }
    </Readable>
  );
}

function Sessions({ vm }: { vm: Vm }) {
  if (vm.sessions.length === 0) return <Text c="dimmed">Patchline never worked on it.</Text>;
  return (
    <RowTable
      label="Sessions"
      rows={vm.sessions}
      keyOf={(row) => row.sessionId}
      file={`sessions-${vm.name}`}
      columns={[
        { head: 'Began', cell: (row) => <When at={row.startedAt} />, text: (row) => row.startedAt },
        { head: 'Ended', cell: (row) => <When at={row.endedAt} />, text: (row) => row.endedAt },
        { head: 'Outcome', cell: (row) => <Mark is={row.outcome ?? 'running'} />, text: (row) => row.outcome },
        {
          head: 'Run',
          cell: (row) => <Link to={runPath(row.runKey)}>{row.runKey.replace('maintenance/', '')}</Link>,
          text: (row) => row.runKey,
        },
        { head: 'What happened', cell: (row) => row.detail, text: (row) => row.detail },
      ]}
    />
  );
}

function Software({ name }: { name: string }) {
  const read = useRead(['software', name], () =>
    ask(api.GET('/v1/vms/{name}/software', { params: { path: { name }, query: {} } })),
  );
  return (
    <Readable read={read} height={200}>
      {(software) => (
        <>
          {software.stale === null ? null : (
            <Text size="sm">
              <Mark is="unknown" word="Stale" /> {software.stale}
            </Text>
          )}
          <RowTable
            label="Software"
            rows={software.software}
            keyOf={(program) => `${program.name}${program.version ?? ''}`}
            file={`software-${name}`}
            columns={[
              { head: 'Name', cell: (program) => program.name, text: (program) => program.name },
              { head: 'Version', cell: (program) => program.version ?? '–', text: (program) => program.version },
              { head: 'Told by', cell: (program) => program.source, text: (program) => program.source },
              {
                head: 'Since',
                cell: (program) => <When at={program.firstSeenAt} />,
                text: (program) => program.firstSeenAt,
              },
              { head: 'Gone', cell: (program) => <When at={program.goneAt} />, text: (program) => program.goneAt },
            ]}
          />
        </>
      )}
    </Readable>
  );
}

function Baseline({ vm }: { vm: Vm }) {
  const read = useRead(['compliance', vm.vmId], () =>
    ask(api.GET('/v1/compliance', { params: { query: { vm: vm.name } } })),
  );
  return (
    <Readable read={read}>
      {(rows) =>
        rows.length === 0 ? (
          <Text c="dimmed">It was never compared with a baseline.</Text>
        ) : (
          <>
            {rows.map((row) => (
              <section key={row.vmId} aria-label={row.baseline}>
                <Text>
                  <Mark is={row.compliant ? 'compliant' : 'nonCompliant'} /> {row.baseline} {row.version},{' '}
                  <When at={row.at} />
                </Text>
                <RowTable
                  label="Items"
                  rows={row.items}
                  keyOf={(item) => JSON.stringify(item)}
                  file={`baseline-${vm.name}`}
                  columns={[
                    {
                      head: 'Item',
                      cell: (item) => `${item.kind} ${item.name}`,
                      text: (item) => `${item.kind} ${item.name}`,
                    },
                    { head: 'Wanted', cell: (item) => item.wanted, text: (item) => item.wanted },
                    { head: 'Is', cell: (item) => item.found ?? '–', text: (item) => item.found },
                    { head: 'Verdict', cell: (item) => item.verdict, text: (item) => item.verdict },
                  ]}
                />
              </section>
            ))}
          </>
        )
      }
    </Readable>
  );
}

function Security({ vm }: { vm: Vm }) {
  return (
    <Stack gap="sm">
      <Text>
        {vm.openCves.length} open CVEs of the patches that it lacks
        {vm.openCves.length === 0 ? '.' : `: ${vm.openCves.join(', ')}`}
      </Text>
      <ul>
        {vm.securityIssues.map((issue) => (
          <li key={issue.issueId}>{issue.title}</li>
        ))}
      </ul>
      <RowTable
        label="Azure roles on it"
        rows={vm.access}
        keyOf={(one) => `${one.principalId}${one.role}${one.scope}`}
        file={`roles-${vm.name}`}
        columns={[
          { head: 'Role', cell: (one) => one.role, text: (one) => one.role },
          {
            head: 'Principal',
            cell: (one) => `${one.principalType} ${one.principalId}`,
            text: (one) => one.principalId,
          },
          { head: 'Scope', cell: (one) => one.scope, text: (one) => one.scope },
          { head: 'Seen', cell: (one) => <When at={one.seenAt} />, text: (one) => one.seenAt },
        ]}
      />
    </Stack>
  );
}
