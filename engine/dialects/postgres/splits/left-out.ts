import type { TableSplit } from '../../splits.ts';
import { dropDefault, setDefault } from '../columns.ts';
import { dollarQuoted, identifier, literal } from '../quote.ts';
import { leftOutName } from '../made-names.ts';

// Before the backfill has come, an INSERT into the new table is about a row of which the old one says something. What its writer
// leaves out stays as it is; what he gives counts, be it NULL. Only a default knows that its column was left out: it says so.

const functionOf = ({ migration }: Pick<TableSplit, 'migration'>): string =>
  `underpin.${identifier(leftOutName(migration))}`;

/** For the length of the statement; each row's default is computed just before its trigger fires. */
const note = 'underpin.left_out';

export const forgetLeftOut = `PERFORM set_config(${literal(note)}, '/', true);`;

export const isLeftOut = (at: number): string =>
  `strpos(coalesce(current_setting(${literal(note)}, true), '/'), '/${at + 1}/') > 0`;

/** Runs as the writer, by whose rights and settings a default is computed. */
export const createLeftOut = (split: TableSplit): string =>
  [
    `CREATE OR REPLACE FUNCTION ${functionOf(split)}(place integer, otherwise anyelement)`,
    '  RETURNS anyelement',
    '  LANGUAGE plpgsql',
    `AS ${dollarQuoted(
      [
        'BEGIN',
        `  PERFORM set_config(${literal(note)}, coalesce(current_setting(${literal(note)}, true), '/') || place || '/', true);`,
        '  RETURN otherwise;',
        'END',
      ].join('\n'),
      'function',
    )}`,
  ].join('\n');

export const dropLeftOut = (split: TableSplit): string =>
  `DROP FUNCTION IF EXISTS ${functionOf(split)}(integer, anyelement)`;

export const sayLeftOut = (split: TableSplit): readonly string[] =>
  split.moved.map(({ column, type, default: otherwise }, at) =>
    setDefault(
      split.into,
      column,
      `${functionOf(split)}(${at + 1}, (${otherwise?.expression ?? 'NULL'})::${type})`,
    ),
  );

export const ownDefaults = ({ into, moved }: TableSplit): readonly string[] =>
  moved.map(({ column, default: otherwise }) =>
    otherwise === null ? dropDefault(into, column) : setDefault(into, column, otherwise.expression),
  );
