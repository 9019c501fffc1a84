// Where, when, how tested, what it interrupts, and what if it fails: the parts of the signed subject, a fold each.

import { Text } from '@mantine/core';
import { api, ask, type Schemas } from '../../api/client';
import { useRead } from '../../api/queries';
import { Readable } from '../../parts/block';
import { counted } from '../../parts/count';
import { Fold } from '../../parts/fold';
import { runPath, Link } from '../../parts/link';
import { Mark } from '../../parts/mark';
import { RowTable } from '../../parts/table';
import { minutesWords, When } from '../../parts/when';
import { WindowTime } from '../../parts/windowTime';
import type { Shown } from './shown';

export function Evidence({ category, shown }: { category: string; shown: Shown[] }) {
  return (
    <>
      <Fold title="Where and when: rings in their order">
        {shown.map(({ patch, request }) => (
          <Rings key={patch.patchId} name={shown.length > 1 ? patch.patchId : null} request={request} />
        ))}
      </Fold>
      <Fold title="How tested, and on what">
        {shown.map((one) => (
          <Tested key={one.patch.patchId} category={category} {...one} />
        ))}
      </Fold>
      <Fold title="What it interrupts">
        {shown.map(({ patch, request }) => (
          <Interrupts key={patch.patchId} name={shown.length > 1 ? patch.patchId : null} request={request} />
        ))}
      </Fold>
      <Fold title="If it fails">
        {shown.map(({ patch, request }) => (
          <div key={patch.patchId}>
            {shown.length > 1 ? <b>{patch.patchId}: </b> : null}
            {request.unwind}
            {(request.impact.rollback?.impossible ?? null) === null ? null : (
              <>
                {' '}
                <Mark is="closed" word="Impossible" /> {request.impact.rollback?.impossible}
              </>
            )}
            <Text size="sm" c="dimmed">
              Failure budgets: {request.rings.map((ring) => `${ring.name} ${ring.failureBudget}`).join(', ')}. A ring
              over its budget halts, and a person chooses.
            </Text>
          </div>
        ))}
      </Fold>
    </>
  );
}

function Rings({ name, request }: { name: string | null; request: Schemas['RequestView'] }) {
  const opens = new Map((request.urgency?.rings ?? []).map((ring) => [ring.name, ring]));
  return (
    <>
      {name === null ? null : <Text fw={600}>{name}</Text>}
      <Text size="sm">Window rule: {request.windowRule}</Text>
      <Text size="sm">
        {request.arrivals ?? 'No machine joins later: one that comes after it was asked needs a decision of its own'}.
      </Text>
      <RowTable
        label={`Rings${name === null ? '' : ` of ${name}`}`}
        rows={request.rings}
        keyOf={(ring) => ring.name}
        columns={[
          { head: 'Ring', cell: (ring) => ring.name, text: (ring) => ring.name },
          { head: 'Machines', cell: (ring) => ring.machines, text: (ring) => ring.machines, isNumber: true },
          {
            head: 'Opens',
            cell: (ring) => (
              <WindowTime at={opens.get(ring.name)?.opensAt} category={request.category} environment="production" />
            ),
          },
          { head: 'Due', cell: (ring) => <When at={opens.get(ring.name)?.deadline} /> },
          {
            head: 'Which',
            cell: (ring) => (
              <details>
                <summary>
                  {ring.names.slice(0, 3).join(', ')}
                  {ring.names.length > 3 ? '…' : ''}
                </summary>
                {ring.names.join(', ')}
              </details>
            ),
            text: (ring) => ring.names.join(' '),
          },
        ]}
      />
    </>
  );
}

function Tested({ category, patch, request }: Shown & { category: string }) {
  const read = useRead(['equivalence', category], () =>
    ask(api.GET('/v1/categories/{name}/equivalence', { params: { path: { name: category } } })),
  );
  const tests = patch.tests.filter((test) => test.category === category);
  return (
    <div style={{ marginBottom: 8 }}>
      <Text fw={600}>{patch.patchId}</Text>
      <ul>
        {tests.map((test) => (
          <li key={test.runKey}>
            <Mark is={test.verdict} /> <When at={test.at} /> on {counted(test.machines, 'machine')} with{' '}
            {test.testedSet.filter((one) => one !== patch.patchId).join(', ') || 'nothing else'}.{' '}
            <Link to={runPath(test.runKey)}>Its run</Link>
            {test.reasons.length === 0 ? null : <Text size="sm">{test.reasons.join('; ')}</Text>}
          </li>
        ))}
      </ul>
      {request.equivalence === null ? null : (
        <ul>
          {request.equivalence.groups.map((group) => (
            <li key={group.twin}>
              {group.twin} stands for {counted(group.machines, 'machine')}, {Math.floor(group.score * 100)} of 100
              {group.differences.length === 0 ? '' : `: ${group.differences.join('; ')}`}
            </li>
          ))}
        </ul>
      )}
      <Readable read={read} height={20}>
        {(now) =>
          now.gaps.length === 0 ? null : (
            <ul>
              {now.gaps.map((gap) => (
                <li key={gap.words}>
                  <Mark is="closed" word="Not tested" /> {gap.line}. {gap.remedies.join(' ')}
                </li>
              ))}
            </ul>
          )
        }
      </Readable>
    </div>
  );
}

function Interrupts({ name, request }: { name: string | null; request: Schemas['RequestView'] }) {
  const { impact } = request;
  return (
    <div style={{ marginBottom: 8 }}>
      {name === null ? null : <Text fw={600}>{name}</Text>}
      <Text size="sm">
        Services: {request.services.join(', ') || 'none known'}; down {minutesWords(request.downtimeMinutes)} as tested,{' '}
        {counted(request.reboots, 'restart')}
      </Text>
      <ul>
        {impact.lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {(impact.edits ?? []).map((edit) => (
        <Text size="sm" key={`${edit.by}${edit.at}`}>
          {edit.by} said, <When at={edit.at} />: {edit.note ?? `${String(edit.downtimeMinutes)} min`} ({edit.reason})
        </Text>
      ))}
    </div>
  );
}
