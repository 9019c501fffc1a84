// Accounts of an identity provider and their sessions; who came, went and was sent away is history (I8).

import { and, asc, desc, eq, gt, isNull, lte, sql } from 'drizzle-orm';
import { canonical } from '../../domain/canonical.js';
import type { Account, SignInStore } from '../../ports/signIns.js';
import type { Tell } from './auditLog.js';
import type { Database } from './database.js';
import { account, signInAttempt, signInSession } from './schema/signIns.js';

const shownAccount = {
  accountId: account.accountId,
  issuer: account.issuer,
  subject: account.subject,
  name: account.name,
  mail: account.mail,
  claims: account.claims,
  claimsAt: account.claimsAt,
  notBefore: account.notBefore,
};

const shownSession = {
  sessionId: signInSession.sessionId,
  accountId: signInSession.accountId,
  startedAt: signInSession.startedAt,
  lastSeenAt: signInSession.lastSeenAt,
  endedAt: signInSession.endedAt,
  browser: signInSession.browser,
  address: signInSession.address,
};

export function createSignInStore(db: Database, tell: Tell): SignInStore {
  const found = async (where: ReturnType<typeof and>): Promise<Account | null> =>
    (await db.select(shownAccount).from(account).where(where))[0] ?? null;
  const isSubject = (issuer: string, subject: string) => and(eq(account.issuer, issuer), eq(account.subject, subject));

  return {
    async meet(person, minted) {
      const { issuer, subject, name, mail, claims, claimsAt } = person;
      const known = await found(isSubject(issuer, subject));
      // The usual case, at every request with a token: nothing is new.
      if (known !== null && known.claimsAt >= claimsAt) return known;
      return db.transaction(async (tx) => {
        const [fresh] = await tx
          .insert(account)
          .values({ ...person, accountId: minted, firstSeenAt: claimsAt, notBefore: null })
          .onConflictDoNothing()
          .returning(shownAccount);
        if (fresh !== undefined) {
          const after = { issuer, subject, mail, claims };
          await tell(tx, [{ who: name, what: `${name} came for the first time`, why: `${issuer} vouches`, after }]);
          return fresh;
        }
        const [before] = await tx.select(shownAccount).from(account).where(isSubject(issuer, subject)).for('update');
        // No such account, and none could be made: its name belongs to another.
        if (before === undefined) return 'nameTaken';
        if (before.claimsAt >= claimsAt) return before;
        const [now = before] = await tx
          .update(account)
          .set({ mail, claims, claimsAt })
          .where(eq(account.accountId, before.accountId))
          .returning(shownAccount);
        const [was, is] = [
          { mail: before.mail, claims: before.claims },
          { mail, claims },
        ];
        if (canonical(was) !== canonical(is))
          await tell(tx, [
            { who: now.name, what: `claims of ${now.name} changed`, why: `${issuer} says so`, before: was, after: is },
          ]);
        return now;
      });
    },

    byName: (name) => found(and(eq(sql`lower(${account.name})`, name.toLowerCase()))),
    account: (issuer, subject) => found(isSubject(issuer, subject)),
    accounts: () => db.select(shownAccount).from(account).orderBy(asc(account.name)),

    async begin(hash, attempt, at) {
      await db.delete(signInAttempt).where(lte(signInAttempt.expiresAt, at));
      await db.insert(signInAttempt).values({ hash, ...attempt });
    },

    async takeAttempt(hash, at) {
      const [taken] = await db.delete(signInAttempt).where(eq(signInAttempt.hash, hash)).returning();
      return taken === undefined || taken.expiresAt <= at ? null : taken;
    },

    async start({ accountId, name, issuer }, { hash, sessionId, at, browser, address }, before) {
      await db.transaction(async (tx) => {
        if (before !== null)
          await tx
            .update(signInSession)
            .set({ endedAt: at })
            .where(and(eq(signInSession.hash, before), isNull(signInSession.endedAt)));
        await tx
          .insert(signInSession)
          .values({ sessionId, hash, accountId, startedAt: at, lastSeenAt: at, endedAt: null, browser, address });
        const after = { sessionId, browser, address };
        await tell(tx, [{ at, who: name, what: `${name} signed in`, why: `${issuer} vouches`, after }]);
      });
    },

    async session(hash) {
      const [row] = await db
        .select({ session: shownSession, account: shownAccount })
        .from(signInSession)
        .innerJoin(account, eq(account.accountId, signInSession.accountId))
        .where(eq(signInSession.hash, hash));
      return row ?? null;
    },

    async noteUse(sessionId, at) {
      await db
        .update(signInSession)
        .set({ lastSeenAt: at })
        .where(and(eq(signInSession.sessionId, sessionId), isNull(signInSession.endedAt)));
    },

    sessions: ({ accountId, startedSince }) =>
      db
        .select({ ...shownSession, name: account.name })
        .from(signInSession)
        .innerJoin(account, eq(account.accountId, signInSession.accountId))
        .where(
          and(
            isNull(signInSession.endedAt),
            gt(signInSession.startedAt, startedSince),
            accountId === undefined ? undefined : eq(signInSession.accountId, accountId),
          ),
        )
        .orderBy(desc(signInSession.startedAt), asc(signInSession.sessionId))
        .limit(1000),

    async end(sessionId, by, why, at) {
      return db.transaction(async (tx) => {
        const [ended] = await tx
          .update(signInSession)
          .set({ endedAt: at })
          .where(and(eq(signInSession.sessionId, sessionId), isNull(signInSession.endedAt)))
          .returning({ accountId: signInSession.accountId });
        if (ended === undefined) return false;
        const [owner] = await tx
          .select({ name: account.name })
          .from(account)
          .where(eq(account.accountId, ended.accountId));
        await tell(tx, [
          { at, who: by, what: `session of ${owner?.name ?? 'nobody'} ended`, why, before: { sessionId } },
        ]);
        return true;
      });
    },

    async endAll({ accountId, name }, by, why, at) {
      return db.transaction(async (tx) => {
        await tx.update(account).set({ notBefore: at }).where(eq(account.accountId, accountId));
        const ended = await tx
          .update(signInSession)
          .set({ endedAt: at })
          .where(and(eq(signInSession.accountId, accountId), isNull(signInSession.endedAt)))
          .returning({ sessionId: signInSession.sessionId });
        const after = { sessions: ended.length, tokensBefore: at };
        await tell(tx, [{ at, who: by, what: `all sessions and tokens of ${name} ended`, why, after }]);
        return ended.length;
      });
    },

    noteRefused: ({ who, what, why, at }) => db.transaction((tx) => tell(tx, [{ at, who, what, why }])),
  };
}
