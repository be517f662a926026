import { wordsOfOrder } from '../../engine/ledger/standing-order.ts';
import { consoleLink } from '../../engine/notices/wording.ts';
import type { Target } from '../aws/target.ts';
import type { Screen, Style } from '../screen.ts';
import { minute, span, whole } from '../span.ts';
import { debtLines } from './debt.ts';
import { answers, holdLines, isWindow } from './hold-lines.ts';
import { isAbandoned, type Closeup } from './look.ts';
import { phaseTable } from './phase-table.ts';
import type { EarlierLook } from './progress.ts';

export const statusStyles: Readonly<Record<string, Style>> = {
  running: 'cyan',
  completed: 'green',
  'rolled-back': 'yellow',
  failed: 'red',
};

/** All of one migration, as lines. */
export function closeupLines(
  look: Closeup,
  {
    screen,
    target,
    earlier,
  }: { readonly screen: Screen; readonly target: Target; readonly earlier?: EarlierLook | undefined },
): readonly string[] {
  const { migration, at } = look;
  const { table, owner, ticket } = migration;
  const facts = [
    `table ${table.schema}.${table.name}`,
    ...(owner === null ? [] : [`owner ${owner}`]),
    ...(ticket === null ? [] : [ticket]),
    `epoch ${migration.epoch}`,
  ];
  return [
    `${screen.styled('bold', migration.name)}: ${migration.goal}`,
    `  ${headline(look, screen)} · ${facts.join(' · ')}`,
    '',
    ...phaseTable(look, { screen, earlier }),
    '',
    ...conditions(look, screen),
    ...whatWaits(look, screen, target),
    ...whatWentWrong(look, screen, target),
    ...spaced(debtLines(migration.audit, at)),
    '',
    ...links(look, target),
  ];
}

function headline({ migration, execution, state, at }: Closeup, screen: Screen): string {
  const status = screen.styled(statusStyles[migration.status] ?? 'bold', migration.status);
  const since = migration.visits.at(0)?.enteredAt;
  if (migration.status !== 'running') return `${status} since ${minute(migration.updatedAt)}`;
  if (isAbandoned(migration, execution))
    return screen.styled('red', `abandoned: its execution is ${execution?.status ?? 'gone'}`);
  const lasts = since === undefined ? '' : ` for ${span(Date.parse(at) - Date.parse(since))}`;
  return `${status}${lasts}${state === null ? '' : ` · in "${state}"`}`;
}

function conditions({ migration, alarms, at }: Closeup, screen: Screen): readonly string[] {
  const { reads, stubbornRows, order } = migration;
  return [
    `  reads          ${'percent' in reads ? `${reads.percent} % on the new shape` : `not known: AppConfig answers ${reads.unknown}`}`,
    `  stubborn rows  ${stubbornRows === 0 ? '0' : screen.styled('yellow', whole(stubbornRows))}`,
    ...(alarms.length === 0
      ? ['  alarms         none is on']
      : alarms.map(
          ({ name, since }, index) =>
            `  ${index === 0 ? 'alarms' : '      '}         ${screen.styled('red', name)} is on since ${span(Date.parse(at) - Date.parse(since))}`,
        )),
    ...(order === null ? [] : [`  order          ${screen.styled('yellow', wordsOfOrder(order))}`]),
  ];
}

function whatWaits({ hold, at, migration }: Closeup, screen: Screen, { words }: Target): readonly string[] {
  if (hold === null)
    return migration.order?.order === 'pause'
      ? ['', `  To go on:   underpin resume ${migration.name} --reason '…'${words}`]
      : [];
  const [approve = '', reject = ''] = answers(hold, words);
  return [
    '',
    ...holdLines(hold, at, screen),
    isWindow(hold) ? `  To end it early:  ${approve}` : `  To answer:  ${approve}`,
    isWindow(hold) ? `  To roll back:     ${reject}` : `              ${reject}`,
  ];
}

function whatWentWrong(
  { migration, execution }: Closeup,
  screen: Screen,
  { words }: Target,
): readonly string[] {
  const cause =
    migration.status === 'rolled-back' || migration.status === 'failed' || execution?.status === 'FAILED'
      ? (execution?.cause ?? migration.failure?.reason)
      : undefined;
  const lines = [
    ...(cause === undefined ? [] : [`  because of     ${cause}`]),
    ...(isAbandoned(migration, execution)
      ? [
          `  Nobody drives it: reads and schema stay as they are. ${screen.styled('bold', `underpin start ${migration.name}${words}`)} goes on,`,
          `  and \`underpin runbook ${migration.name}${words}\` says how to go back.`,
        ]
      : []),
    ...(migration.status === 'rolled-back'
      ? [
          `  Mend the cause, then start it again; it goes on from its checkpoints: underpin start ${migration.name}${words}`,
        ]
      : []),
  ];
  return spaced(lines);
}

function links({ migration, surroundings }: Closeup, target: Target): readonly string[] {
  const execution = target.rehearsal === null ? consoleLink(migration.execution) : migration.execution;
  return [
    `  execution  ${execution}`,
    ...(surroundings.dashboardUrl === undefined ? [] : [`  dashboard  ${surroundings.dashboardUrl}`]),
  ];
}

const spaced = (lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ['', ...lines]);
