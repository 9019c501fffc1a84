// Channels and their documents: what was listed, what was read, what could not be taken.

import { and, asc, count, desc, eq, gt, isNotNull, sql, type SQL } from 'drizzle-orm';
import type { ChannelRecord, ChannelStore, KnownDocument } from '../../ports/channel.js';
import type { Tell } from './auditLog.js';
import type { Database } from './database.js';
import { jsonText } from './json.js';
import { channel, channelDocument } from './schema/channels.js';

export function createChannelStore(db: Database, tell: Tell): ChannelStore {
  const documents = async (where: SQL | undefined, limit: number, newestFirst: boolean): Promise<KnownDocument[]> => {
    const rows = await db
      .select()
      .from(channelDocument)
      .where(where)
      .orderBy(
        ...(newestFirst
          ? [sql`${channelDocument.changedAt} desc nulls first`, desc(channelDocument.id)]
          : [asc(channelDocument.id)]),
      )
      .limit(limit);
    return rows.map(({ readChangedAt: _readChangedAt, ...row }) => row);
  };
  const one = (name: string, id: string) => and(eq(channelDocument.channel, name), eq(channelDocument.id, id));

  const records = async (name?: string): Promise<ChannelRecord[]> => {
    const [held, counted] = await Promise.all([
      db
        .select()
        .from(channel)
        .where(name === undefined ? undefined : eq(channel.name, name))
        .orderBy(channel.name),
      db
        .select({
          name: channelDocument.channel,
          documents: count(),
          pending: sql<number>`count(*) filter (where ${channelDocument.pending})`.mapWith(Number),
          troubled: count(channelDocument.problem),
        })
        .from(channelDocument)
        .where(name === undefined ? undefined : eq(channelDocument.channel, name))
        .groupBy(channelDocument.channel),
    ]);
    const counts = new Map(counted.map((row) => [row.name, row]));
    return held.map((row) => ({ documents: 0, pending: 0, troubled: 0, ...counts.get(row.name), ...row }));
  };

  return {
    async listed(name, { documents: listed }, at) {
      if (listed.length > 0)
        await db.execute(sql`
          insert into channel_document (channel, id, title, changed_at, weight, patches, skipped, pending)
          select ${name}, r.id, r.title, r."changedAt", 0, 0, '[]'::jsonb, true
          from jsonb_to_recordset(${jsonText(listed)}::jsonb) as r(id text, title text, "changedAt" text)
          on conflict (channel, id) do update set title = excluded.title, changed_at = excluded.changed_at,
            pending = channel_document.pending or excluded.changed_at is null
              or excluded.changed_at is distinct from channel_document.read_changed_at
              or channel_document.shrunk_since is not null
          where channel_document.title is distinct from excluded.title
            or channel_document.changed_at is distinct from excluded.changed_at
            or excluded.changed_at is null
            or excluded.changed_at is distinct from channel_document.read_changed_at
            or channel_document.shrunk_since is not null`);
      await db
        .insert(channel)
        .values({ name, triedAt: at, skipped: [] })
        .onConflictDoUpdate({ target: channel.name, set: { triedAt: at } });
      const [{ pending } = { pending: 0 }] = await db
        .select({ pending: count() })
        .from(channelDocument)
        .where(and(eq(channelDocument.channel, name), channelDocument.pending));
      return { pending };
    },

    pending: (name, limit) => documents(and(eq(channelDocument.channel, name), channelDocument.pending), limit, true),

    async document(name, id) {
      return (await documents(one(name, id), 1, false))[0] ?? null;
    },

    async read(name, id, outcome, at) {
      const done = { pending: false, problem: null, shrunkSince: null, readAt: at };
      await db
        .insert(channelDocument)
        .values({ channel: name, id, title: id, weight: 0, patches: 0, skipped: [], ...done, ...outcome })
        .onConflictDoUpdate({
          target: [channelDocument.channel, channelDocument.id],
          set: { ...done, readChangedAt: sql`${channelDocument.changedAt}`, ...outcome },
        });
    },

    async troubled(name, id, problem, { again, shrunkSince }) {
      const done = { pending: false, problem, shrunkSince };
      await db
        .insert(channelDocument)
        .values({ channel: name, id, title: id, weight: 0, patches: 0, skipped: [], ...done })
        .onConflictDoUpdate({
          target: [channelDocument.channel, channelDocument.id],
          set: { ...done, readChangedAt: again ? null : sql`${channelDocument.changedAt}` },
        });
    },

    async visited(name, { at, problem, changed, skipped }) {
      await db.transaction(async (tx) => {
        const [before] = await tx.select().from(channel).where(eq(channel.name, name)).for('update');
        const after = {
          triedAt: at,
          problem,
          skipped,
          failingSince: problem === null ? null : (before?.failingSince ?? at),
          ...(problem === null ? { succeededAt: at } : {}),
          ...(changed ? { changedAt: at } : {}),
        };
        await tx
          .insert(channel)
          .values({ name, ...after })
          .onConflictDoUpdate({ target: channel.name, set: after });
        if ((before?.problem ?? null) === problem) return;
        const what = problem === null ? `channel ${name} is read again` : `channel ${name} could not be read`;
        await tell(tx, [
          { at, what, why: problem ?? '', before: { problem: before?.problem ?? null }, after: { problem } },
        ]);
      });
      const [record] = await records(name);
      if (record === undefined) throw new Error(`channel ${name} was written and is not there`);
      return record;
    },

    channels: () => records(),

    documents: (name, { after, limit, troubled }) =>
      documents(
        and(
          eq(channelDocument.channel, name),
          after === undefined ? undefined : gt(channelDocument.id, after),
          troubled === true ? isNotNull(channelDocument.problem) : undefined,
        ),
        limit,
        false,
      ),
  };
}
