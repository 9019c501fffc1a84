// Change records kept up with the rows: whoever changes something of an approved patch in production looks here, and the same facts write nothing new.

import {
  changeIdOf,
  changeStanding,
  outcomeWords,
  readExternal,
  type ChangeContent,
  type ChangeFacts,
} from '../domain/changeRecord.js';
import { afterAttempt } from '../domain/noticeRetry.js';
import type { ChangeWebhook } from '../domain/policy.js';
import type { DecisionRequest } from '../ports/decisions.js';
import type { Ports } from './ports.js';

/** Longer than any attempt takes. */
const staleSeconds = 120;
/** Names that a record holds; all of them are in the manifest. */
const namesMax = 50;

export interface ChangeAsked {
  patchId: string;
  category: string;
  digest: string;
  /** A gate of it has opened now. */
  starting?: boolean;
  /** Its rollout is over. */
  ended?: boolean;
}

/** Null: nothing was approved with that digest. */
export async function keepChange(ports: Ports, asked: ChangeAsked): Promise<string | null> {
  const { patchId, category, digest } = asked;
  const requests = await ports.inventory.decisions.requests({ patchId });
  const request = requests.findLast((one) => one.category === category && one.digest === digest);
  if (request === undefined) return null;
  const changeId = changeIdOf(patchId, category, digest);
  const { changes } = await ports.policy.current();
  const targets = changes.webhooks.map((webhook) => webhook.name);
  const content = await contentOf(ports, changeId, request, asked);
  if (content === null) return null;
  if (await ports.inventory.changes.save(changeId, content, targets, ports.clock.now()))
    if (targets.length > 0) await ports.engine.startChangeDelivery(changeId);
  return changeId;
}

/** All of a patch that are open, and that are not of the given approval. */
export async function endChanges(
  ports: Ports,
  filter: { patchId: string; category?: string },
  but = '',
): Promise<void> {
  for (const { changeId, patchId, category, digest } of await ports.inventory.changes.changes({
    ...filter,
    open: true,
  }))
    if (changeId !== but) await keepChange(ports, { patchId, category, digest, ended: true });
}

/** I5: why a ring may not begin yet: policy wants a receiver to have taken the change first. */
export async function changeProblems(ports: Ports, changeId: string | null): Promise<string[]> {
  const { changes } = await ports.policy.current();
  const required = changes.webhooks.filter((webhook) => webhook.required);
  if (required.length === 0) return [];
  const record = changeId === null ? null : await ports.inventory.changes.change(changeId);
  return required
    .filter(({ name }) => record === null || !record.external.some((one) => one.target === name))
    .map(({ name }) => `${name} has not taken the change ${changeId ?? ''} yet: patchline change show`);
}

export function createChangeActivities(ports: Ports) {
  const { changes } = ports.inventory;

  return {
    async dueChangeDeliveries({ changeId }: { changeId: string }): Promise<{ due: string[]; nextAt: string | null }> {
      const now = ports.clock.now();
      const open = await changes.deliveries({ changeId, open: true });
      const first = open.filter((one, index) => open.findIndex((other) => other.target === one.target) === index);
      const due = first.filter((one) => one.state === 'waiting' && one.nextAttemptAt <= now);
      const others = first.filter((one) => !due.includes(one));
      // One under way is looked at again when it would be lost.
      const again = others.map((one) =>
        one.state === 'waiting' ? one.nextAttemptAt : new Date(Date.parse(now) + staleSeconds * 1000).toISOString(),
      );
      return { due: due.map((one) => one.deliveryId), nextAt: again.sort()[0] ?? null };
    },

    /** One attempt, claimed first: a crash between sending and writing down repeats it, with the same key. */
    async deliverChange({ deliveryId }: { deliveryId: string }): Promise<{ state: string; detail: string }> {
      const claimed = await changes.claim(deliveryId, ports.clock.now(), staleSeconds);
      if (claimed === null) return { state: 'notDue', detail: 'it is closed, or under way' };
      const policy = await ports.policy.current();
      const webhook = policy.changes.webhooks.find((one) => one.name === claimed.target);
      const { answer, text } = await send(webhook, claimed.changeId, claimed.version);
      const at = ports.clock.now();
      const after = afterAttempt(answer, claimed.attempts, policy.notices.delivery, at);
      const external =
        after.state === 'delivered' ? { target: claimed.target, ...readExternal(text), acceptedAt: at } : null;
      await changes.attempted(deliveryId, after, external, at);
      return { state: after.state, detail: after.state === 'delivered' ? after.answer : after.problem };
    },

    /** For safety: whatever is open is looked at, one whose rollout has ended is closed, and what is to be delivered has a workflow. */
    async sweepChanges(): Promise<{ open: number }> {
      const open = await changes.changes({ open: true });
      for (const { patchId, category, digest } of open) {
        const ended = !(await ports.engine.isRunning(`rollout/${patchId}/${category}`));
        await keepChange(ports, { patchId, category, digest, ended });
      }
      const waiting = new Set((await changes.deliveries({ open: true })).map((one) => one.changeId));
      for (const changeId of waiting) await ports.engine.startChangeDelivery(changeId);
      return { open: open.length };
    },
  };

  async function send(webhook: ChangeWebhook | undefined, changeId: string, version: number) {
    const record = await changes.change(changeId);
    if (webhook === undefined || record === null)
      return {
        answer: {
          kind: 'failed',
          passing: false,
          problem: 'policy has no such webhook any more',
          retryAfterSeconds: null,
        },
        text: '',
      } as const;
    const { external, ...told } = record;
    const known = external.find((one) => one.target === webhook.name) ?? null;
    // What stands now is told, under the number of the version that asked for it: a later one says the same or more.
    const body = JSON.stringify({ version: 1, change: { ...told, event: version }, known });
    return ports.delivery.sendSigned(webhook, body, `${changeId}#${version}`);
  }
}

