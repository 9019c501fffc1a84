// `patchline notice`: what was told to whom, tests that really send, acknowledgements, and what each person prefers.

import { Option, type Command } from 'commander';
import type {
  AcknowledgementView,
  NoticeDeliveryView,
  NoticeStandingView,
  NoticeTestView,
  NoticeView,
  PreferencesView,
  Status,
} from '../api/contract/index.js';
import { CliFailure, exitCodes } from './client.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';

interface ListOptions {
  to?: string;
  patch?: string;
  kind?: string;
  problems?: boolean;
  pages?: boolean;
  all?: boolean;
  json?: boolean;
}

/** What one look at the newest shows. */
const newestMax = 100;

export function noticeCommands(program: Command, shell: Shell): void {
  const notice = program.command('notice').description('what was told to whom, and how it stands');
  listCommands(notice, shell);
  actCommands(notice, shell);
  preferenceCommands(notice, shell);
}

function listCommands(notice: Command, shell: Shell): void {
  notice
    .command('list')
    .description('deliveries, newest first, and what keeps notices from arriving')
    .option('--to <who>', 'a person by name or mail address, or a target')
    .option('--patch <id>', 'only about this patch')
    .option('--kind <kind>', 'only of this kind, e.g. decisionNeeded')
    .option('--problems', 'only what was not delivered, and pages that nobody acknowledged')
    .option('--pages', 'only pages')
    .option('--all', `all of them, not only the newest ${newestMax}`)
    .option('--json', 'print JSON')
    .action(async (options: ListOptions) => {
      const query = new URLSearchParams();
      for (const key of ['to', 'patch', 'kind'] as const) {
        const value = options[key];
        if (value !== undefined) query.set(key, value);
      }
      for (const key of ['problems', 'pages'] as const) if (options[key]) query.set(key, 'true');
      const client = shell.client();
      const path = `/v1/notices?${query.toString()}`;
      const deliveries = options.all
        ? (await client.pages<NoticeDeliveryView[]>(path)).flat()
        : await client.get<NoticeDeliveryView[]>(`${path}&limit=${newestMax}`);
      const { notices: standing } = await client.get<Status>('/v1/status');
      show({ json: options.json ?? false }, { deliveries, standing }, () =>
        [deliveryTable(deliveries), ...describeStanding(standing)].join('\n'),
      );
    });

  notice
    .command('show <id>')
    .description('one notice as it was told, and each delivery of it')
    .option('--json', 'print JSON')
    .action(async (id: string, { json = false }: { json?: boolean }) => {
      const view = await shell.client().get<NoticeView>(`/v1/notices/${encodeURIComponent(id)}`);
      show({ json }, view, () => describe(view));
    });
}

function actCommands(notice: Command, shell: Shell): void {
  notice
    .command('test')
    .description('really sends a test notice, and says what the receiver answered')
    .requiredOption('--to <who>', 'a person by name or mail address, or a target of policy')
    .addOption(new Option('--way <way>', 'otherwise mail to a person').choices(['mail', 'teams', 'slack', 'webhook']))
    .option('--json', 'print JSON')
    .action(async ({ to, way, json = false }: { to: string; way?: string; json?: boolean }) => {
      const view = await shell.client().post<NoticeTestView>('/v1/notices/test', { to, way: way ?? null });
      show({ json }, view, () =>
        view.results
          .map((one) =>
            clean(`${one.recipient} by ${one.way}: ${one.delivered ? 'delivered' : 'not delivered'}: ${one.detail}`),
          )
          .join('\n'),
      );
      if (view.results.some((one) => !one.delivered))
        throw new CliFailure('The test was not delivered: what the receiver answered says why.', exitCodes.failed);
    });

  notice
    .command('ack <id>')
    .description('acknowledge a page: it is yours now, and nobody else is woken')
    .option('--note <text>', 'what you will do', '')
    .option('--json', 'print JSON')
    .action(async (id: string, { note, json = false }: { note: string; json?: boolean }) => {
      const path = `/v1/notices/${encodeURIComponent(id)}/acknowledgement`;
      const { first, notice: held } = await shell.client().post<AcknowledgementView>(path, { note });
      show({ json }, { first, notice: held }, () =>
        clean(
          `${first ? 'Acknowledged' : 'Acknowledged before'} by ${held.acknowledgedBy ?? '?'} at ${held.acknowledgedAt ?? '?'}: ${held.subject}`,
        ),
      );
    });

  notice
    .command('retry <id>')
    .description('deliver anew what was given up, once its cause is mended')
    .option('--json', 'print JSON')
    .action(async (id: string, { json = false }: { json?: boolean }) => {
      const view = await shell.client().post<NoticeView>(`/v1/notices/${encodeURIComponent(id)}/retry`, {});
      show({ json }, view, () => describe(view));
    });
}

interface PreferOptions {
  way?: string[];
  quiet?: string;
  zone?: string;
  reset?: boolean;
  json?: boolean;
}

