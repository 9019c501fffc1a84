// What of a document could not be taken; the parsers and the normalisers count alike.

export { Skipping } from '../../domain/skipped.js';
