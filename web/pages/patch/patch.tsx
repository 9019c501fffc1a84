// One patch: why it is here, where it stands, and what comes next.

import { Group, Stack, Text, Title } from '@mantine/core';
import { api, ask, type Schemas } from '../../api/client';
import { useRead } from '../../api/queries';
import { useAddress } from '../../app/address';
import { AddressTabs } from '../../parts/addressTabs';
import { Readable } from '../../parts/block';
import { counted } from '../../parts/count';
import { decidePath, Link, patchPath } from '../../parts/link';
import { Mark } from '../../parts/mark';
import { When } from '../../parts/when';
import { Receipt } from '../decide/receipt';
import { Deployment } from './deployment';
import { Emergencies } from './emergencies';
import { Halted } from './halted';
import { ImpactTab } from './impact';
import { Story } from './story';
import { Tests } from './tests';
import { WaiversTab } from './waivers';

type Patch = Schemas['PatchDetail'];

export default function PatchPage() {
  const { params } = useAddress();
  const patchId = params['patchId'] ?? '';
  const read = useRead(
    ['patch', patchId],
    () => ask(api.GET('/v1/patches/{patchId}', { params: { path: { patchId } } })),
    (change) => change.patchId === patchId,
  );
  return (
    <Stack gap="md">
      <Title order={1} size="h3">
        {patchId}
      </Title>
      <Readable read={read} height={300}>
        {(patch) => (
          <>
            <Head patch={patch} />
            <Lanes patch={patch} />
            <Halted patch={patch} />
            <AddressTabs
              tabs={[
                { name: 'story', label: 'Story', panel: <Story patchId={patchId} /> },
                { name: 'advisory', label: 'Advisory', panel: <Advisory patch={patch} /> },
                { name: 'tests', label: `Tests (${patch.tests.length})`, panel: <Tests patch={patch} /> },
                { name: 'impact', label: 'Impact', panel: <ImpactTab patch={patch} /> },
                {
                  name: 'decisions',
                  label: `Decisions (${patch.requests.length})`,
                  panel: <Decisions patch={patch} />,
                },
                { name: 'machines', label: `Machines (${patch.machines.length})`, panel: <Deployment patch={patch} /> },
                { name: 'waivers', label: `Waivers (${patch.waivers.length})`, panel: <WaiversTab patch={patch} /> },
              ]}
            />
          </>
        )}
      </Readable>
    </Stack>
  );
}

function Head({ patch }: { patch: Patch }) {
  const [due] = patch.due.filter((group) => group.environment === 'production');
  return (
    <Stack gap={4}>
      <Text fw={600}>{patch.title}</Text>
      <Group gap="sm">
        <Mark is={patch.stage} />
        {patch.exploited ? <Mark is="overdue" word="Exploited" /> : null}
        <Text size="sm">
          {patch.severity}, {counted(patch.cves, 'CVE')}; needed by {counted(patch.needed, 'machine')}
          {patch.waived > 0 ? `, ${patch.waived} waived` : ''}
        </Text>
        {patch.overdue > 0 ? <Mark is="overdue" word={`Overdue on ${patch.overdue}`} /> : null}
      </Group>
      {due === undefined ? (
        <Text size="sm">Due nowhere in production.</Text>
      ) : (
        <Text size="sm">
          {due.tier}, due <When at={due.deadline} /> in {due.category}: {due.fact ?? due.rule ?? 'no rule'}
        </Text>
      )}
      {patch.stageDetail === '' ? null : <Text size="sm">{patch.stageDetail}</Text>}
      {patch.knownIssues
        .filter((issue) => issue.closedAt === null)
        .map((issue) => (
          <Text key={issue.issueId} size="sm">
            <Mark is="closed" word="Known issue" /> {issue.text}
          </Text>
        ))}
      {patch.succession.successor === null ? null : (
        <Text size="sm">
          Superseded by <Link to={patchPath(patch.succession.successor)}>{patch.succession.successor}</Link>
        </Text>
      )}
    </Stack>
  );
}

