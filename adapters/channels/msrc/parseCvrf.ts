// Reads an MSRC document as a stream: capped, without any declared entity, whole or not at all.

import { SaxesParser, type SaxesTagPlain } from 'saxes';
import {
  actionRequired,
  type CvrfDocument,
  type CvrfRemediation,
  type CvrfThreat,
  type CvrfVulnerability,
} from '../../../domain/cvrf.js';
import type { WrittenScore } from '../../../domain/cvss.js';
import { ChannelDocumentError } from '../../../ports/channel.js';
import { instantOf } from '../instants.js';

export const documentSizeMaxBytes = 64 * 1024 * 1024;

/** `asked`: the id that the document must have; null takes any. */
export async function parseCvrf(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  asked: string | null,
  sizeMaxBytes = documentSizeMaxBytes,
): Promise<CvrfDocument> {
  const reader = new CvrfReader();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let size = 0;
  try {
    for await (const chunk of chunks) {
      size += chunk.byteLength;
      if (size > sizeMaxBytes)
        throw new ChannelDocumentError(
          'oversize',
          `the document is larger than ${sizeMaxBytes} bytes: nothing of it was taken`,
        );
      reader.write(decoder.decode(chunk, { stream: true }));
    }
    reader.write(decoder.decode());
  } catch (failure) {
    throw asChannelError(failure);
  }
  const document = reader.close();
  checkAsked(asked, document.id);
  return document;
}

export function checkAsked(asked: string | null, id: string): void {
  if (asked !== null && id !== asked)
    throw new ChannelDocumentError(
      'wrongDocument',
      `asked for ${asked}, the document calls itself ${id}: nothing of it was taken`,
    );
}

function asChannelError(failure: unknown): Error {
  if (failure instanceof ChannelDocumentError) return failure;
  // By name: a test runner's own realm has another class of the same error.
  if (failure !== null && typeof failure === 'object' && 'name' in failure && failure.name === 'TypeError')
    return new ChannelDocumentError('malformed', 'the document is not UTF-8 text', { cause: failure });
  return failure instanceof Error ? failure : new Error(String(failure));
}

