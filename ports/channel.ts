// A channel that announces patches, and what one of its documents says.

import type { Skipped } from '../domain/msrc.js';
import type { Patch } from '../domain/patch.js';
import type { CvssFact } from '../domain/risk.js';

export interface ChannelDocument {
  id: string;
  title: string;
  /** ISO instant. */
  currentRelease: string | null;
}

/** A document of advisories, read and normalised. A bad record of it is skipped and counted; the rest is taken. */
export interface AdvisoryDocument {
  id: string;
  title: string;
  vulnerabilities: number;
  patches: Patch[];
  /** Scores that the document gives its CVEs. */
  cvss: CvssFact[];
  skipped: Skipped[];
}

export type ChannelProblem =
  | 'truncated'
  | 'wrongDocument'
  | 'entityBomb'
  | 'oversize'
  | 'malformed'
  | 'notXml'
  | 'unknownDocument'
  | 'unreachable';

/** A document that cannot be taken. Nothing already known is lost by it. */
export class ChannelDocumentError extends Error {
  constructor(
    readonly code: ChannelProblem,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ChannelDocumentError';
  }
}

export interface PatchChannel {
  name: string;
  /** What the vendor lists now. A document that is missing from it is not gone. */
  index(): Promise<ChannelDocument[]>;
  /** One document, fetched and normalised. */
  month(id: string): Promise<AdvisoryDocument>;
}