async function contentOf(
  ports: Ports,
  changeId: string,
  request: DecisionRequest,
  { starting, ended }: ChangeAsked,
): Promise<ChangeContent | null> {
  const { decisions, runs, patches, fleet, changes, arrivals } = ports.inventory;
  const { patchId, category, digest, subject } = request;
  const accepted = await decisions.decisions({ patchId, category, complete: true });
  const approvals = accepted.filter((one) => one.digest === digest && one.verdict === 'approve');
  if (approvals.length === 0) return null;
  const before = await changes.change(changeId);
  const mine = await runsOf(ports, request);
  const came = await arrivals.arrivals({ digest });
  const joined = came.filter((one) => one.joins).map((one) => one.vmId);
  const vmIds = [...new Set([...subject.vmIds, ...joined])];
  const facts: ChangeFacts = {
    vmIds,
    rows: (await runs.manifest({ patchId })).filter((row) => mine.some((run) => run.runKey === row.runKey)),
    runs: mine,
    starting: starting === true || before?.state === 'started',
    ended: ended === true,
  };
  const { state, counts } = changeStanding(facts);
  const taken = await ports.inventory.withdrawals.withdrawals({ patchId, category, accepted: true });
  const withdrawn = taken.find((one) => one.kind === 'approval' && one.requestId === request.requestId);
  const words = withdrawn === undefined ? '' : `; the approval was withdrawn by ${withdrawn.by}: ${withdrawn.reason}`;
  const names = await fleet.names(vmIds);
  return {
    patchId,
    category,
    digest,
    requestId: request.requestId,
    title: (await patches.patch(patchId))?.patch.title ?? patchId,
    state,
    windows: mine.map(({ runKey, opensAt, closesAt }) => ({ runKey, opensAt, closesAt })),
    counts,
    machines: vmIds.slice(0, namesMax).map((vmId) => names.get(vmId) ?? vmId),
    requestedBy: request.requestedBy,
    approvedBy: approvals.map(({ by, at, justification, decisionId }) => ({ by, at, justification, decisionId })),
    test: { runKey: subject.testRunKey, verdict: subject.testVerdict, set: subject.testedSet },
    rollbackPlan:
      subject.unwind === 'restorePoint'
        ? 'a sick machine returns to the restore point that is taken before the installation; what its OS disk got since is lost'
        : 'a sick machine is quarantined and a person decides; the restore point that is taken before the installation is kept',
    outcome: `${outcomeWords(state, counts)}${words}`,
  };
}

/** Production runs that this very approval was enrolled in, in the order of their windows. */
async function runsOf(ports: Ports, { patchId, category, digest }: DecisionRequest) {
  const { runs } = ports.inventory;
  const prefix = `maintenance/production/${category}/`;
  const planned = (await runs.manifest({ patchId })).map((row) => row.runKey);
  const open = (await runs.runs({ status: 'open' })).map((run) => run.runKey);
  const keys = [...new Set([...planned, ...open])].filter((runKey) => runKey.startsWith(prefix));
  if (keys.length === 0) return [];
  const enrolled = await runs.enrolments(...keys);
  const mine = new Set(
    enrolled.filter((one) => one.patchId === patchId && one.digest === digest).map((one) => one.runKey),
  );
  const found = await Promise.all([...mine].map((runKey) => runs.run(runKey)));
  return found
    .flatMap((run) => (run === null ? [] : [run]))
    .sort((a, b) => (a.opensAt < b.opensAt ? -1 : a.opensAt > b.opensAt ? 1 : a.runKey < b.runKey ? -1 : 1));
}
