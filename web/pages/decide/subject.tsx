// What is decided on: what changed since the last request, what speaks against it, and the patches, each of which may be left out.

import { Checkbox, Text } from '@mantine/core';
import { counted } from '../../parts/count';
import { Fold } from '../../parts/fold';
import { Link, patchPath } from '../../parts/link';
import { Mark } from '../../parts/mark';
import { When } from '../../parts/when';
import { checksOf } from './checks';
import type { Shown } from './shown';

export function Since({ shown }: { shown: Shown[] }) {
  const lines = shown.flatMap(({ patch, request }) =>
    request.since === null ? [] : [{ patchId: patch.patchId, ...request.since }],
  );
  if (lines.length === 0) return null;
  return (
    <Fold title={`Since the last request: ${lines.length} changed`} isOpen>
      {lines.map((line) => (
        <div key={line.patchId}>
          <Text fw={600}>
            {line.patchId}, last asked <When at={line.requestedAt} />: {line.end}
            {line.kind === 'narrower' ? '; it is only narrower' : line.kind === 'same' ? '; nothing changed' : ''}
          </Text>
          <ul>
            {line.changes.map((change) => (
              <li key={change}>{change}</li>
            ))}
          </ul>
        </div>
      ))}
    </Fold>
  );
}

export function Checks({ chosen }: { chosen: Shown[] }) {
  const all = chosen.flatMap(({ patch, request }) =>
    checksOf(request).map((check) => ({ ...check, patchId: patch.patchId })),
  );
  const bad = all.filter((check) => check.standing !== 'gateOpen');
  const good = all.filter((check) => check.standing === 'gateOpen');
  const line = (check: (typeof all)[number]) => (
    <li key={`${check.patchId}${check.name}${check.words}`} style={{ marginBottom: 4 }}>
      <Mark is={check.standing} word={check.name} />{' '}
      <Text span size="sm">
        {chosen.length > 1 ? `${check.patchId}: ` : ''}
        {check.words}
      </Text>
    </li>
  );
  return (
    <section aria-label="Checks">
      {bad.length === 0 ? null : <ul style={{ listStyle: 'none', padding: 0 }}>{bad.map(line)}</ul>}
      <Fold title={`✓ Open: ${counted(good.length, 'check')}`}>
        <ul style={{ listStyle: 'none', padding: 0 }}>{good.map(line)}</ul>
      </Fold>
    </section>
  );
}

export function Patches({
  shown,
  out,
  setOut,
}: {
  shown: Shown[];
  out: ReadonlySet<string>;
  setOut: (out: ReadonlySet<string>) => void;
}) {
  const toggle = (patchId: string) => {
    const next = new Set(out);
    if (!next.delete(patchId)) next.add(patchId);
    setOut(next);
  };
  return (
    <Fold title={`What: ${counted(shown.length, 'patch', 'patches')}`} isOpen>
      <div className="table-scroll">
        <table className="rows" aria-label="Patches to decide on">
          <thead>
            <tr>
              {shown.length > 1 ? <th scope="col">Decide</th> : null}
              <th scope="col">Patch</th>
              <th scope="col">Severity</th>
              <th scope="col">Due, and because</th>
              <th scope="col" className="number">
                Machines
              </th>
              <th scope="col">Together with</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ patch, request }) => (
              <tr key={patch.patchId}>
                {shown.length > 1 ? (
                  <td>
                    <Checkbox
                      aria-label={`Decide on ${patch.patchId}`}
                      checked={!out.has(patch.patchId)}
                      onChange={() => toggle(patch.patchId)}
                    />
                  </td>
                ) : null}
                <td>
                  <Link to={patchPath(patch.patchId)}>{patch.patchId}</Link> {patch.title}
                </td>
                <td>
                  {patch.severity}
                  {patch.exploited ? (
                    <>
                      {' '}
                      <Mark is="overdue" word="Exploited" />
                    </>
                  ) : null}
                  , {counted(patch.cves, 'CVE')}
                </td>
                <td>
                  {request.urgency === null ? (
                    'no deadline'
                  ) : (
                    <>
                      {request.urgency.tier} <When at={request.urgency.deadline} />{' '}
                      {request.urgency.fact ?? request.urgency.rule}
                    </>
                  )}
                </td>
                <td className="number">{request.machines}</td>
                <td>{request.testedSet.filter((one) => one !== patch.patchId).join(', ') || 'alone'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {out.size === 0 ? null : (
        <Text size="sm" mt="xs">
          What was tested together may go only together: patches that stay without their set are held back at planning,
          and tested again.
        </Text>
      )}
    </Fold>
  );
}
