// Audit: who did what, and whether the log is whole. Times are in UTC here: they are what is hashed.

import { Alert, Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { api, ask, askPage, type Schemas } from '../../api/client';
import { useAddress } from '../../app/address';
import { Block } from '../../parts/block';
import { counted } from '../../parts/count';
import { ExportLinks } from '../../parts/exportLinks';
import { saveFile } from '../../parts/file';
import { Filter } from '../../parts/filter';
import { Link, patchPath, runPath } from '../../parts/link';
import { Mark } from '../../parts/mark';
import { usePages } from '../../parts/pages';

type Event = Schemas['EventView'];

export default function AuditPage() {
  const { search } = useAddress();
  const { who, words, patch } = search;
  const filters = {
    ...(who === undefined ? {} : { who }),
    ...(words === undefined ? {} : { words }),
    ...(patch === undefined ? {} : { patchId: patch }),
  };
  const { read, rows, more } = usePages(['audit', filters], (after) =>
    askPage(
      api.GET('/v1/events', {
        params: {
          query: { ...filters, newest: 'true', limit: 200, ...(after === undefined ? {} : { after: Number(after) }) },
        },
      }),
    ),
  );
  return (
    <Stack gap="md">
      <Title order={1} size="h3">
        Audit
      </Title>
      <Verification />
      <Evidence />
      <Group gap="sm" align="flex-end">
        <Filter name="words" label="What contains" />
        <Filter name="who" label="Who, exactly" />
        <Filter name="patch" label="Patch" />
      </Group>
      <Block
        title="Events, newest first"
        read={read}
        isEmpty={() => rows.length === 0}
        empty="No event matches."
        height={400}
        aside={<ExportLinks list="/v1/events" filters={filters} />}
      >
        {() => (
          <>
            <ol style={{ listStyle: 'none', padding: 0, margin: 0 }}>
              {rows.map((event) => (
                <EventLine key={event.seq} event={event} />
              ))}
            </ol>
            {more === null ? (
              <Text size="sm" c="dimmed">
                {counted(rows.length, 'event')}: all that match.
              </Text>
            ) : (
              <Button variant="default" onClick={more.load} loading={more.isLoading}>
                Show earlier ones ({rows.length} so far)
              </Button>
            )}
          </>
        )}
      </Block>
    </Stack>
  );
}

function EventLine({ event }: { event: Event }) {
  return (
    <li>
      <details style={{ borderBottom: '1px solid var(--mantine-color-default-border)', padding: '0.2rem 0' }}>
        <summary style={{ overflowWrap: 'anywhere' }}>
          <code>{event.at}</code> <b>{event.what}</b> <span>{event.who}</span>
        </summary>
        <div style={{ padding: '0.3rem 1rem' }}>
          <Text size="sm">
            Event {event.seq}. {event.why}
          </Text>
          <Text size="sm">
            {event.patchId === null ? null : <Link to={patchPath(event.patchId)}>{event.patchId}</Link>}{' '}
            {event.runKey === null ? null : <Link to={runPath(event.runKey)}>{event.runKey}</Link>}{' '}
            {event.vmId === null ? null : `machine ${event.vmId}`}
          </Text>
          {event.before === null || event.before === undefined ? null : (
            <pre className="plain-text" tabIndex={0} aria-label="Before">
              before {JSON.stringify(event.before, null, 2)}
            </pre>
          )}
          {event.after === null || event.after === undefined ? null : (
            <pre className="plain-text" tabIndex={0} aria-label="After">
              after {JSON.stringify(event.after, null, 2)}
            </pre>
          )}
        </div>
      </details>
    </li>
  );
}

function Verification() {
  const [result, setResult] = useState<Schemas['VerificationView'] | null>(null);
  const [isRunning, setRunning] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function verify(): Promise<void> {
    setRunning(true);
    setProblem(null);
    try {
      setResult(await ask(api.POST('/v1/audit/verification', { body: { checkpoints: [] } })));
    } catch (failure) {
      setProblem(failure instanceof Error ? failure.message : String(failure));
    } finally {
      setRunning(false);
    }
  }

  async function checkpoint(): Promise<void> {
    setProblem(null);
    try {
      const signed = await ask(api.POST('/v1/audit/checkpoints', {}));
      saveFile(`patchline-checkpoint-${signed.seq}.json`, `${JSON.stringify(signed, null, 2)}\n`, 'application/json');
    } catch (failure) {
      setProblem(failure instanceof Error ? failure.message : String(failure));
    }
  }

  return (
    <section aria-label="Verification">
      <Group gap="sm">
        {result === null ? (
          <Text>Every event is chained to the one before.</Text>
        ) : result.intact ? (
          <Text role="status">
            <Mark is="compliant" word="Verified" /> to event {result.last.seq}, {counted(result.events, 'event')} in{' '}
            {result.seconds} s
          </Text>
        ) : null}
        <Button variant="default" loading={isRunning} onClick={() => void verify()}>
          Verify now
        </Button>
        <Button variant="default" onClick={() => void checkpoint()}>
          Keep a checkpoint
        </Button>
      </Group>
      {result !== null && !result.intact ? (
        <Alert color="red" title="The audit log is broken" role="alert" mt="sm">
          <ul>
            {result.findings.map((finding) => (
              <li key={`${finding.kind}${finding.seq}`}>
                Event {finding.seq}: {finding.detail}
              </li>
            ))}
          </ul>
        </Alert>
      ) : null}
      {problem === null ? null : (
        <Text role="alert" style={{ color: 'var(--mark-ink-red)' }}>
          {problem}
        </Text>
      )}
    </section>
  );
}

function Evidence() {
  const [patchId, setPatchId] = useState('');
  return (
    <Group gap="sm" align="flex-end">
      <TextInput
        size="xs"
        label="Evidence pack of a patch"
        value={patchId}
        onChange={(event) => setPatchId(event.currentTarget.value.trim())}
      />
      {patchId === '' ? null : (
        <a href={`/v1/patches/${encodeURIComponent(patchId)}/evidence`} download>
          Download the evidence pack of {patchId}
        </a>
      )}
    </Group>
  );
}
