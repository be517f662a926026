import type { TableSplit } from '../../splits.ts';
import { identifier, indentLines, literal, qualifiedName } from '../quote.ts';
import { hasBranch, leavesColumn, noteUsed, ownFrame } from './branch.ts';
import { refuseOther } from './branch-text.ts';
import { ofRow, saysSomething } from './said.ts';
import { isOfKey, keyText, sameKey } from './same-key.ts';

// Before the backfill has come to a row, an INSERT into the new table is about one that the old table has already. Its statement
// should do what it will do afterwards. With no other branch, or DO NOTHING, it finds its row there: the trigger makes it. DO UPDATE
// cannot be given a row that came within its own statement (21000). So what its branch does not set stays, and what it sets is
// what was to be inserted, where its text says so.

/** Of the function: what is known of the statement whose row it is, and its text. */
export interface BranchVariables {
  readonly own: string;
  readonly text: string;
}

const brought = 'underpin.brings';

/** A variable: others' triggers may bring other rows in between. */
export const declareBrought = '  brought text;';

/** What brings a row from the old table says what is there, whatever its branch is. `of`: whose key it has. */
export const bringRow = (
  split: TableSplit,
  of: 'NEW' | 'OLD',
  statement: readonly string[],
): readonly string[] => [
  `brought := coalesce(current_setting(${literal(brought)}, true), '');`,
  `PERFORM set_config(${literal(brought)}, ${keyText(split, of)}, true);`,
  ...statement,
  `PERFORM set_config(${literal(brought)}, brought, true);`,
];

/** `now`: what the old columns are called. The old row is locked first, as its own writers do. */
export function meetUnfilled(
  split: TableSplit,
  now: readonly string[],
  { own, text }: BranchVariables,
): readonly string[] {
  const { table, into, key, moved } = split;
  const names = key.map(({ name }) => identifier(name));
  const columns = [...names, ...moved.map(({ column }) => identifier(column))].join(', ');
  const values = [
    ...ofRow(
      's',
      key.map(({ name }) => name),
    ),
    ...ofRow('s', now),
  ].join(', ');
  return [
    `SELECT ${ofRow('s', now).join(', ')} INTO was`,
    `FROM ${qualifiedName(table)} AS s`,
    `WHERE ${sameKey('s', 'NEW', key)}`,
    'FOR NO KEY UPDATE;',
    `IF FOUND AND (${saysSomething(split, ofRow('was', now))})`,
    `  AND ${isOfKey(brought, split, 'NEW')} IS NOT TRUE`,
    `  AND NOT EXISTS (SELECT FROM ${qualifiedName(into)} AS t WHERE ${sameKey('t', 'NEW', key)}) THEN`,
    `  ${own} := ${ownFrame};`,
    `  IF ${hasBranch(own)} THEN`,
    indentLines(noteUsed(own, refuseOther(text)).join('\n'), '    '),
    ...moved.flatMap(({ column }, at) => [
      `    IF ${leavesColumn(own, at)} THEN`,
      `      NEW.${identifier(column)} := was.${identifier(now[at] ?? '')};`,
      '    END IF;',
    ]),
    '  ELSE',
    ...bringRow(split, 'NEW', [
      `INSERT INTO ${qualifiedName(into)} (${columns})`,
      `SELECT ${values}`,
      `FROM ${qualifiedName(table)} AS s`,
      `WHERE ${sameKey('s', 'NEW', key)}`,
      `ON CONFLICT (${names.join(', ')}) DO NOTHING;`,
    ]).map((line) => `    ${line}`),
    '  END IF;',
    'END IF;',
  ];
}
