// Decide: everything that a careful person has to see before a name stands under it, and exactly what is signed. It never changes by itself.

import { Alert, Button, Checkbox, Group, Stack, Text, Textarea, Title } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { useDraft } from '../../api/draft';
import { watchChanges } from '../../api/live';
import { useRead } from '../../api/queries';
import { useAddress } from '../../app/address';
import { Readable } from '../../parts/block';
import { Fold } from '../../parts/fold';
import { Link, patchPath } from '../../parts/link';
import { Mark } from '../../parts/mark';
import { When, leftWords, minutesWords } from '../../parts/when';
import { Confirm, type Question } from '../../parts/confirm';
import { checksOf } from './checks';
import { Receipt } from './receipt';
import { Evidence } from './evidence';
import type { Seen, Shown } from './shown';

/** Of everything that is shown, or nothing: half of the evidence cannot be signed. */
async function readAll(category: string, patchId: string | undefined): Promise<Seen> {
  const query = { category, ...(patchId === undefined ? {} : { patches: patchId }) };
  const bundle = await ask(api.GET('/v1/decisions/waiting', { params: { query } }));
  const shown = await Promise.all(
    bundle.requests.map(async (waiting): Promise<Shown> => {
      const patch = await ask(api.GET('/v1/patches/{patchId}', { params: { path: { patchId: waiting.patchId } } }));
      const request = patch.requests.find((one) => one.requestId === waiting.requestId);
      if (request === undefined) throw new Error(`${waiting.patchId} changed while it was read: look again`);
      return { patch, request };
    }),
  );
  return { bundle, shown };
}

export default function DecidePage() {
  const { params, search } = useAddress();
  const category = params['category'] ?? '';
  const patchId = search['patch'];
  const read = useRead(['decide', category, patchId ?? ''], () => readAll(category, patchId));
  return (
    <Stack gap="md">
      <Title order={1} size="h3">
        Decide: {category}
        {patchId === undefined ? '' : `, ${patchId} alone`}
      </Title>
      <Readable read={read} height={400}>
        {(seen) =>
          seen.shown.length === 0 ? (
            <Nothing category={category} patchId={patchId} />
          ) : (
            <Form
              key={seen.bundle.bundleDigest}
              category={category}
              seen={seen}
              again={() => void read.refetch()}
              isOld={read.error !== null}
            />
          )
        }
      </Readable>
    </Stack>
  );
}

function Nothing({ category, patchId }: { category: string; patchId: string | undefined }) {
  return (
    <>
      <Text>
        No decision on {patchId ?? category} waits now. What was decided stands below
        {patchId === undefined ? ' at each patch' : ''}.
      </Text>
      {patchId === undefined ? (
        <Link to="/decide">What waits elsewhere</Link>
      ) : (
        <Receipt patchId={patchId} category={category} />
      )}
    </>
  );
}

/** Whether anything of it changed since it was read; the page itself stays as it was seen. */
function useChanged(seen: Seen): string[] {
  const [changed, setChanged] = useState<string[]>([]);
  useEffect(() => {
    const patchIds = new Set(seen.shown.map(({ patch }) => patch.patchId));
    return watchChanges((changes) => {
      const mine = changes?.filter((one) => one.patchId !== null && patchIds.has(one.patchId)).map((one) => one.what);
      if (mine === undefined) setChanged((before) => [...before, 'much has happened since']);
      else if (mine.length > 0) setChanged((before) => [...before, ...mine].slice(-20));
    });
  }, [seen]);
  return changed;
}

