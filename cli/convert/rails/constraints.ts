import { NotRead, listOf, text, type RubyValue } from './call.ts';
import type { Course } from './known-names.ts';
import {
  checkName,
  exclusionName,
  foreignKeyColumn,
  foreignKeyName,
  quoted,
  quotedTable,
  uniqueName,
} from './names.ts';
import type { Options } from './options.ts';

export interface Constraint {
  readonly name: string;
  /** As CREATE TABLE and ADD take it. */
  readonly sql: string;
  /** Rows that are there are not looked at. */
  readonly notValid: string;
}

const columnsOf = (value: RubyValue | undefined): readonly string[] =>
  listOf(value).map((column) => text(column, 'a column of its constraint'));

const list = (columns: readonly string[]): string => columns.map(quoted).join(', ');

export function foreignKey(
  table: string,
  toTable: string,
  options: Options,
  { version, known }: Course,
): Constraint {
  const given = columnsOf(options.take('column'));
  const key = columnsOf(options.take('primary_key'));
  const columns = given.length > 0 ? given : [foreignKeyColumn(toTable)];
  if (given.length === 0 && key.length > 1) throw new NotRead('the columns of its foreign key are not named');
  const name = options.takeText('name') ?? foreignKeyName(table, columns);
  known.addForeignKey(table, columns, name);
  const sql = [
    `CONSTRAINT ${quoted(name)} FOREIGN KEY (${list(columns)})`,
    `REFERENCES ${quotedTable(toTable)} (${list(key.length > 0 ? key : ['id'])})`,
    ...action('DELETE', options.takeText('on_delete')),
    ...action('UPDATE', options.takeText('on_update')),
    ...deferrable(options, version),
  ];
  return ended({ name, sql: sql.join(' '), notValid: notValid(options) }, options);
}

/** A constraint may be asked to be added only where there is none. */
function ended(constraint: Constraint, options: Options): Constraint {
  options.ignore('if_not_exists');
  options.end();
  return constraint;
}

const notValid = (options: Options): string =>
  options.has('validate') && !options.takeFlag('validate') ? ' NOT VALID' : '';

const actions: Readonly<Record<string, string>> = {
  nullify: 'SET NULL',
  cascade: 'CASCADE',
  restrict: 'RESTRICT',
};

function action(event: string, value: string | undefined): readonly string[] {
  if (value === undefined) return [];
  const written = actions[value];
  if (written === undefined) throw new NotRead(`there is no ${value} for ON ${event}`);
  return [`ON ${event} ${written}`];
}

function deferrable(options: Options, version: number): readonly string[] {
  const value = options.take('deferrable') ?? false;
  if (value === false) return [];
  const when = value === true && version < 7.1 ? 'immediate' : value;
  if (when !== 'immediate' && when !== 'deferred') throw new NotRead('deferrable is :immediate or :deferred');
  return [`DEFERRABLE INITIALLY ${when.toUpperCase()}`];
}

export function check(table: string, expression: string, options: Options): Constraint {
  const name = options.takeText('name') ?? checkName(table, expression);
  return ended(
    { name, sql: `CONSTRAINT ${name} CHECK (${expression})`, notValid: notValid(options) },
    options,
  );
}

export function unique(
  table: string,
  over: RubyValue | undefined,
  options: Options,
  version: number,
): Constraint {
  const columns = columnsOf(over);
  const index = options.takeText('using_index');
  const name = options.takeText('name') ?? uniqueName(table, index === undefined ? columns : [index]);
  const parts = [
    `CONSTRAINT ${quoted(name)} UNIQUE`,
    ...(options.takeFlag('nulls_not_distinct') ? ['NULLS NOT DISTINCT'] : []),
    index === undefined ? `(${list(columns)})` : `USING INDEX ${quoted(index)}`,
    ...deferrable(options, version),
  ];
  return ended({ name, sql: parts.join(' '), notValid: '' }, options);
}

export function exclusion(table: string, expression: string, options: Options, version: number): Constraint {
  const name = options.takeText('name') ?? exclusionName(table, expression);
  const using = options.takeText('using');
  const where = options.takeText('where');
  const parts = [
    `CONSTRAINT ${quoted(name)} EXCLUDE`,
    ...(using === undefined ? [] : [`USING ${using}`]),
    `(${expression})`,
    ...(where === undefined ? [] : [`WHERE (${where})`]),
    ...deferrable(options, version),
  ];
  return ended({ name, sql: parts.join(' '), notValid: '' }, options);
}
