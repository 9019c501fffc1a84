// A letter for Slack's incoming webhooks. The three characters that begin markup, links and mentions are escaped, and nothing is
// recognised by itself: https://docs.slack.dev/messaging/formatting-message-text, https://docs.slack.dev/reference/block-kit/composition-objects/text-object

import type { Letter } from './letter.js';

/** A text object takes 3000 characters, a message 50 blocks. An escaped character takes up to five. */
const pieceMax = 2900;
const piecesMax = 40;

export function slackMessage({ subject, sections, commands, link }: Letter): unknown {
  const texts = sections.flatMap(({ title, lines, link: place }) =>
    piecesOf([...(title === null ? [] : [title]), ...lines, ...(place === null ? [] : [place])].join('\n')),
  );
  const shown = texts.slice(0, piecesMax);
  const more = texts.length > shown.length ? ['… it is longer than a message may be.'] : [];
  const foot = [...commands, ...(link === null ? [] : [link])].join('\n');
  return {
    // Shown where blocks are not, as in a notification.
    text: escapeSlack(subject),
    blocks: [subject, ...shown, ...more, foot].filter((text) => text.trim() !== '').map(section),
  };
}

function section(text: string): unknown {
  return { type: 'section', text: { type: 'mrkdwn', text: escapeSlack(text), verbatim: true } };
}

/** Cut where the escaped text still fits, and never within a character. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  let piece = '';
  let size = 0;
  for (const character of text) {
    const length = escapeSlack(character).length;
    if (size + length > pieceMax) {
      pieces.push(piece);
      [piece, size] = ['', 0];
    }
    piece += character;
    size += length;
  }
  return [...pieces, piece];
}

function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
