// What each way makes of a letter: texts stay text in all of them, whatever vendors and machines are called.

import { describe, expect, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { html } from '../../../adapters/notices/html.js';
import { letterOf } from '../../../adapters/notices/letter.js';
import { mailOf } from '../../../adapters/notices/mail.js';
import { slackMessage } from '../../../adapters/notices/slack.js';
import { teamsCard } from '../../../adapters/notices/teams.js';
import { signatureOf, webhookBody } from '../../../adapters/notices/webhook.js';
import type { Claimed } from '../../../ports/noticeLog.js';
import { claimed, hostile, riley, someDelivery, someNotice } from '../../support/notices.js';

const url = 'https://patchline.example/';
const mail = (held: Claimed) => mailOf(letterOf(held, url), riley.mail, 'patchline@patchline.example');

/** Every text of a card or a message, wherever it stands. */
function textsOf(held: unknown): string[] {
  if (typeof held === 'string') return [held];
  if (held === null || typeof held !== 'object') return [];
  return Object.values(held).flatMap(textsOf);
}

describe('templates', () => {
  test('escape what they are given, and only that', () => {
    const inner = html`<b>${'<i>'}</b>`;
    expect(html`<p title="${'"x" onload=1'}">${inner}${[inner, inner]}</p>`.text).toBe(
      '<p title="&#34;x&#34; onload&#61;1"><b>&#60;i&#62;</b><b>&#60;i&#62;</b><b>&#60;i&#62;</b></p>',
    );
  });
});

describe('a letter', () => {
  test('of one notice says what it says, what to type and where to look', () => {
    const { text, subject, key } = mail(claimed());
    expect(subject).toBe('KB5070884 concerns your machines');
    expect(text).toBe(
      'Severity critical.\n3 machines need it.\n\n  patchline patch show KB5070884\n  https://patchline.example/patches/KB5070884\n',
    );
    expect(mail(claimed()).key).toBe(key);
    expect(mail(claimed({}, { deliveryId: 'another' })).key).not.toBe(key);
  });

  test.each([
    ['told', 0, /^HALTED: web$/, 'until somebody acknowledges it'],
    ['repeated', 1, /^\[page 2\] HALTED/, 'not acknowledged yet'],
    ['escalated', 3, /^\[escalated to you\] HALTED/, 'none of them has acknowledged'],
    ['unacknowledged', 9, /^\[nobody has acknowledged\] HALTED/, 'to everybody on the list'],
  ] as const)('of a page says why it comes: %s', (reason, round, subject, words) => {
    const held = claimed(
      { kind: 'halted', urgency: 'page', subject: 'HALTED: web', pageState: 'open' },
      { reason, round },
    );
    const made = mail(held);
    expect(made.subject).toMatch(subject);
    expect(made.text).toContain(words);
    expect(made.text).toContain('patchline notice ack a1b2c3d4e5f60718');
    expect(made).toMatchObject({ isUrgent: true, thread: 'a1b2c3d4e5f60718' });
  });

  test('of a digest holds every notice under its own heading', () => {
    const held = {
      notices: [someNotice(), someNotice({ noticeId: 'b', subject: 'Maintenance <tomorrow>', lines: ['at night'] })],
      deliveries: [someDelivery(), someDelivery({ deliveryId: 'b', noticeId: 'b' })],
    };
    const made = mail(held);
    expect(made.subject).toBe('2 notices of Patchline while it was quiet');
    expect(made.text).toContain('Maintenance <tomorrow>\n----------------------\nat night');
    expect(made.html).toContain('Maintenance &#60;tomorrow&#62;</h2>');
  });

  test('is bounded, however many lines somebody brings', () => {
    const { text } = mail(claimed({ lines: ['a\n'.repeat(100_000), 'y'.repeat(100_000)] }));
    expect(text.split('\n').length).toBeLessThan(450);
    expect(text).toContain('more lines');
    expect(text.length).toBeLessThan(10_000);
  });
});

describe.each(hostile.map((text) => [JSON.stringify(text).slice(0, 60), text]))(
  'a subject and a line of %s',
  (_, text) => {
    const held = claimed({ subject: `About ${text}`, lines: ['before', text, 'after'] });

    test('stay text in mail', () => {
      const made = mail(held);
      expect(made.subject).not.toMatch(/[\p{Cc}\u202E]/u);
      expect(made.subject.length).toBeLessThanOrEqual(150);
      expect(made.text).not.toMatch(/(?![\n\t])\p{Cc}/u);
      const markup = made.html.replaceAll(/&#\d+;/g, '');
      const tags = new Set([...markup.matchAll(/<\/?([a-z0-9!]+)/gi)].map((match) => match[1]));
      for (const tag of tags)
        expect(['!doctype', 'html', 'head', 'meta', 'title', 'body', 'h1', 'div', 'p', 'code', 'br', 'a']).toContain(
          tag,
        );
      expect(markup).not.toMatch(/onerror\s*=|<script|<img/i);
    });

    test('stay text in a card, which knows no Markdown in its runs', () => {
      const card = teamsCard(letterOf(held, url)) as { attachments: { content: { body: { type: string }[] } }[] };
      const body = card.attachments[0]?.content.body ?? [];
      expect(new Set(body.map((one) => one.type))).toEqual(new Set(['RichTextBlock']));
      expect(Buffer.byteLength(JSON.stringify(card))).toBeLessThan(28 * 1024);
    });

    test('bring no mention, link or command into Slack', () => {
      const message = slackMessage(letterOf(held, url)) as { text: string; blocks: { text: { text: string } }[] };
      for (const shown of [message.text, ...message.blocks.map((block) => block.text.text)]) {
        expect(shown).not.toMatch(/[<>]/);
        expect(shown.length).toBeLessThanOrEqual(3000);
        expect(shown.length).toBeGreaterThan(0);
      }
      expect(message.blocks.length).toBeLessThanOrEqual(50);
    });
  },
);

test('a card of many long lines stays under the limit of Teams and says that it is cut', () => {
  const lines = Array.from({ length: 400 }, (_, index) => `${index} ${'é'.repeat(500)}`);
  const card = teamsCard(letterOf(claimed({ lines }), url));
  expect(Buffer.byteLength(JSON.stringify(card))).toBeLessThan(28 * 1024);
  expect(textsOf(card).some((text) => text.includes('longer than a message may be'))).toBe(true);
});

test('a message of many lines for Slack is cut between characters', () => {
  const lines = Array.from({ length: 400 }, () => '😀&<>'.repeat(200));
  const message = slackMessage(letterOf(claimed({ lines }), null)) as { blocks: { text: { text: string } }[] };
  expect(message.blocks.length).toBeLessThanOrEqual(50);
  for (const block of message.blocks) {
    expect(block.text.text.isWellFormed()).toBe(true);
    expect(block.text.text.length).toBeLessThanOrEqual(3000);
    expect(block.text.text).not.toMatch(/&(?!amp;|lt;|gt;)/);
  }
});

test('the body for programs is versioned, whole, and signed with its time', () => {
  const body = webhookBody(claimed({ kind: 'halted', urgency: 'page' }, { round: 2, reason: 'repeated' }), url);
  expect(JSON.parse(body)).toEqual({
    version: 1,
    link: url,
    notices: [
      {
        id: 'a1b2c3d4e5f60718',
        delivery: '0123456789abcdef01234567',
        occasion: 'notice/KB1/2025-Oct/owners',
        kind: 'halted',
        urgency: 'page',
        round: 2,
        reason: 'repeated',
        subject: 'KB5070884 concerns your machines',
        lines: ['Severity critical.', '3 machines need it.'],
        patchId: 'KB5070884',
        category: null,
        toldAt: expect.any(String),
        link: `${url}notices/a1b2c3d4e5f60718`,
      },
    ],
  });
  const expected = createHmac('sha256', 'key').update(`1700000000.${body}`).digest('hex');
  expect(signatureOf(body, 'key', 1_700_000_000)).toBe(`t=1700000000,v1=${expected}`);
});
