import { NotRead, isHash, listOf, text, type RubyValue } from './call.ts';
import type { Course } from './known-names.ts';
import { indexColumns, indexName, literal, quoted, quotedTable } from './names.ts';
import type { Options } from './options.ts';

export function createIndex(
  table: string,
  columns: RubyValue,
  options: Options,
  { version, known }: Course,
): readonly string[] {
  const name = options.takeText('name') ?? indexName(table, columns, version);
  known.addIndex(table, columns, name);
  const using = options.takeText('using');
  const include = options.take('include');
  const where = options.takeText('where');
  const comment = options.takeText('comment');
  const parts = [
    options.takeFlag('unique') ? 'CREATE UNIQUE INDEX' : 'CREATE INDEX',
    ...algorithmOf(options),
    ...(options.takeFlag('if_not_exists') ? ['IF NOT EXISTS'] : []),
    `${quoted(name)} ON ${quotedTable(table)}`,
    ...(using === undefined ? [] : [`USING ${using}`]),
    `(${columnsOf(columns, options)})`,
    ...(include === undefined ? [] : [`INCLUDE (${namesOf(include)})`]),
    ...(options.takeFlag('nulls_not_distinct') ? ['NULLS NOT DISTINCT'] : []),
    ...(where === undefined ? [] : [`WHERE ${where}`]),
  ];
  options.ignore('length');
  options.end();
  return [
    parts.join(' '),
    ...(comment === undefined ? [] : [`COMMENT ON INDEX ${quoted(name)} IS ${literal(comment)}`]),
  ];
}

export function algorithmOf(options: Options): readonly string[] {
  const algorithm = options.takeText('algorithm');
  if (algorithm === undefined || algorithm === 'default') return [];
  if (algorithm === 'concurrently') return ['CONCURRENTLY'];
  throw new NotRead(`there is no algorithm ${algorithm}`);
}

const namesOf = (columns: RubyValue): string =>
  listOf(columns)
    .map((column) => quoted(text(column, 'a column of its index')))
    .join(', ');

function columnsOf(columns: RubyValue, options: Options): string {
  const over = indexColumns(columns);
  const operators = options.take('opclass');
  const orders = options.take('order');
  if (typeof over === 'string') return over;
  return over
    .map((column) =>
      [quoted(column), ofColumn(operators, column), ofColumn(orders, column)?.toUpperCase()]
        .filter((part) => part !== undefined)
        .join(' '),
    )
    .join(', ');
}

/** One for all columns, or one for each. */
function ofColumn(value: RubyValue | undefined, column: string): string | undefined {
  const own = isHash(value) ? value.get(column) : value;
  return own === undefined || own === null ? undefined : text(own, 'an option of its index');
}
