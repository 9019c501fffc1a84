// Reading channels: what is listed, what of it changed, and taking one document after the other. Whatever fails, what is known stays.

import { channelHealth, nothingTaken, sumOf, versionVerdict, type Taken } from '../domain/channel.js';
import {
  ChannelDocumentError,
  type Channel,
  type ChannelStore,
  type DocumentAnswer,
  type KnownDocument,
} from '../ports/channel.js';
import type { Skipped } from '../domain/skipped.js';
import { givenUp } from './failures.js';
import type { Ports } from './ports.js';

export type Listed = { kind: 'listed'; pending: number; skipped: Skipped[] } | { kind: 'failed'; problem: string };

/** Documents in one attempt, so that none takes long. */
const batchSize = 20;
/** Small documents are read a few at once; months of the MSRC fill the memory one by one. */
const atOnce = 4;

export function createChannelActivities(ports: Ports) {
  const { channels, patches, risks } = ports.inventory;

  async function channelNamed(name: string): Promise<Channel> {
    const all = await ports.channels.all();
    const found = all.find((channel) => channel.name === name);
    if (found !== undefined) return found;
    throw givenUp(`policy names no channel ${name}: it names ${all.map((one) => one.name).join(', ') || 'none'}`);
  }

  /** Scores are kept for CVEs that patches name: a new patch needs those of a file that did not change. */
  async function relevant(channel: Channel, answer: Extract<DocumentAnswer, { kind: 'read' }>) {
    if (channel.kind !== 'epss' || answer.risk === null) return answer.risk;
    const named = new Set(await patches.cves({ needed: false }));
    return { ...answer.risk, epss: answer.risk.epss.filter((fact) => named.has(fact.cve)) };
  }

  async function store(channel: Channel, answer: Extract<DocumentAnswer, { kind: 'read' }>, at: string) {
    const { advisories } = answer;
    const saved = advisories === null ? null : await patches.savePatches(advisories.patches, at);
    const scores = advisories === null || advisories.cvss.length === 0 ? null : advisories;
    const risk = await relevant(channel, answer);
    const changed = [
      ...(scores === null
        ? []
        : [{ channel: channel.name, document: scores.id, kev: [], epss: [], ssvc: [], cvss: scores.cvss }]),
      ...(risk === null ? [] : [risk]),
    ];
    let risksChanged = 0;
    for (const facts of changed) risksChanged += (await risks.save(facts, at)).changed;
    return { added: saved?.added.length ?? 0, revised: saved?.revised.length ?? 0, risks: risksChanged };
  }

  /** One document: fetched, doubted when it shrank, stored. Throws `ChannelDocumentError`. */
  async function take(channel: Channel, id: string, held: KnownDocument | null, whole: boolean): Promise<Taken> {
    const { shrunkHours } = (await ports.policy.current()).channels;
    const isHeld = held !== null && held.readAt !== null;
    const answer = await channel.read(id, whole || !isHeld || channel.kind === 'epss' ? null : held);
    const at = ports.clock.now();
    if (answer.kind !== 'read') {
      await channels.read(channel.name, id, null, at);
      return nothingTaken;
    }
    const verdict = versionVerdict(isHeld ? held : null, answer, shrunkHours, at);
    if (verdict.kind === 'wait') {
      await channels.troubled(channel.name, id, verdict.reason, { again: true, shrunkSince: verdict.since });
      return { ...nothingTaken, troubled: 1, problem: `${id}: ${verdict.reason}` };
    }
    const saved = await store(channel, answer, at);
    await channels.read(channel.name, id, outcomeOf(answer), at);
    return { ...nothingTaken, ...saved, read: 1 };
  }

  async function takeOrNote(channel: Channel, document: KnownDocument): Promise<Taken> {
    try {
      return await take(channel, document.id, document, false);
    } catch (failure) {
      if (!(failure instanceof ChannelDocumentError)) throw failure;
      // A month that the vendor does not list yet is no trouble.
      if (failure.code === 'unknownDocument' && document.changedAt === null) {
        await channels.read(channel.name, document.id, null, ports.clock.now());
        return nothingTaken;
      }
      await channels.troubled(channel.name, document.id, failure.message, {
        again: isPassing(failure),
        shrunkSince: document.shrunkSince,
      });
      return { ...nothingTaken, troubled: 1, problem: `${document.id}: ${failure.message}` };
    }
  }

  return {
    /** What the vendor lists now becomes known; what of it changed becomes pending. */
    async listChannel(input: { channel: string }): Promise<Listed> {
      const channel = await channelNamed(input.channel);
      const at = ports.clock.now();
      try {
        const since = (await channels.channels()).find((one) => one.name === channel.name)?.succeededAt ?? null;
        const cves = channel.kind === 'vulnrichment' ? await patches.cves({ needed: true }) : [];
        const listing = await channel.list(since, at, cves);
        const { pending } = await channels.listed(channel.name, listing, at);
        return { kind: 'listed', pending, skipped: listing.skipped };
      } catch (failure) {
        if (!(failure instanceof ChannelDocumentError)) throw failure;
        return { kind: 'failed', problem: failure.message };
      }
    },

    /** Some of the pending documents, the newest first; `stopped`: the vendor answers nothing any more. */
    async readChannel(input: { channel: string }): Promise<Taken & { remaining: boolean; stopped: boolean }> {
      const channel = await channelNamed(input.channel);
      const batch = await channels.pending(channel.name, batchSize);
      const taken: Taken[] = [];
      const queue = [...batch];
      const lane = async (): Promise<void> => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift())
          taken.push(await takeOrNote(channel, next));
      };
      await Promise.all(Array.from({ length: channel.kind === 'msrc' ? 1 : atOnce }, lane));
      const sum = sumOf(taken);
      return {
        ...sum,
        remaining: batch.length === batchSize,
        stopped: batch.length > 1 && sum.troubled === batch.length,
      };
    },

    /** One month of the MSRC, read whole because somebody asks for it. */
    async syncChannel(input: { month: string }): Promise<Taken> {
      const channel = (await ports.channels.all()).find((one) => one.kind === 'msrc');
      if (channel === undefined) throw givenUp('policy names no channel of the MSRC: nothing can be read by month');
      try {
        return await take(channel, input.month, await channels.document(channel.name, input.month), true);
      } catch (failure) {
        if (!(failure instanceof ChannelDocumentError) || isPassing(failure)) throw failure;
        // A document that is wrong stays wrong: only what a later attempt may mend is tried again.
        throw givenUp(`${input.month}: ${failure.message}`, failure.code);
      }
    },

    /** The visit's end is written; a channel that has been silent for long is told of, once. */
    async concludeVisit(input: {
      channel: string;
      problem: string | null;
      taken: Pick<Taken, 'added' | 'revised' | 'risks'>;
      skipped: Skipped[];
    }): Promise<{ health: string; startCycle: boolean }> {
      const { channels: policy } = await ports.policy.current();
      const at = ports.clock.now();
      const { channel: name, problem, skipped, taken } = input;
      const changed = taken.added + taken.revised > 0;
      const record = await channels.visited(name, { at, problem, skipped, changed });
      const health = channelHealth(record, policy, at);
      if (health.kind === 'silent') await tellSilence(record.name, health.reason, record.failingSince ?? at);
      // A cycle computes deadlines too; what moves them alone need not wait for one.
      const startCycle = changed && policy.startCycle;
      if (taken.risks > 0 && !startCycle)
        await ports.engine.auditUrgency(`channel ${name} told of ${taken.risks} CVEs`);
      return {
        health: health.kind === 'healthy' ? 'healthy' : `${health.kind}: ${health.reason}`,
        startCycle,
      };
    },
  };

  async function tellSilence(name: string, reason: string, since: string): Promise<void> {
    const people = await ports.policy.people();
    const caring = people.filter((person) => person.roles.some((role) => role === 'sre' || role === 'administrator'));
    await ports.notices.tell({
      kind: 'channelFailing',
      occasion: `channel/${name}/silent/${since}`,
      urgency: 'routine',
      to: caring.map((person) => person.mail),
      subject: `Channel ${name} is silent`,
      lines: [
        `${name}: ${reason}.`,
        'What it told before stays known. New patches and dangers of this vendor are not heard of until it is read again.',
        `patchline channel show ${name}`,
      ],
      patchId: null,
      category: null,
    });
  }
}

function isPassing(failure: ChannelDocumentError): boolean {
  return failure.code === 'unreachable' || failure.code === 'truncated';
}

function outcomeOf({
  marks: { etag, lastModified },
  weight,
  advisories,
  risk,
}: Extract<DocumentAnswer, { kind: 'read' }>): NonNullable<Parameters<ChannelStore['read']>[2]> {
  const skipped = [...(advisories?.skipped ?? []), ...(risk?.skipped ?? [])];
  return { etag, lastModified, weight, patches: advisories?.patches.length ?? 0, skipped };
}