function preferenceCommands(notice: Command, shell: Shell): void {
  notice
    .command('prefer [kind]')
    .description('what you want to hear of and how; pages and what policy marks as mandatory cannot be switched off')
    .option('--way <way...>', 'mail, own targets, or none')
    .option(
      '--quiet <from-until>',
      'hours in which routine notices wait, e.g. 20:00-07:00; none: never; policy: as policy has it',
    )
    .option('--zone <zone>', 'of the quiet hours, e.g. Europe/Zurich', Intl.DateTimeFormat().resolvedOptions().timeZone)
    .option('--reset', 'everything as policy has it')
    .option('--json', 'print JSON')
    .action(async (kind: string | undefined, options: PreferOptions) => {
      const body = { ...wishOf(kind, options.way), ...quietOf(options), ...(options.reset ? { reset: true } : {}) };
      if (Object.keys(body).length === 0)
        throw new CliFailure('Say what you prefer: a kind with --way, or --quiet, or --reset.', exitCodes.usage);
      const view = await shell.client().post<PreferencesView>('/v1/notices/preferences', body);
      show({ json: options.json ?? false }, view, () => preferenceTable([view]));
    });

  notice
    .command('preferences')
    .description('what people prefer; who is not listed has it as policy says')
    .option('--json', 'print JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const rows = await shell.client().get<PreferencesView[]>('/v1/notices/preferences');
      show({ json }, rows, () => preferenceTable(rows));
    });
}

function wishOf(kind: string | undefined, ways: string[] | undefined): object {
  if ((kind === undefined) !== (ways === undefined))
    throw new CliFailure(
      'A kind needs --way, and --way a kind: e.g. `notice prefer patchAnnounced --way none`.',
      exitCodes.usage,
    );
  if (kind === undefined || ways === undefined) return {};
  return { ways: { [kind]: ways.filter((way) => way !== 'none') } };
}

function quietOf({ quiet, zone }: PreferOptions): object {
  if (quiet === undefined) return {};
  if (quiet === 'none') return { quietHours: 'none' };
  if (quiet === 'policy') return { quietHours: null };
  const [from, until] = quiet.split('-');
  return { quietHours: { zone, from, until } };
}

function preferenceTable(rows: PreferencesView[]): string {
  return table(
    ['Person', 'Kinds', 'Quiet', 'Set'],
    rows.map(({ person, ways, quietHours, setAt }) => [
      person,
      Object.entries(ways)
        .map(([kind, names]) => `${kind}: ${names.join(', ') || 'none'}`)
        .join('; ') || 'as policy has it',
      quietHours === null
        ? 'as policy has it'
        : quietHours === 'none'
          ? 'never'
          : `${quietHours.from}-${quietHours.until} ${quietHours.zone}`,
      setAt ?? '',
    ]),
  );
}

function deliveryTable(rows: Omit<NoticeDeliveryView, 'lines'>[]): string {
  return table(
    ['Notice', 'Told', 'To', 'Way', 'Subject', 'State', 'Tries', 'Why'],
    rows.map((one) => [
      one.noticeId,
      one.toldAt,
      one.recipient,
      one.way,
      `${one.reason === 'told' ? '' : `[${one.reason}] `}${one.subject}`,
      stateOf(one),
      String(one.attempts),
      one.problem ?? one.answer ?? '',
    ]),
  );
}

function stateOf({ state, nextAttemptAt, pageState, acknowledgedBy }: NoticeDeliveryView): string {
  const delivery = nextAttemptAt === null ? state : `${state} until ${nextAttemptAt}`;
  if (pageState === null) return delivery;
  return `${delivery}; page ${pageState}${acknowledgedBy === null ? '' : ` by ${acknowledgedBy}`}`;
}

export function describeStanding({
  failing,
  undeliverable,
  openPages,
  unacknowledgedPages,
  problems,
}: NoticeStandingView): string[] {
  const counts = [
    ...(failing > 0 ? [`${failing} tried again`] : []),
    ...(undeliverable > 0 ? [`${undeliverable} undeliverable in the last seven days`] : []),
    ...(openPages > 0 ? [`${openPages} pages await an acknowledgement`] : []),
    ...(unacknowledgedPages > 0 ? [`${unacknowledgedPages} pages were acknowledged by nobody`] : []),
  ];
  return [
    ...(counts.length === 0 ? [] : [`Notices: ${counts.join(', ')}.`]),
    ...problems.map(({ subject, problem }) => clean(`Problem: ${subject}: ${problem}`)),
  ];
}

function describe(view: NoticeView): string {
  const {
    noticeId,
    kind,
    urgency,
    subject,
    toldAt,
    lines,
    left,
    deliveries,
    pageState,
    acknowledgedBy,
    acknowledgedAt,
  } = view;
  const page =
    pageState === null
      ? []
      : [
          `Page ${pageState}${acknowledgedBy === null ? '' : ` by ${acknowledgedBy} at ${acknowledgedAt ?? '?'}: ${view.acknowledgement ?? ''}`}`,
        ];
  return [
    clean(`${noticeId}, ${kind}, ${urgency}, told at ${toldAt}: ${subject}`),
    ...page.map(clean),
    ...lines.map((line) => `  ${clean(line)}`),
    deliveryTable(deliveries.map((one) => ({ ...view, ...one }))),
    ...left.map(({ recipient, why }) => clean(`Not told: ${recipient}, who ${why}.`)),
  ].join('\n');
}
