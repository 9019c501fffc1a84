// A letter as an Adaptive Card, for the trigger "When a Teams webhook request is received" of Teams' Workflows:
// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
// RichTextBlock knows no Markdown (https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features): texts stay text.

import type { Letter } from './letter.js';

/** A message may have 28 KB: https://learn.microsoft.com/microsoftteams/limits-specifications-teams. The frame takes the rest. */
const textBytesMax = 20_000;

export function teamsCard({ subject, sections, commands, link, isPage }: Letter): unknown {
  const budget = { left: textBytesMax };
  const body = [
    run(subject, { size: 'Medium', weight: 'Bolder', ...(isPage ? { color: 'Attention' } : {}) }),
    ...sections.flatMap(({ title, lines, link: place }) => [
      ...(title === null ? [] : [run(title, { weight: 'Bolder' })]),
      ...lines.flatMap((line) => withinBudget(line, budget)).map((line) => run(line, {})),
      ...(place === null ? [] : withinBudget(place, budget).map((line) => run(line, {}))),
    ]),
    ...(budget.left > 0
      ? []
      : [run('… it is longer than a message may be: `patchline notice list` has all of it.', {})]),
    ...commands.map((command) => run(command, { fontType: 'Monospace' })),
  ];
  const card = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body,
    ...(link === null ? {} : { actions: [{ type: 'Action.OpenUrl', title: 'Open Patchline', url: link }] }),
  };
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card };
  return { type: 'message', attachments: [attachment] };
}

/** An element without text is refused: an empty line is a space that does not break. */
function run(text: string, style: Record<string, string>): unknown {
  return { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: text === '' ? '\u00A0' : text, ...style }] };
}

function withinBudget(line: string, budget: { left: number }): string[] {
  if (budget.left <= 0) return [];
  // The frame of an element counts too.
  budget.left -= Buffer.byteLength(JSON.stringify(line)) + 80;
  return budget.left > 0 ? [line] : [];
}
