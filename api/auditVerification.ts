// Reads the whole audit log in pages and checks its chain.

import { checkChain, type ChainReport, type Checkpoint } from '../domain/audit.js';
import type { EventStore } from '../ports/events.js';
import type { DigestPort } from '../ports/signatures.js';

const pageSize = 5000;

/** `checkpoints`: places of the chain that were kept outside; their signatures are checked before. */
export async function verifyLog(
  events: Pick<EventStore, 'chain' | 'head'>,
  digests: DigestPort,
  checkpoints: readonly Checkpoint[],
): Promise<ChainReport> {
  const check = checkChain((text) => digests.sha256(text), checkpoints);
  // First: what is added while the pages are read lies past this end.
  const head = await events.head();
  for (let after = 0; ; ) {
    const page = await events.chain(after, pageSize, head?.seq);
    for (const event of page) check.take(event);
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.seq;
  }
  const report = check.finish(head);
  if (head === null)
    report.findings.push({ kind: 'cut', seq: report.last.seq + 1, detail: 'the log’s own end is missing' });
  return report;
}
