// Tokens of pipelines: made, used and revoked, which is history (I8).

import { and, asc, desc, eq, gt, isNull, lte } from 'drizzle-orm';
import type { ServiceTokenStore } from '../../ports/serviceTokens.js';
import type { Tell } from './auditLog.js';
import type { Database } from './database.js';
import { serviceToken as table } from './schema/serviceTokens.js';

const shown = {
  tokenId: table.tokenId,
  name: table.name,
  scope: table.scope,
  createdBy: table.createdBy,
  createdAt: table.createdAt,
  expiresAt: table.expiresAt,
  revokedAt: table.revokedAt,
  lastUsedAt: table.lastUsedAt,
};

const hourMs = 3600_000;

export function createServiceTokenStore(db: Database, tell: Tell): ServiceTokenStore {
  return {
    async create({ reason, ...token }) {
      return db.transaction(async (tx) => {
        // What has expired opens nothing: its name is free again.
        await tx
          .update(table)
          .set({ revokedAt: token.createdAt })
          .where(and(eq(table.name, token.name), isNull(table.revokedAt), lte(table.expiresAt, token.createdAt)));
        const [made] = await tx
          .insert(table)
          .values({ ...token, revokedAt: null, lastUsedAt: null })
          .onConflictDoNothing()
          .returning(shown);
        if (made === undefined) return null;
        const { tokenId, scope, expiresAt } = made;
        await tell(tx, [
          {
            at: made.createdAt,
            who: made.createdBy,
            what: `service token ${made.name} made`,
            why: reason,
            after: { tokenId, scope, expiresAt },
          },
        ]);
        return made;
      });
    },

    async byHash(hash, at) {
      const isInForce = and(eq(table.hash, hash), isNull(table.revokedAt), gt(table.expiresAt, at));
      const [found] = await db.select(shown).from(table).where(isInForce);
      if (found === undefined) return null;
      if (found.lastUsedAt === null || Date.parse(at) - Date.parse(found.lastUsedAt) > hourMs)
        await db.update(table).set({ lastUsedAt: at }).where(eq(table.tokenId, found.tokenId));
      return found;
    },

    tokens: () => db.select(shown).from(table).orderBy(desc(table.createdAt), asc(table.tokenId)).limit(1000),

    async revoke(tokenId, by, reason, at) {
      return db.transaction(async (tx) => {
        const [revoked] = await tx
          .update(table)
          .set({ revokedAt: at })
          .where(and(eq(table.tokenId, tokenId), isNull(table.revokedAt)))
          .returning(shown);
        if (revoked === undefined) return null;
        await tell(tx, [
          { at, who: by, what: `service token ${revoked.name} revoked`, why: reason, before: { tokenId } },
        ]);
        return revoked;
      });
    },
  };
}