/** Follows the elements that matter by their local names; everything else passes by. */
class CvrfReader {
  readonly #parser = new SaxesParser({ xmlns: false, position: true });
  readonly #path: string[] = [];
  #text = '';
  #elements = 0;
  readonly #document: CvrfDocument = {
    id: '',
    title: '',
    initialRelease: null,
    currentRelease: null,
    revision: null,
    products: new Map(),
    vulnerabilities: [],
    skipped: [],
  };
  #vulnerability: CvrfVulnerability | null = null;
  #threat: CvrfThreat | null = null;
  #score: WrittenScore | null = null;
  #noteTitle = '';
  #remediation: CvrfRemediation | null = null;
  #revision: { number: string; date: string | null } | null = null;
  #productId = '';

  constructor() {
    this.#parser.on('doctype', (declared) => {
      if (/^\s*html\b/i.test(declared)) throw aPage();
      throw new ChannelDocumentError(
        'entityBomb',
        'the document declares its own document type: such a document can grow without limit and is refused',
      );
    });
    this.#parser.on('error', (failure) => {
      throw this.#problem(failure.message);
    });
    this.#parser.on('opentag', (tag) => this.#open(tag));
    this.#parser.on('text', (text) => {
      this.#text += text;
    });
    this.#parser.on('cdata', (text) => {
      this.#text += text;
    });
    this.#parser.on('closetag', () => this.#close());
  }

  write(text: string): void {
    if (text !== '') this.#parser.write(text);
  }

  close(): CvrfDocument {
    this.#parser.close();
    if (this.#document.id === '')
      throw new ChannelDocumentError(
        'malformed',
        'the document has no DocumentTracking/Identification/ID: it is no CVRF document',
      );
    return this.#document;
  }

  #problem(message: string): ChannelDocumentError {
    const where = `line ${this.#parser.line}, column ${this.#parser.column}`;
    if (this.#elements === 0) return new ChannelDocumentError('notXml', `what came is not XML (${where}): ${message}`);
    if (/unclosed|unexpected end/i.test(message))
      return new ChannelDocumentError('truncated', `the document ends in the middle (${where}): fetch it again`);
    if (/entity/i.test(message))
      return new ChannelDocumentError('entityBomb', `the document uses an entity of its own (${where}): ${message}`);
    return new ChannelDocumentError('malformed', `the document is not well formed (${where}): ${message}`);
  }

  #open(tag: SaxesTagPlain): void {
    const name = localName(tag.name);
    if (this.#elements === 0 && name.toLowerCase() === 'html') throw aPage();
    this.#elements += 1;
    this.#path.push(name);
    this.#text = '';
    switch (name) {
      case 'Vulnerability':
        this.#vulnerability = newVulnerability();
        break;
      case 'Note':
        this.#noteTitle = attribute(tag, 'Title');
        break;
      case 'ScoreSet':
        this.#score = { base: null, vector: null };
        break;
      case 'Threat':
        this.#threat = { type: attribute(tag, 'Type'), description: null, productIds: [] };
        break;
      case 'Remediation':
        this.#remediation = newRemediation(attribute(tag, 'Type'));
        break;
      case 'Revision':
        this.#revision = { number: '', date: null };
        break;
      case 'FullProductName':
        this.#productId = attribute(tag, 'ProductID');
        break;
      default:
    }
  }

  #close(): void {
    const name = this.#path.pop() ?? '';
    const text = this.#text.trim();
    this.#text = '';
    if (this.#remediation !== null) this.#closeInRemediation(name, text, this.#remediation);
    else if (this.#threat !== null) this.#closeInThreat(name, text, this.#threat);
    else if (this.#score !== null) this.#closeInScore(name, text, this.#score);
    else if (this.#vulnerability !== null) this.#closeInVulnerability(name, text, this.#vulnerability);
    else this.#closeInDocument(name, text);
  }

  #closeInRemediation(name: string, text: string, remediation: CvrfRemediation): void {
    const value = text === '' ? null : text;
    if (name === 'Description') remediation.description = value;
    else if (name === 'URL') remediation.url = value;
    else if (name === 'Supercedence') remediation.supercedence = value;
    else if (name === 'RestartRequired') remediation.restartRequired = value;
    else if (name === 'SubType') remediation.subType = value;
    else if (name === 'FixedBuild') remediation.fixedBuild = value;
    else if (name === 'ProductID' && value !== null) remediation.productIds.push(value);
    else if (name === 'Remediation') {
      this.#vulnerability?.remediations.push(remediation);
      this.#remediation = null;
    }
  }

  #closeInThreat(name: string, text: string, threat: CvrfThreat): void {
    if (name === 'Description') threat.description = text === '' ? null : text;
    else if (name === 'ProductID') threat.productIds.push(text);
    else if (name === 'Threat') {
      this.#vulnerability?.threats.push(threat);
      this.#threat = null;
    }
  }

  #closeInScore(name: string, text: string, score: WrittenScore): void {
    if (name === 'BaseScore') score.base = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : null;
    else if (name === 'Vector') score.vector = text === '' ? null : text;
    else if (name === 'ScoreSet') {
      this.#vulnerability?.scores.push(score);
      this.#score = null;
    }
  }

  #closeInVulnerability(name: string, text: string, vulnerability: CvrfVulnerability): void {
    if (name === 'CVE') vulnerability.cve = text;
    else if (name === 'Title') vulnerability.title = text === '' ? null : text;
    else if (name === 'Note' && this.#noteTitle.toLowerCase() === 'customer action required')
      vulnerability.actionRequired ??= actionRequired(text);
    else if (name === 'Number' && this.#revision !== null) this.#revision.number = text;
    else if (name === 'Date' && this.#revision !== null) this.#revision.date = instantOf(text);
    else if (name === 'Revision' && this.#revision !== null) {
      vulnerability.revisions.push(this.#revision);
      this.#revision = null;
    } else if (name === 'Vulnerability') {
      this.#document.vulnerabilities.push(vulnerability);
      this.#vulnerability = null;
    }
  }

  #closeInDocument(name: string, text: string): void {
    const parent = this.#path.at(-1);
    if (name === 'DocumentTitle') this.#document.title = text;
    else if (name === 'ID' && parent === 'Identification') this.#document.id = text;
    else if (name === 'Number' && parent === 'Revision') this.#document.revision = text;
    else if (name === 'InitialReleaseDate') this.#document.initialRelease = instantOf(text);
    else if (name === 'CurrentReleaseDate') this.#document.currentRelease = instantOf(text);
    else if (name === 'FullProductName' && this.#productId !== '' && text !== '')
      this.#document.products.set(this.#productId, text);
  }
}

/** Some servers answer with one, and call it a success. */
function aPage(): ChannelDocumentError {
  return new ChannelDocumentError('malformed', 'what came is a page, no document of the MSRC: nothing of it was taken');
}

function newVulnerability(): CvrfVulnerability {
  return { cve: '', title: null, actionRequired: null, threats: [], scores: [], remediations: [], revisions: [] };
}

function newRemediation(type: string): CvrfRemediation {
  return {
    type,
    description: null,
    url: null,
    supercedence: null,
    productIds: [],
    restartRequired: null,
    subType: null,
    fixedBuild: null,
  };
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function attribute(tag: SaxesTagPlain, name: string): string {
  return tag.attributes[name] ?? '';
}
