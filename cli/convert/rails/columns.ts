import { NotRead, isHash, isList, isSql, text, type RubyValue } from './call.ts';
import { literal, quoted } from './names.ts';
import type { Options } from './options.ts';

/** A column as Rails' PostgreSQL adapter writes it. */
export interface Column {
  readonly sql: string;
  readonly comment: string | undefined;
}

/** The types that have another name in PostgreSQL, or take a length. */
const native: Readonly<Record<string, string>> = {
  string: 'character varying',
  bit_varying: 'bit varying',
  binary: 'bytea',
  blob: 'bytea',
};

/** Methods of a table that add a column of their own name. */
export const columnTypes = new Set(
  `bigint binary blob boolean date datetime decimal float integer json string text time timestamp numeric virtual
   bigserial bit bit_varying cidr citext daterange hstore inet interval int4range int8range jsonb ltree macaddr money
   numrange oid point line lseg box path polygon circle serial tsrange tstzrange tsvector timestamptz uuid xml enum`.split(
    /\s+/u,
  ),
);

export function columnOf(name: string, type: string, options: Options, version: number): Column {
  const isKey = options.takeFlag('primary_key') || type === 'primary_key';
  if (type === 'primary_key') return { sql: `${quoted(name)} bigserial primary key`, comment: undefined };
  const isRequired = options.take('null') === false || isKey;
  const written = isKey && !options.has('default') ? keyType(type, options.takeNumber('limit')) : undefined;
  const { sql: typeSql, isArray } =
    written === undefined ? typeOf(type, options, version) : { sql: written, isArray: false };
  const collation = options.takeText('collation');
  const given = options.take('default');
  const hasDefault = given !== undefined && !(isRequired && given === null);
  const parts = [
    quoted(name),
    typeSql,
    ...(collation === undefined ? [] : [`COLLATE "${collation}"`]),
    ...generated(options),
    ...(hasDefault ? [`DEFAULT ${defaultOf(given, type, isArray)}`] : []),
    ...(isRequired ? ['NOT NULL'] : []),
    ...(isKey ? ['PRIMARY KEY'] : []),
  ];
  const comment = options.takeText('comment');
  options.ignore('first', 'after', 'unsigned', 'charset', 'using', 'cast_as');
  // Before Rails 7.1 a column's unknown options are nobody's.
  if (version < 7.1) options.ignoreRest();
  options.end();
  return { sql: parts.join(' '), comment };
}

/** A key of numbers counts itself. */
function keyType(type: string, limit: number | undefined): string | undefined {
  if (type === 'bigint' || (type === 'integer' && limit === 8)) return 'bigserial';
  if (type === 'integer') return 'serial';
  if (limit !== undefined) throw new NotRead('what its option limit does is not known here');
  return undefined;
}

function generated(options: Options): readonly string[] {
  const as = options.takeText('as');
  const isStored = options.takeFlag('stored');
  return as === undefined ? [] : [`GENERATED ALWAYS AS (${as}) ${isStored ? 'STORED' : 'VIRTUAL'}`];
}

export interface TypeText {
  readonly sql: string;
  readonly isArray: boolean;
}

/** Its options of length and precision are taken. */
export function typeOf(written: string, options: Options, version: number): TypeText {
  const type = written === 'virtual' ? text(options.take('type'), 'type') : written;
  const isArray = options.takeFlag('array');
  const sql = plainType(type, options, version);
  return { sql: isArray ? `${sql}[]` : sql, isArray };
}

function plainType(type: string, options: Options, version: number): string {
  const hasPrecision = options.has('precision');
  const limit = options.takeNumber('limit');
  const precision = options.takeNumber('precision');
  const scale = options.takeNumber('scale');
  const enumType = options.takeText('enum_type');
  if (type === 'datetime' || type === 'timestamp') {
    // Since Rails 7.0 a moment has microseconds where nothing else is said.
    const digits = !hasPrecision && type === 'datetime' && version >= 7 ? 6 : precision;
    return digits === undefined ? 'timestamp' : `timestamp(${digits})`;
  }
  if (type === 'time' || type === 'interval') return precision === undefined ? type : `${type}(${precision})`;
  if (type === 'integer') return integerType(limit);
  if (type === 'enum') return text(enumType, 'enum_type');
  if (type === 'decimal') return decimalType(precision, scale);
  const name = native[type] ?? type;
  const takesLength = columnTypes.has(type) && !['text', 'binary', 'blob', 'numeric'].includes(type);
  return limit !== undefined && takesLength ? `${name}(${limit})` : name;
}

function integerType(limit = 4): string {
  if (limit <= 2) return 'smallint';
  if (limit <= 4) return 'integer';
  if (limit <= 8) return 'bigint';
  throw new NotRead(`there is no integer of ${limit} bytes`);
}

function decimalType(precision: number | undefined, scale: number | undefined): string {
  if (precision === undefined && scale !== undefined) throw new NotRead('its scale has no precision');
  if (precision === undefined) return 'decimal';
  return scale === undefined ? `decimal(${precision})` : `decimal(${precision},${scale})`;
}

const numbers = new Set([
  'integer',
  'bigint',
  'float',
  'decimal',
  'numeric',
  'money',
  'serial',
  'bigserial',
  'oid',
]);

/** A default as a column of this type takes it. */
export function defaultOf(value: RubyValue, type: string, isArray: boolean): string {
  if (isSql(value)) return value.sql;
  if (value === null) return 'NULL';
  if (type === 'uuid' && typeof value === 'string' && value.includes('()')) return value;
  if (isArray && isList(value)) return literal(`{${value.map(element).join(',')}}`);
  if (type === 'json' || type === 'jsonb') return literal(JSON.stringify(plain(value)));
  if (isHash(value) && value.size === 0) return literal('');
  if (isList(value) || isHash(value)) throw new NotRead('how its default is written is not known here');
  if (type === 'boolean') return booleanText(value);
  if (numbers.has(type) && !isArray) return numberText(value);
  // A number or truth for a type that is neither goes as text.
  if (typeof value === 'boolean')
    return type === 'string' || type === 'text' ? literal(value ? 't' : 'f') : value ? 'TRUE' : 'FALSE';
  return literal(String(value));
}

/** A default of a column whose type nothing tells. */
export function looseDefault(value: RubyValue): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'boolean' ? (value ? 'TRUE' : 'FALSE') : defaultOf(value, '', isList(value));
}

const falsehoods = new Set(['false', 'f', '0', 'off', 'FALSE', 'F', 'OFF']);

const booleanText = (value: string | number | boolean): string =>
  value === '' ? 'NULL' : falsehoods.has(String(value)) ? 'FALSE' : 'TRUE';

function numberText(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  const number = Number(value);
  if (value === '' || Number.isNaN(number)) throw new NotRead('its default is no number');
  return String(value);
}

/** Of an array, as PostgreSQL reads it. */
function element(value: RubyValue): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 't' : 'f';
  const word = text(value, 'its default');
  return /^[^\s{}",\\]+$/u.test(word) && !/^null$/iu.test(word)
    ? word
    : `"${word.replaceAll(/["\\]/gu, String.raw`\$&`)}"`;
}

const plain = (value: RubyValue): unknown =>
  isHash(value)
    ? Object.fromEntries([...value].map(([key, each]) => [key, plain(each)] as const))
    : isList(value)
      ? value.map(plain)
      : value;