function Form({ category, seen, again, isOld }: { category: string; seen: Seen; again: () => void; isOld: boolean }) {
  const { bundle, shown } = seen;
  const place = `decide/${category}/${shown.length === 1 ? (shown[0]?.patch.patchId ?? '') : ''}`;
  const [words, write] = useDraft(place);
  const [out, setOut] = useState<ReadonlySet<string>>(new Set());
  const [question, setQuestion] = useState<Question | null>(null);
  const [result, setResult] = useState<Schemas['BundleView'] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const sent = useRef<{ key: string; bundleId: string } | null>(null);
  const changed = useChanged(seen);
  const now = Date.now();
  const chosen = shown.filter(({ patch }) => !out.has(patch.patchId));
  const machines = new Set(chosen.flatMap(({ request }) => request.rings.flatMap((ring) => ring.names))).size;

  if (result !== null) return <Signed result={result} category={category} />;

  async function sign(order: Order): Promise<void> {
    const body = bodyOf(seen, out, order);
    // A second click of the same order is the same decision; another order is another one.
    const key = JSON.stringify(body);
    if (sent.current?.key !== key) sent.current = { key, bundleId: crypto.randomUUID() };
    const { bundleId } = sent.current;
    const answer = await ask(
      api.POST('/v1/categories/{category}/decisions', {
        params: { path: { category } },
        body: { ...body, bundleId, dryRun: false },
      }),
    );
    write('');
    setResult(answer);
  }

  function consider(verdict: 'approve' | 'defer' | 'reject'): void {
    const lacks = isOld
      ? 'What is shown is old and could not be read anew: nothing can be signed.'
      : chosen.length === 0
        ? 'Every patch is left out: nothing is decided.'
        : words.trim() === ''
          ? 'A justification is missing: it is read by approvers after you, and by auditors.'
          : null;
    setProblem(lacks);
    if (lacks !== null) return;
    setQuestion(
      questionOf(verdict, {
        category,
        chosen,
        machines,
        out: out.size,
        sign: (deferUntil) => sign({ verdict, justification: words.trim(), deferUntil }),
      }),
    );
  }

  return (
    <Stack gap="md">
      <Text>
        <b>
          {chosen.length} {chosen.length === 1 ? 'patch' : 'patches'} for {machines} machines
        </b>
        ;{' '}
        {bundle.deadline === null ? (
          'no deadline'
        ) : (
          <>
            due <When at={bundle.deadline} />
          </>
        )}
        {bundle.decideBy === null ? null : (
          <>
            ; the request expires <When at={bundle.decideBy} /> ({leftWords(bundle.decideBy, now)}): silence approves
            nothing
          </>
        )}
        ; down {minutesWords(bundle.downtimeMinutes.longest)} at most as tested, {bundle.reboots} restarts in test
      </Text>
      {changed.length === 0 ? null : (
        <Alert color="violet" variant="outline" title="Changed since you looked" role="status">
          <ul>
            {[...new Set(changed)].map((what) => (
              <li key={what}>{what}</li>
            ))}
          </ul>
          <Button variant="default" onClick={again}>
            Show it as it is now
          </Button>
        </Alert>
      )}
      <Since shown={shown} />
      <Checks chosen={chosen} />
      <Patches shown={shown} out={out} setOut={setOut} />
      <Evidence category={category} shown={chosen} />
      <Exactly category={category} seen={seen} out={out} words={words} />
      <section aria-label="Your decision">
        <Textarea
          label="Justification"
          description="Kept with the decision for good. It stays in this browser until you sign."
          required
          autosize
          minRows={3}
          maxRows={12}
          value={words}
          onChange={(event) => write(event.currentTarget.value)}
          {...(problem === null ? {} : { error: problem })}
        />
        <Group mt="sm" justify="flex-end">
          <Button variant="default" onClick={() => consider('reject')}>
            Reject…
          </Button>
          <Button variant="default" onClick={() => consider('defer')}>
            Defer…
          </Button>
          <Button onClick={() => consider('approve')}>Approve for {machines} machines…</Button>
        </Group>
      </section>
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </Stack>
  );
}

interface Order {
  verdict: 'approve' | 'defer' | 'reject';
  justification: string;
  deferUntil: string | null;
}

function bodyOf({ bundle, shown }: Seen, out: ReadonlySet<string>, order: Order) {
  return {
    ...order,
    bundleDigest: bundle.bundleDigest,
    requests: shown.map(({ patch, request }) => ({
      requestId: request.requestId,
      patchId: patch.patchId,
      digest: request.digest,
    })),
    except: [...out].map((patchId) => ({ patchId, verdict: 'leave' as const, justification: '', deferUntil: null })),
  };
}

const weekMs = 7 * 24 * 3600_000;