/** A lane a category: where it stands, and its workflow. */
function Lanes({ patch }: { patch: Patch }) {
  const categories = [...new Set([...patch.tests, ...patch.requests].map((one) => one.category))].toSorted();
  return (
    <div className="table-scroll">
      <table className="rows" aria-label="Where it stands, by category">
        <thead>
          <tr>
            <th scope="col">Category</th>
            <th scope="col">Test</th>
            <th scope="col">Decision</th>
            <th scope="col">Rollout</th>
            <th scope="col">Production machines</th>
          </tr>
        </thead>
        <tbody>
          {categories.length === 0 ? (
            <tr>
              <td colSpan={5}>No category has tested it or was asked about it yet.</td>
            </tr>
          ) : null}
          {categories.map((category) => (
            <Lane key={category} patch={patch} category={category} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Into the engine's own pages, where they can be reached. */
function HistoryLink({ workflow }: { workflow: Patch['workflows'][number] | undefined }) {
  if (workflow?.url === undefined || workflow.url === null) return null;
  return (
    <a href={workflow.url} target="_blank" rel="noreferrer" aria-label={`History of ${workflow.workflowId}`}>
      history
    </a>
  );
}

function Lane({ patch, category }: { patch: Patch; category: string }) {
  const test = patch.tests.find((one) => one.category === category);
  const request = patch.requests.find((one) => one.category === category);
  const decision = patch.decisions.find((one) => one.category === category && one.accepted && one.complete);
  const workflow = patch.workflows.find((one) => one.workflowId === `rollout/${patch.patchId}/${category}`);
  const prefix = `maintenance/production/${category}/`;
  const counts = new Map<string, number>();
  for (const row of patch.machines.filter((one) => one.runKey.startsWith(prefix)))
    counts.set(row.state, (counts.get(row.state) ?? 0) + 1);
  return (
    <tr>
      <td>{category}</td>
      <td>{test === undefined ? '–' : <Mark is={test.verdict} />}</td>
      <td>
        {request?.status === 'waiting' ? (
          <Link to={decidePath(category, patch.patchId)}>Awaiting decision</Link>
        ) : decision === undefined ? (
          request === undefined ? (
            '–'
          ) : (
            <Mark is={request.status} />
          )
        ) : (
          <Mark is={decision.verdict} />
        )}
      </td>
      <td>
        {workflow === undefined || workflow.status === 'UNKNOWN'
          ? '–'
          : (workflow.stage ?? workflow.status.toLowerCase())}{' '}
        <HistoryLink workflow={workflow} />
      </td>
      <td>
        {[...counts].map(([state, count]) => (
          <span key={state} style={{ marginRight: 8 }}>
            {count} <Mark is={state} />
          </span>
        ))}
        {counts.size === 0 ? '–' : null}
      </td>
    </tr>
  );
}

/** Vendor text stays plain text. */
function Advisory({ patch }: { patch: Patch }) {
  const read = useRead(['chain', patch.patchId], () =>
    ask(api.GET('/v1/patches/{patchId}/chain', { params: { path: { patchId: patch.patchId } } })),
  );
  return (
    <Stack gap="sm">
      <Text>Restart: {patch.restart}</Text>
      <Text>
        Supersedes: {patch.supersedes.length === 0 ? 'nothing' : patch.supersedes.slice(0, 30).join(', ')}
        {patch.supersedes.length > 30 ? ` and ${patch.supersedes.length - 30} more` : ''}
      </Text>
      <details className="fold">
        <summary>{counted(patch.cveIds.length, 'CVE')}</summary>
        <Text>{patch.cveIds.join(', ')}</Text>
      </details>
      <details className="fold">
        <summary>{patch.revisions.length} changes by the vendor since it was first read</summary>
        <ul>
          {patch.revisions.map((revision) => (
            <li key={JSON.stringify(revision)} className="plain-text">
              <When at={revision.at} /> {revision.weight}: {revision.changes.join('; ')}
            </li>
          ))}
        </ul>
      </details>
      <Readable read={read}>
        {(chains) => (
          <>
            {chains.map((chain) => (
              <section key={chain.product} aria-label={chain.product}>
                <Text fw={600}>{chain.product}</Text>
                <ol>
                  {chain.links.map((link) => (
                    <li key={link.patchId}>
                      <Link to={patchPath(link.patchId)}>{link.patchId}</Link> {link.build ?? ''}{' '}
                      <Mark is={link.stage} /> needed by {link.needed}, installed on {link.installed}
                      {link.current ? ', current' : ''}
                      {link.kept ? ', kept' : ''}
                      {link.inFlight ? ', under way' : ''}
                    </li>
                  ))}
                </ol>
              </section>
            ))}
          </>
        )}
      </Readable>
    </Stack>
  );
}

function Decisions({ patch }: { patch: Patch }) {
  const categories = [...new Set(patch.requests.map((request) => request.category))].toSorted();
  return (
    <Stack gap="md">
      {categories.length === 0 ? <Text c="dimmed">Nobody was asked about it yet: its test comes first.</Text> : null}
      {categories.map((category) => (
        <section key={category} aria-label={category}>
          <Title order={2} size="h5">
            {category}
          </Title>
          <Receipt patchId={patch.patchId} category={category} />
        </section>
      ))}
      <Emergencies patchId={patch.patchId} />
      {patch.changes.length === 0 ? null : (
        <section aria-label="Change records">
          <Title order={2} size="h5">
            Change records
          </Title>
          <ul>
            {patch.changes.map((change) => (
              <li key={change.changeId}>
                {change.changeId}: {change.state} for {change.category}, opened <When at={change.openedAt} />.{' '}
                {change.outcome}
              </li>
            ))}
          </ul>
        </section>
      )}
    </Stack>
  );
}
