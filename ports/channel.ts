// A channel that announces patches.

import type { Patch } from '../domain/patch.js';

export interface ChannelDocument {
  id: string;
  title: string;
  /** ISO instant. */
  currentRelease: string | null;
}

export interface ChannelMonth {
  id: string;
  vulnerabilities: number;
  patches: Patch[];
  skipped: { reason: string; count: number; examples: string[] }[];
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
  month(id: string): Promise<ChannelMonth>;
}
