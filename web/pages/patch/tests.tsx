// Every test of a patch, with the state that was reached, its evidence, and the verdict that a person may give where the test said nothing.

import { Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { queries, useRead } from '../../api/queries';
import { Readable } from '../../parts/block';
import { Act } from '../../parts/act';
import { Confirm, type Question } from '../../parts/confirm';
import { counted } from '../../parts/count';
import { FormDialog } from '../../parts/formDialog';
import { Link, runPath, vmPath } from '../../parts/link';
import { Mark } from '../../parts/mark';
import { minutesWords, When } from '../../parts/when';
import { Words } from '../../parts/words';
import { Checklist } from './checklist';

type Patch = Schemas['PatchDetail'];

export function Tests({ patch }: { patch: Patch }) {
  const isolations = useRead(['isolations'], () => ask(api.GET('/v1/isolations', { params: { query: {} } })));
  return (
    <Stack gap="sm" align="stretch">
      {patch.tests.length === 0 ? <Text c="dimmed">It was not tested yet.</Text> : <Retest patch={patch} />}
      <Checklist patchId={patch.patchId} />
      {patch.tests.map((test) => (
        <Test key={`${test.runKey}${test.category}`} patchId={patch.patchId} runKey={test.runKey} />
      ))}
      <Readable read={isolations} height={20}>
        {(all) => (
          <>
            {all
              .filter((one) => one.patchIds.includes(patch.patchId))
              .map((one) => (
                <Isolation key={one.isolationId} isolation={one} />
              ))}
          </>
        )}
      </Readable>
    </Stack>
  );
}

/** In a category where its newest test did not pass. */
function Retest({ patch: { patchId, tests } }: { patch: Patch }) {
  const newest = tests.filter((test, index) => tests.findIndex((one) => one.category === test.category) === index);
  const categories = newest.filter((test) => test.verdict !== 'passed').map((test) => test.category);
  const [isAsking, setAsking] = useState(false);
  const [category, setCategory] = useState(categories[0] ?? '');
  const [reason, setReason] = useState('');
  const run = async () => {
    const path = { patchId };
    await ask(api.POST('/v1/patches/{patchId}/tests', { params: { path }, body: { category, reason } }));
    await queries.invalidateQueries({ queryKey: ['patch', patchId] });
  };
  if (categories.length === 0) return null;
  return (
    <Group>
      <Act needs="operate" variant="default" size="xs" onClick={() => setAsking(true)}>
        Test again…
      </Act>
      {isAsking ? (
        <FormDialog
          title={`Test ${patchId} again`}
          yes="Test again"
          failed="Nothing was started"
          run={run}
          onClose={() => setAsking(false)}
        >
          <Text size="sm">
            It is tested on staging machines in their next window, and production is asked about anew with what comes of
            it.
          </Text>
          <NativeSelect
            label="Category"
            value={category}
            data={categories}
            onChange={(event) => setCategory(event.currentTarget.value)}
          />
          <Words label="Reason" value={reason} onChange={setReason} focused />
        </FormDialog>
      ) : null}
    </Group>
  );
}

function Test({ patchId, runKey }: { patchId: string; runKey: string }) {
  const [question, setQuestion] = useState<Question | null>(null);
  const path = { runKey, patchId };
  const read = useRead(
    ['test', runKey, patchId],
    () => ask(api.GET('/v1/tests/{runKey}/{patchId}', { params: { path } })),
    (change) => change.runKey === runKey || change.patchId === patchId,
  );
  const judge = (category: string, verdict: 'passed' | 'failed'): Question => ({
    title: verdict === 'passed' ? 'Say that it passed?' : 'Say that it failed?',
    body: (
      <Text>
        {verdict === 'passed'
          ? 'Then it is asked about for production. Whoever judges a test cannot approve it.'
          : 'Then it goes nowhere, and is tested again when its vendor changes it.'}
      </Text>
    ),
    yes: verdict === 'passed' ? 'It passed' : 'It failed',
    no: 'Go back',
    reason: 'Reason',
    run: async (reason) => {
      await ask(
        api.POST('/v1/tests/{runKey}/{patchId}/verdicts', { params: { path }, body: { category, verdict, reason } }),
      );
      await queries.invalidateQueries({ queryKey: ['test', runKey, patchId] });
    },
  });
  return (
    <Readable read={read}>
      {(test) => (
        <section className="fold" aria-label={`Test in ${test.category}`}>
          <Group gap="sm">
            <Mark is={test.verdict} />
            <Text>
              {test.category}, <When at={test.at} />: {test.machines.join(', ')}
            </Text>
            <Link to={runPath(runKey)}>Its run</Link>
          </Group>
          <Text size="sm">
            Down {minutesWords(test.downtimeMinutes)}, {counted(test.reboots, 'restart')}; together with{' '}
            {test.testedSet.filter((one) => one !== patchId).join(', ') || 'nothing else'}
          </Text>
          {test.reasons.length === 0 ? null : (
            <ul>
              {test.reasons.map((reason) => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
          )}
          {test.judged === null ? null : (
            <Text size="sm">
              {test.judged.by} said {test.judged.verdict}, <When at={test.judged.at} />: {test.judged.reason}
            </Text>
          )}
          {test.verdict === 'inconclusive' ? (
            <Group gap="sm">
              <Act needs="decide" variant="default" onClick={() => setQuestion(judge(test.category, 'passed'))}>
                It passed…
              </Act>
              <Act needs="decide" variant="default" onClick={() => setQuestion(judge(test.category, 'failed'))}>
                It failed…
              </Act>
            </Group>
          ) : null}
          <details>
            <summary>What each machine reached, and {test.evidence.length} pieces of evidence</summary>
            <ul>
              {test.tested.map((machine) => (
                <li key={machine.vmId}>
                  <Link to={vmPath(machine.vmName)}>{machine.vmName}</Link> <Mark is={machine.state} />{' '}
                  {machine.system ?? ''} {machine.build ?? ''} {machine.reason ?? ''}
                </li>
              ))}
            </ul>
            <ul>
              {test.evidence.map((one) => (
                <li key={`${one.vmName}${one.item}`}>
                  {one.vmName}, {one.item}: {one.characters} characters{one.cut ? ', cut' : ''}, SHA-256{' '}
                  <code>{one.sha256.slice(0, 12)}…</code>{' '}
                  <EvidenceText runKey={runKey} patchId={patchId} vm={one.vmName} item={one.item} />
                </li>
              ))}
            </ul>
          </details>
          <Confirm question={question} onClose={() => setQuestion(null)} />
        </section>
      )}
    </Readable>
  );
}

/** Read on demand: it may be long, and it is somebody else's text. */
function EvidenceText({ runKey, patchId, vm, item }: { runKey: string; patchId: string; vm: string; item: string }) {
  const [isShown, setShown] = useState(false);
  const path = { runKey, patchId, vm, item };
  const read = useRead(
    ['evidence', runKey, vm, item],
    () => ask(api.GET('/v1/tests/{runKey}/{patchId}/evidence/{vm}/{item}', { params: { path } })),
    undefined,
    isShown,
  );
  if (!isShown)
    return (
      <Button variant="default" onClick={() => setShown(true)}>
        Read
      </Button>
    );
  return (
    <Readable read={read}>
      {({ text }) => (
        <pre className="plain-text" tabIndex={0} aria-label={`${item} of ${vm}`}>
          {text}
        </pre>
      )}
    </Readable>
  );
}

function Isolation({ isolation }: { isolation: Schemas['IsolationView'] }) {
  return (
    <section className="fold" aria-label="Isolation of the culprit">
      <Text fw={600}>
        Isolating the culprit in {isolation.category}: {isolation.status}
      </Text>
      <Text size="sm">{isolation.detail}</Text>
      <ol>
        {isolation.trials.map((trial) => (
          <li key={trial.number}>
            {trial.verdict === null ? <Mark is="running" /> : <Mark is={trial.verdict} />} {trial.patchIds.join(', ')}{' '}
            on {trial.machines.join(', ')} {trial.reasons.join('; ')}
          </li>
        ))}
      </ol>
    </section>
  );
}
