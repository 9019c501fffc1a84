// News of patches: what vendors changed, which successors came, which known issues opened and closed, what nobody announced. Told once each.

import { handNeedsOf, softwareFixesOf } from '../domain/byHand.js';
import { presenceOf } from '../domain/demand.js';
import { toldIssue, type KnownIssue } from '../domain/knownIssue.js';
import { takenOver } from '../domain/revision.js';
import { phaseOf, successorsOf } from '../domain/succession.js';
import type { PatchRecord } from '../ports/patches.js';
import type { NoticeKind } from '../ports/notices.js';
import type { RecordedRevision } from '../ports/patchRevisions.js';
import { concernedBy } from './concerned.js';
import type { Ports } from './ports.js';
import { withdrawReplaced } from './review.js';

const namesMax = 20;

export function createNewsActivities(ports: Ports) {
  const { inventory } = ports;

  return {
    /** Applies and tells what is new. `workflowIds`: who has to look again; `revised`: whether machines may comply no longer. */
    async reviewPatches(): Promise<{ workflowIds: string[]; revised: boolean }> {
      const records = await inventory.patches.patches();
      const revisions = await inventory.revisions.untold();
      const looking = [
        ...(await reviewSuccessions(records)),
        ...(await tellRevisions(revisions, records)),
        ...(await tellIssues(records)),
        ...(await reviewEdits()),
      ];
      await tellUnknownNeeds();
      await closeDoneByHand(records);
      const workflowIds: string[] = [];
      for (const patchId of [...new Set(looking)].sort()) workflowIds.push(...(await workflowsOf(patchId)));
      return { workflowIds, revised: revisions.length > 0 };
    },
  };

  /** I11: whoever is superseded while it is under way is withdrawn as policy says. Returns all of them. */
  async function reviewSuccessions(records: PatchRecord[]): Promise<string[]> {
    const inFlight = records.filter((one) => phaseOf(one.stage) !== null).map((one) => one.patch.patchId);
    const successors = successorsOf(
      inFlight,
      records.map((record) => record.patch),
    );
    await inventory.successions.save(
      inFlight.map((patchId) => ({ patchId, successor: successors.get(patchId) ?? null })),
      ports.clock.now(),
    );
    for (const patchId of successors.keys()) await withdrawReplaced(ports, patchId);
    for (const one of await inventory.successions.untold()) {
      const { supersedence } = await ports.policy.current();
      const record = records.find((candidate) => candidate.patch.patchId === one.patchId);
      const kept = one.keptAgainst === one.successor;
      await tellConcerned(ports, {
        kind: 'patchSuperseded',
        patchId: one.patchId,
        occasion: `${one.successor ?? ''}${kept ? '/kept' : ''}`,
        subject: kept
          ? `${one.patchId} is kept although ${one.successor ?? ''} supersedes it`
          : `${one.patchId} is superseded by ${one.successor ?? ''}`,
        lines: [
          `${one.patchId}: ${record?.patch.title ?? ''}. It is ${record?.stage ?? 'unknown'}: ${record?.stageDetail ?? ''}`,
          kept
            ? `Kept by ${one.keptBy ?? ''}: ${one.keptReason ?? ''}`
            : `By policy: in test ${supersedence.inTest}, awaiting a decision ${supersedence.awaiting}, deploying ${supersedence.deploying}. ${one.successor ?? ''} is tested and decided on its own.`,
          ...(kept ? [] : [`To keep it nevertheless: patchline patch keep ${one.patchId} --reason …`]),
        ],
        owners: false,
      });
      await inventory.successions.told(one.patchId, ports.clock.now());
    }
    return [...successors.keys()];
  }

  async function tellRevisions(revisions: RecordedRevision[], records: PatchRecord[]): Promise<string[]> {
    for (const revision of revisions) {
      const { patchId, weight, changes, seq } = revision;
      const reopened = await reopenedBy(revision, records);
      const what = weight === 'content' ? 'Content' : 'Terms';
      await tellConcerned(ports, {
        kind: 'patchRevised',
        patchId,
        occasion: `revision-${seq}`,
        subject: `${patchId} was revised by its vendor`,
        lines: [
          ...changes,
          weight === 'content'
            ? `${what} changed: what is under way is tested again before production.`
            : `${what} changed: requests that wait are asked again.`,
          ...reopened.lines,
        ],
        owners: true,
        besides: reopened.vmIds,
      });
    }
    await inventory.revisions.told(
      revisions.map((one) => one.seq),
      ports.clock.now(),
    );
    return revisions.map((one) => one.patchId);
  }

  /** Machines that have the patch, and need another one since: what was thought to be fixed there is not. */
  async function reopenedBy(
    { patchId, lostCves }: RecordedRevision,
    records: PatchRecord[],
  ): Promise<{ lines: string[]; vmIds: string[] }> {
    const patch = records.find((record) => record.patch.patchId === patchId)?.patch;
    if (patch === undefined || lostCves.length === 0) return { lines: [], vmIds: [] };
    const patches = records.map((record) => record.patch);
    const successors = takenOver(patch, lostCves, patches);
    if (successors.length === 0)
      return { lines: [`No other patch is known that fixes ${lostCves.join(', ')}.`], vmIds: [] };
    const vms = (await inventory.fleet.vms({ existing: true })).filter(
      (vm) => presenceOf(patch, vm).kind === 'present',
    );
    const lines = [`${lostCves.join(', ')}: fixed by ${successors.join(', ')} in place of ${patchId}.`];
    const vmIds: string[] = [];
    for (const successor of successors) {
      const needing = new Set((await inventory.patches.demand({ patchId: successor })).map((row) => row.vmId));
      const open = vms.filter((vm) => needing.has(vm.vmId));
      const names = open.map((vm) => vm.name);
      vmIds.push(...open.map((vm) => vm.vmId));
      const more = names.length > namesMax ? ` and ${names.length - namesMax} more` : '';
      if (names.length > 0)
        lines.push(
          `${names.length} machines that have ${patchId} need ${successor}: ${names.slice(0, namesMax).join(', ')}${more}.`,
        );
    }
    return { lines, vmIds };
  }

  /** Of a patch that nothing was done with yet, the announcement itself tells. */
  async function tellIssues(records: PatchRecord[]): Promise<string[]> {
    const untold = await inventory.knownIssues.untold();
    const stages = new Map(records.map((record) => [record.patch.patchId, record.stage]));
    for (const issue of untold) {
      if ((stages.get(issue.patchId) ?? 'known') !== 'known') await tellIssue(issue);
      await inventory.knownIssues.told(issue.issueId, ports.clock.now());
    }
    return untold.map((issue) => issue.patchId);
  }

  async function tellIssue(issue: KnownIssue): Promise<void> {
    const { patchId, issueId, closedAt, closedBy, outcome, effect } = issue;
    const ended = closedAt !== null;
    await tellConcerned(ports, {
      kind: 'knownIssue',
      patchId,
      occasion: `issue-${issueId}/${ended ? 'closed' : 'opened'}`,
      subject: ended ? `A known issue of ${patchId} was closed` : `${patchId} has a known issue`,
      lines: ended
        ? [toldIssue(issue), `Closed by ${closedBy ?? ''}: ${outcome ?? ''}`, 'What it held goes on.']
        : [
            toldIssue(issue),
            ...(effect === 'hold'
              ? [
                  'Where policy says so, nothing of it begins in production until the issue is closed, or accepted for a category:',
                  `patchline known-issue accept ${issueId} --category … --reason …`,
                ]
              : []),
          ],
      owners: true,
    });
  }

  async function tellUnknownNeeds(): Promise<void> {
    const untold = await inventory.needs.untold();
    if (untold.length === 0) return;
    const names = untold.map((one) => one.name);
    const people = await ports.policy.people();
    await ports.notices.tell({
      kind: 'unknownNeeded',
      urgency: 'routine',
      occasion: `unknown/${ports.digests.sha256(names.join('\n')).slice(0, 16)}`,
      to: people.filter((person) => person.roles.includes('sre')).map((person) => person.mail),
      subject: `${names.length} updates are needed that no channel announced`,
      lines: [
        ...untold.slice(0, 50).map((one) => `${one.name}: ${one.title}, ${one.vmIds.length} machines`),
        'patchline patch list --unknown shows the machines. Each is told once.',
      ],
      patchId: null,
      category: null,
    });
    await inventory.needs.told(names, ports.clock.now());
  }

  /** Installed by people: done when the guests' software, or a person's word, says so of every machine. */
  async function closeDoneByHand(records: PatchRecord[]): Promise<void> {
    const { limits } = await ports.policy.current();
    for (const { patch, stage, needed } of records) {
      if (stage !== 'byHand' || needed > 0) continue;
      const names = softwareFixesOf(patch).map((fix) => fix.name);
      const facts = await inventory.byHand.facts(patch.patchId, names);
      const needs = handNeedsOf(patch, facts, ports.clock.now(), limits.factsMaxAgeMinutes);
      const count = (...kinds: string[]) => needs.filter(({ need }) => kinds.includes(need.kind)).length;
      if (count('needed') > 0) continue;
      const told = `${count('fixed')} machines show it, ${count('doneByHand')} were done by hand, ${count('unknown')} are unknown`;
      await inventory.patches.setStage(patch.patchId, count('unknown') > 0 ? 'byHand' : 'verified', told);
    }
  }

  /** Whoever waits asks again: those who decide hear of it by the new request. */
  async function reviewEdits(): Promise<string[]> {
    const edits = await inventory.impacts.untold();
    await inventory.impacts.told(
      edits.map((edit) => edit.editId),
      ports.clock.now(),
    );
    return edits.map((edit) => edit.patchId);
  }

  async function workflowsOf(patchId: string): Promise<string[]> {
    const requests = await inventory.decisions.requests({ patchId });
    const categories = [...new Set(requests.map((request) => request.category))];
    return [`patch/${patchId}`, ...categories.map((category) => `rollout/${patchId}/${category}`)];
  }
}

