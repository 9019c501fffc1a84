// A letter as mail: the same words as text and as HTML. What a machine or a patch is called can become neither markup nor a header.

import type { Mail } from '../smtp/mailer.js';
import { html } from './html.js';
import type { Letter } from './letter.js';

export function mailOf(letter: Letter, to: string, from: string): Mail {
  return {
    from,
    to,
    subject: letter.subject,
    text: textOf(letter),
    html: htmlOf(letter),
    key: letter.key,
    thread: letter.thread,
    isUrgent: letter.isPage,
  };
}

function textOf({ sections, commands, link }: Letter): string {
  const told = sections.map(({ title, lines, link: place }) =>
    [
      ...(title === null ? [] : [title, '-'.repeat(title.length)]),
      ...lines,
      ...(place === null ? [] : ['', place]),
    ].join('\n'),
  );
  const foot = [...commands.map((command) => `  ${command}`), ...(link === null ? [] : [`  ${link}`])];
  return `${[...told, ...(foot.length === 0 ? [] : [foot.join('\n')])].join('\n\n')}\n`;
}

function htmlOf({ subject, sections, commands, link }: Letter): string {
  const told = sections.map(
    ({
      title,
      lines,
      link: place,
    }) => html`${title === null ? '' : html`<h2 style="font-size:16px;margin:24px 0 8px">${title}</h2>`}
<div style="white-space:pre-wrap">${lines.join('\n')}</div>${place === null ? '' : html`<p><a href="${place}">${place}</a></p>`}`,
  );
  const typed = commands.map((command) => html`<code>${command}</code><br>`);
  const opened = link === null ? '' : html`<a href="${link}">${link}</a>`;
  const foot = html`<p style="margin-top:24px;border-top:1px solid #ddd;padding-top:8px">${typed}${opened}</p>`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${subject}</title></head>
<body style="font:14px/1.4 sans-serif;color:#1a1a1a;margin:16px">
<h1 style="font-size:18px;margin:0 0 12px">${subject}</h1>
${told}
${commands.length === 0 && link === null ? '' : foot}
</body></html>
`.text;
}
