import { NotRead, isHash, text, type RubyValue } from './call.ts';
import { columnOf, defaultOf, looseDefault, typeOf } from './columns.ts';
import { literal, quoted, quotedTable } from './names.ts';
import { timestamps } from './new-table.ts';
import { Options } from './options.ts';
import { alter, statement, type Write, type Writing, type Written } from './writing.ts';

const names = ({ call: { args } }: Writing): readonly string[] => args.map((each) => text(each, 'a name'));

const tableAndColumn = ({ call: { args } }: Writing): readonly [table: string, column: string] => [
  text(args[0], 'the table'),
  text(args[1], 'the column'),
];

const commentOn = (table: string, column: string, comment: string | null): Written => ({
  sql: `COMMENT ON COLUMN ${quotedTable(table)}.${quoted(column)} IS ${comment === null ? 'NULL' : literal(comment)}`,
});

export function addedColumn(
  table: string,
  column: string,
  { type, options, version }: { type: string; options: Options; version: number },
): readonly Written[] {
  options.ignore('if_not_exists');
  // Rails takes no notice of it: an index is a statement of its own.
  if (version < 7.1) options.ignore('index');
  const { sql, comment } = columnOf(column, type, options, version);
  return [
    ...alter(table, `ADD ${sql}`),
    ...(comment === undefined ? [] : [commentOn(table, column, comment)]),
  ];
}

function addColumn(of: Writing): readonly Written[] {
  const [table, column] = tableAndColumn(of);
  const type = text(of.call.args[2], 'its type');
  if (type === 'primary_key' && of.version < 5.1)
    throw new NotRead('what key Rails 5.0 adds is not known here');
  return addedColumn(table, column, { ...of, type });
}

function addColumns(of: Writing): readonly Written[] {
  const [table = '', ...columns] = names(of);
  const type = text(of.options.take('type'), 'its type');
  return columns.flatMap((column) =>
    addedColumn(table, column, { type, options: of.options.copy(), version: of.version }),
  );
}

function addTimestamps({ call, options, version }: Writing): readonly Written[] {
  const columns = timestamps(options, version).map(
    ([name, own]) => `ADD ${columnOf(name, 'datetime', own, version).sql}`,
  );
  return alter(text(call.args[0], 'the table'), ...columns);
}

/** Another type, and in the same statement another default and NULL or not. */
function changeColumn(of: Writing): readonly Written[] {
  const { options, version } = of;
  const [table, column] = tableAndColumn(of);
  const type = text(of.call.args[2], 'its type');
  const name = quoted(column);
  const given = options.take('default');
  const isNull = options.take('null');
  const comment = options.takeText('comment');
  const { sql, isArray } = typeOf(type, options, version);
  const collation = options.takeText('collation');
  const using = options.takeText('using');
  const castAs = options.takeText('cast_as');
  const changed = [
    `ALTER COLUMN ${name} TYPE ${sql}`,
    ...(collation === undefined ? [] : [`COLLATE "${collation}"`]),
    ...(using === undefined ? [] : [`USING ${using}`]),
    ...(castAs === undefined
      ? []
      : [`USING CAST(${name} AS ${typeOf(castAs, new Options(new Map()), version).sql})`]),
  ].join(' ');
  const actions = [
    changed,
    ...(given === undefined
      ? []
      : [defaultAction(name, given === null ? null : defaultOf(given, type, isArray))]),
    ...(isNull === undefined || isNull === null ? [] : [nullAction(name, isNull)]),
  ];
  return [
    ...(version < 5.2 ? actions.flatMap((action) => alter(table, action)) : alter(table, ...actions)),
    ...(comment === undefined ? [] : [commentOn(table, column, comment)]),
  ];
}

const defaultAction = (column: string, value: string | null): string =>
  `ALTER COLUMN ${column} ${value === null ? 'DROP DEFAULT' : `SET DEFAULT ${value}`}`;

function nullAction(column: string, isNull: RubyValue): string {
  if (typeof isNull !== 'boolean') throw new NotRead('null is neither true nor false');
  return `ALTER COLUMN ${column} ${isNull ? 'DROP' : 'SET'} NOT NULL`;
}

/** `from:` and `to:` say both ways. */
function forward({ call, options }: Writing): RubyValue {
  const value = options.has('to') ? options.take('to') : call.args[2];
  options.ignore('from', 'to');
  const own = isHash(value) && value.has('from') && value.has('to') ? value.get('to') : value;
  if (own === undefined) throw new NotRead('it does not say what shall be');
  return own;
}

function changeDefault(of: Writing): readonly Written[] {
  const [table, column] = tableAndColumn(of);
  const value = forward(of);
  return alter(table, defaultAction(quoted(column), value === null ? null : looseDefault(value)));
}

function changeNull(of: Writing): readonly Written[] {
  const [table, column] = tableAndColumn(of);
  const [, , isNull = null, repair = null] = of.call.args;
  const name = quoted(column);
  const filled =
    isNull === false && repair !== null
      ? statement(`UPDATE ${quotedTable(table)} SET ${name}=${looseDefault(repair)} WHERE ${name} IS NULL`)
      : [];
  return [...filled, ...alter(table, nullAction(name, isNull))];
}

function changeComment(of: Writing): readonly Written[] {
  const [table, column] = tableAndColumn(of);
  const comment = forward(of);
  return [commentOn(table, column, comment === null ? null : text(comment, 'the comment'))];
}

function changeTableComment({ call, options }: Writing): readonly Written[] {
  const comment = options.has('to') ? (options.take('to') ?? null) : (call.args[1] ?? null);
  options.ignore('from');
  const written = comment === null ? 'NULL' : literal(text(comment, 'the comment'));
  return statement(`COMMENT ON TABLE ${quotedTable(text(call.args[0], 'the table'))} IS ${written}`);
}

/** Its type and options say the way back. */
function removeColumn(of: Writing): readonly Written[] {
  const [table, column] = tableAndColumn(of);
  of.options.ignoreRest();
  return alter(table, `DROP COLUMN ${quoted(column)}`);
}

function removeColumns(of: Writing): readonly Written[] {
  const [table = '', ...columns] = names(of);
  if (columns.length === 0) throw new NotRead('it names no column');
  of.options.ignoreRest();
  return alter(table, ...columns.map((column) => `DROP COLUMN ${quoted(column)}`));
}

function removeTimestamps(of: Writing): readonly Written[] {
  of.options.ignoreRest();
  return alter(text(of.call.args[0], 'the table'), 'DROP COLUMN "updated_at"', 'DROP COLUMN "created_at"');
}

function renameColumn(of: Writing): readonly Written[] {
  const [table, from] = tableAndColumn(of);
  return alter(table, `RENAME COLUMN ${quoted(from)} TO ${quoted(text(of.call.args[2], 'its new name'))}`);
}

export const columnMethods = {
  add_column: addColumn,
  add_columns: addColumns,
  add_timestamps: addTimestamps,
  change_column: changeColumn,
  change_column_default: changeDefault,
  change_column_null: changeNull,
  change_column_comment: changeComment,
  change_table_comment: changeTableComment,
  remove_column: removeColumn,
  remove_columns: removeColumns,
  remove_timestamps: removeTimestamps,
  rename_column: renameColumn,
} satisfies Readonly<Record<string, Write>>;