interface News {
  kind: NoticeKind;
  patchId: string;
  occasion: string;
  subject: string;
  lines: string[];
  /** Owners of machines too, not only those who decide. */
  owners: boolean;
  /** Machines that it concerns besides those that need it or were asked for. */
  besides?: string[];
}

/** To approvers of the categories whose machines need it or were asked for, and to owners where they are concerned. */
async function tellConcerned(ports: Ports, { patchId, occasion, owners, besides = [], ...news }: News): Promise<void> {
  const [demand, requests] = await Promise.all([
    ports.inventory.patches.demand({ patchId }),
    ports.inventory.decisions.requests({ patchId }),
  ]);
  const vmIds = [...demand.map((row) => row.vmId), ...requests.flatMap((request) => request.subject.vmIds), ...besides];
  const concerned = await concernedBy(ports, new Set(vmIds));
  const to = [...new Set([...concerned.approvers, ...(owners ? concerned.owners : [])])];
  await ports.notices.tell({
    ...news,
    urgency: 'routine',
    patchId,
    category: null,
    to,
    occasion: `life/${patchId}/${occasion}`,
  });
}

/** An older patch may be wanted after all when its successor comes to nothing: who decides for it is told how. */
export async function tellOfBadEnd(ports: Ports, successor: string, stage: string, detail: string): Promise<void> {
  for (const { patchId, keptAgainst } of await ports.inventory.successions.replacedBy(successor)) {
    if (keptAgainst === successor) continue;
    await tellConcerned(ports, {
      kind: 'patchSuperseded',
      patchId,
      occasion: `${successor}/${stage}`,
      subject: `${successor}, which supersedes ${patchId}, ended as ${stage}`,
      lines: [
        detail,
        `${patchId} stays superseded unless somebody who decides keeps it: patchline patch keep ${patchId} --reason …`,
      ],
      owners: false,
    });
  }
}