function questionOf(
  verdict: 'approve' | 'defer' | 'reject',
  about: {
    category: string;
    chosen: Shown[];
    machines: number;
    out: number;
    sign: (deferUntil: string | null) => Promise<void>;
  },
): Question {
  const { chosen, machines, out } = about;
  const what = `${chosen.length} ${chosen.length === 1 ? 'patch' : 'patches'}`;
  const exploited = chosen.filter(({ patch }) => patch.exploited).length;
  const openings = chosen.flatMap(({ request }) => request.urgency?.rings.flatMap((ring) => ring.opensAt ?? []) ?? []);
  const first = openings.toSorted()[0] ?? null;
  const left = out === 0 ? null : <Text>{out} left out: nothing is decided on them.</Text>;
  if (verdict === 'approve')
    return {
      title: `Approve ${what} for ${machines} machines?`,
      body: (
        <>
          <Text>
            First installation {first === null ? 'in the next window' : <When at={first} />}; way back:{' '}
            {[...new Set(chosen.map(({ request }) => request.unwind))].join(', ')}. You can withdraw until a ring
            starts.
          </Text>
          {left}
        </>
      ),
      yes: 'Sign and approve',
      no: 'Go back',
      run: () => about.sign(null),
    };
  if (verdict === 'reject')
    return {
      title: `Reject ${what}?`,
      body: (
        <>
          <Text>
            {machines} machines stay without {what}
            {exploited === 0 ? '' : `; ${exploited} of them fix what is exploited`}.
          </Text>
          {left}
        </>
      ),
      yes: 'Reject',
      no: 'Go back',
      harms: true,
      run: () => about.sign(null),
    };
  const until = new Date(Date.now() + weekMs);
  const missed = chosen.filter(({ request }) => {
    const deadline = request.urgency?.deadline ?? null;
    return deadline !== null && Date.parse(deadline) < until.getTime();
  }).length;
  return {
    title: `Defer ${what}?`,
    body: (
      <>
        <Text>
          It is asked again <When at={until.toISOString()} />.{' '}
          {missed === 0 ? 'No deadline falls before.' : `${missed} of them miss their deadline by then.`}
        </Text>
        {left}
      </>
    ),
    yes: 'Defer',
    no: 'Go back',
    run: () => about.sign(until.toISOString()),
  };
}

function Since({ shown }: { shown: Shown[] }) {
  const lines = shown.flatMap(({ patch, request }) =>
    request.since === null ? [] : [{ patchId: patch.patchId, ...request.since }],
  );
  if (lines.length === 0) return null;
  return (
    <Fold title={`Since the last request: ${lines.length} changed`} isOpen>
      {lines.map((line) => (
        <div key={line.patchId}>
          <Text fw={600}>
            {line.patchId}: {line.line}
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

function Checks({ chosen }: { chosen: Shown[] }) {
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
      <Fold title={`✓ Open: ${good.length} checks`}>
        <ul style={{ listStyle: 'none', padding: 0 }}>{good.map(line)}</ul>
      </Fold>
    </section>
  );
}

function Patches({
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
    <Fold title={`What: ${shown.length} ${shown.length === 1 ? 'patch' : 'patches'}`} isOpen>
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
                  , {patch.cves} CVEs
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

/** Rehearsed by the API: the very text that a signature would cover. */
function Exactly({
  category,
  seen,
  out,
  words,
}: {
  category: string;
  seen: Seen;
  out: ReadonlySet<string>;
  words: string;
}) {
  const [text, setText] = useState<string | null>(null);
  async function rehearse(): Promise<void> {
    const order = { verdict: 'approve', justification: words.trim() || 'to be written', deferUntil: null } as const;
    const answer = await ask(
      api.POST('/v1/categories/{category}/decisions', {
        params: { path: { category } },
        body: { ...bodyOf(seen, out, order), dryRun: true },
      }),
    );
    setText(answer.text);
  }
  return (
    <section aria-label="What is signed">
      <Text size="sm">
        Signs {seen.shown.length === 1 ? 'the request' : `${seen.shown.length} requests, each by its digest`}:{' '}
        {seen.shown.map(({ request }) => (
          <code key={request.requestId} style={{ marginRight: 8 }}>
            {request.digest.slice(0, 8)}…{request.digest.slice(-4)}
          </code>
        ))}
        <Button variant="default" onClick={() => void rehearse().catch((failure: Error) => setText(failure.message))}>
          See exactly
        </Button>
      </Text>
      {text === null ? null : (
        <pre className="plain-text" tabIndex={0} aria-label="The text of an approval">
          {text}
        </pre>
      )}
    </section>
  );
}

function Signed({ result, category }: { result: Schemas['BundleView']; category: string }) {
  const refused = result.entries.filter((entry) => entry.standing !== 'counts');
  return (
    <Stack gap="sm" role="status">
      <Title order={2} size="h4">
        Signed by {result.by} at <When at={result.at} />
      </Title>
      <Text>
        {result.entries.length - refused.length} of {result.entries.length} count.
      </Text>
      <ul>
        {result.entries.map((entry) => (
          <li key={entry.requestId}>
            <Mark is={entry.standing === 'counts' ? entry.verdict : 'refused'} />{' '}
            <Link to={patchPath(entry.patchId)}>{entry.patchId}</Link> {entry.reasons.join('; ')}
          </li>
        ))}
      </ul>
      <Text size="sm">
        Bundle <code>{result.bundleId}</code>, digest <code>{result.digest}</code>
      </Text>
      <Link to={`/decide/${encodeURIComponent(category)}?after=${result.bundleId}`}>
        What still waits for {category}
      </Link>
    </Stack>
  );
}
