import { wordsOfReason } from '../../engine/words/failure.ts';
import { underpin } from '../command-name.ts';
import { wordsOfOrder, wordsOfPace } from '../../engine/ledger/standing-order.ts';
import { breachText } from '../../engine/notices/breached.ts';
import { consoleLink } from '../../engine/notices/wording.ts';
import type { Address } from '../aws/address.ts';
import type { Screen, Style } from '../screen.ts';
import { minute, span, wholeNumberText } from '../../engine/words/span.ts';
import { debtLines } from './debt.ts';
import { isWindow } from '../../lambdas/runtime/hold-item.ts';
import { answers, holdLines } from './hold-lines.ts';
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
    address,
    earlier,
  }: { readonly screen: Screen; readonly address: Address; readonly earlier?: EarlierLook | undefined },
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
    ...causeLines(look, screen),
    '',
    ...phaseTable(look, { screen, earlier }),
    '',
    ...conditions(look, screen),
    ...whatWaits(look, screen, address),
    ...whatToDo(look, screen, address),
    ...spaced(debtLines(migration.audit, at)),
    '',
    ...links(look, address),
  ];
}

function headline(look: Closeup, screen: Screen): string {
  const { migration, execution, state, at } = look;
  const status = screen.styled(statusStyles[migration.status] ?? 'bold', migration.status);
  const since = migration.visits.at(0)?.enteredAt;
  if (migration.status !== 'running') return `${status} since ${minute(migration.updatedAt)}`;
  if (isAbandoned(migration, execution))
    return screen.styled('red', `abandoned: its execution is ${execution?.status ?? 'gone'}`);
  const lasts = since === undefined ? '' : ` for ${span(Date.parse(at) - Date.parse(since))}`;
  return `${screen.styled(...standing(look))}${lasts}${state === null ? '' : ` · in "${state}"`}`;
}

function standing({ migration: { order }, wayBack }: Closeup): readonly [Style, string] {
  if (wayBack !== null) return ['yellow', 'rolling back, running'];
  if (order?.order === 'abort') return ['yellow', 'aborted, running'];
  return order?.order === 'pause' ? ['yellow', 'paused, running'] : ['cyan', 'running'];
}

/** Why it goes back or went back, with the guardrails that sent it. */
function causeLines({ migration, execution, wayBack, breaches }: Closeup, screen: Screen): readonly string[] {
  const isOver = migration.status === 'rolled-back' || migration.status === 'failed';
  const hasFailed = isOver || execution?.status === 'FAILED';
  const said = wayBack === null ? undefined : wordsOfReason(wayBack);
  const cause = said ?? (hasFailed ? (execution?.cause ?? migration.failure?.reason) : undefined);
  if (cause === undefined) return [];
  return [
    `  because of     ${screen.styled('red', cause)}`,
    ...breaches.map((breach) => `                 ${screen.styled('red', breachText(breach))}`),
  ];
}

function conditions({ migration, alarms, at }: Closeup, screen: Screen): readonly string[] {
  const { reads, stubbornRows, stubborn, order, pace, rest } = migration;
  return [
    `  reads          ${'percent' in reads ? `${reads.percent} % on the new shape` : `not known: AppConfig answers ${reads.unknown}`}`,
    `  stubborn rows  ${stubbornRows === 0 ? '0' : screen.styled('yellow', wholeNumberText(stubbornRows))}`,
    ...stubborn.first.map(({ key, sqlstate }) => `                 ${visible(key)}: SQLSTATE ${sqlstate}`),
    ...(stubbornRows > stubborn.first.length && stubborn.first.length > 0
      ? [`                 all of them: ${stubborn.list}`]
      : []),
    ...(alarms.length === 0
      ? ['  alarms         none is on']
      : alarms.map(
          ({ name, since }, index) =>
            `  ${index === 0 ? 'alarms' : '      '}         ${screen.styled('red', name)} is on since ${span(Date.parse(at) - Date.parse(since))}`,
        )),
    ...(order === null ? [] : [`  order          ${screen.styled('yellow', wordsOfOrder(order))}`]),
    ...(rest === null ? [] : [`  workers rest   ${screen.styled('yellow', rest)}`]),
    ...(pace === null ? [] : [`  pace           ${screen.styled('yellow', wordsOfPace(pace))}`]),
  ];
}

// A key is somebody's data: what a terminal would obey is shown as its code point.
const visible = (key: string): string =>
  key.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (hidden) => `\\u{${hidden.codePointAt(0)?.toString(16) ?? ''}}`);

function whatWaits(
  { hold, at, migration, wayBack }: Closeup,
  screen: Screen,
  { words }: Address,
): readonly string[] {
  if (hold === null)
    return migration.order?.order === 'pause' && wayBack === null
      ? ['', `  To go on:  ${underpin} resume ${migration.name} --reason '…'${words}`]
      : [];
  const [approve = '', reject = ''] = answers(hold, words);
  return [
    '',
    ...holdLines(hold, at, screen),
    isWindow(hold) ? `  To end it early:  ${approve}` : `  To approve:  ${approve}`,
    isWindow(hold) ? `  To roll back:     ${reject}` : `  To reject:   ${reject}`,
  ];
}

function whatToDo({ migration, execution }: Closeup, screen: Screen, { words }: Address): readonly string[] {
  if (isAbandoned(migration, execution))
    return spaced([
      `  Nobody drives it: reads and schema stay as they are. ${screen.styled('bold', `${underpin} start ${migration.name}${words}`)} goes on,`,
      `  and \`${underpin} runbook ${migration.name}${words}\` says how to go back.`,
    ]);
  if (migration.status !== 'rolled-back') return [];
  return spaced([
    '  Fix the cause, then start it again; it goes on from its checkpoints:',
    `  ${underpin} start ${migration.name}${words}`,
  ]);
}

function links({ migration, surroundings }: Closeup, address: Address): readonly string[] {
  const execution = address.rehearsal === null ? consoleLink(migration.execution) : migration.execution;
  return [
    `  execution  ${execution}`,
    ...(surroundings.dashboardUrl === undefined ? [] : [`  dashboard  ${surroundings.dashboardUrl}`]),
  ];
}

const spaced = (lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ['', ...lines]);
