// What a policy would change against the one in force: every path, the machines that would go elsewhere, and what needs a second person.

import { Text } from '@mantine/core';
import type { Schemas } from '../../api/client';
import { counted } from '../../parts/count';
import { Link, vmPath } from '../../parts/link';
import { Mark } from '../../parts/mark';
import { RowTable } from '../../parts/table';

type Plan = Schemas['PolicyPlan'];

export function PlanView({ plan }: { plan: Plan }) {
  if (plan.problems.length > 0) return <Problems problems={plan.problems} />;
  const guarded = plan.changes.filter((change) => change.guarded !== null);
  return (
    <>
      <Text>
        {plan.changes.length === 0
          ? 'Nothing changes: it says what is in force.'
          : `${counted(plan.changes.length, 'change')} against version ${plan.basedOn}; ${
              guarded.length === 0
                ? 'none needs a second person.'
                : `${counted(guarded.length, 'change')} could open a gate: a second person has to accept it.`
            }`}
      </Text>
      {plan.changes.length === 0 ? null : (
        <RowTable
          label="Changes"
          rows={plan.changes}
          keyOf={(change) => change.path}
          file="policy-plan"
          columns={[
            { head: 'Where', cell: (change) => <code>{change.path}</code>, text: (change) => change.path },
            { head: 'What', cell: (change) => change.kind, text: (change) => change.kind },
            {
              head: 'Before',
              cell: (change) => <Value of={change.before} />,
              text: (change) => wordsOf(change.before),
            },
            { head: 'After', cell: (change) => <Value of={change.after} />, text: (change) => wordsOf(change.after) },
            {
              head: 'Second person',
              cell: (change) => (change.guarded === null ? '' : <Mark is="waiting" word={change.guarded} />),
              text: (change) => change.guarded,
            },
          ]}
        />
      )}
      {plan.moved.length === 0 ? null : (
        <details>
          <summary>{counted(plan.moved.length, 'machine')} would be somewhere else</summary>
          <ul>
            {plan.moved.slice(0, movedMax).map((one) => (
              <li key={one.vmId}>
                <Link to={vmPath(one.name)}>{one.name}</Link>: {one.before} → {one.after}
              </li>
            ))}
            {plan.moved.length > movedMax ? <li>and {plan.moved.length - movedMax} more</li> : null}
          </ul>
        </details>
      )}
      {plan.empty.length === 0 ? null : (
        <Text style={{ color: 'var(--mark-ink-amber)' }}>! No machine is in {plan.empty.join(', ')}.</Text>
      )}
    </>
  );
}

const movedMax = 200;

function Problems({ problems }: { problems: Plan['problems'] }) {
  return (
    <div role="alert">
      <Text fw={600} style={{ color: 'var(--mark-ink-red)' }}>
        ✕ It cannot be used: {counted(problems.length, 'problem')}
      </Text>
      <ul>
        {problems.map((one) => (
          <li key={`${one.file}:${one.line}:${one.column}:${one.path}`}>
            {one.file}, line {one.line}: <code>{one.path}</code> {one.message}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Value({ of }: { of: unknown }) {
  const words = wordsOf(of);
  return words === '' ? <>–</> : <code style={{ overflowWrap: 'anywhere' }}>{words.slice(0, 300)}</code>;
}

function wordsOf(value: unknown): string {
  return value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}
