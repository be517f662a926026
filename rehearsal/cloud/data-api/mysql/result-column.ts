import mysql, { type FieldPacket } from 'mysql2';
import type { FieldKind, ResultType } from '../result-json.ts';

// A CommonJS module: Node finds none of its names that are not assigned plainly.
const { Types } = mysql;

const UNSIGNED = 32;
const AUTO_INCREMENT = 512;
const NOT_NULL = 1;
const BINARY_CHARSET = 63;

/** By the number that the protocol gives a type: its name, java.sql.Types' number, and how it travels. */
const TYPES: Readonly<Record<number, readonly [name: string, jdbc: number, kind: FieldKind]>> = {
  [Types.TINY]: ['TINYINT', -6, 'long'],
  [Types.SHORT]: ['SMALLINT', 5, 'long'],
  [Types.INT24]: ['MEDIUMINT', 4, 'long'],
  [Types.LONG]: ['INT', 4, 'long'],
  [Types.LONGLONG]: ['BIGINT', -5, 'long'],
  [Types.YEAR]: ['YEAR', 91, 'long'],
  // Of a bare NULL.
  [Types.NULL]: ['NULL', 0, 'string'],
  [Types.FLOAT]: ['FLOAT', 7, 'double'],
  [Types.DOUBLE]: ['DOUBLE', 8, 'double'],
  [Types.DECIMAL]: ['DECIMAL', 3, 'decimal'],
  [Types.NEWDECIMAL]: ['DECIMAL', 3, 'decimal'],
  [Types.DATE]: ['DATE', 91, 'string'],
  [Types.TIME]: ['TIME', 92, 'string'],
  [Types.DATETIME]: ['DATETIME', 93, 'string'],
  [Types.TIMESTAMP]: ['TIMESTAMP', 93, 'string'],
  [Types.VARCHAR]: ['VARCHAR', 12, 'string'],
  [Types.VAR_STRING]: ['VARCHAR', 12, 'string'],
  [Types.STRING]: ['CHAR', 1, 'string'],
  [Types.ENUM]: ['CHAR', 1, 'string'],
  [Types.SET]: ['CHAR', 1, 'string'],
  [Types.JSON]: ['JSON', -1, 'string'],
  [Types.TINY_BLOB]: ['TEXT', -1, 'string'],
  [Types.MEDIUM_BLOB]: ['TEXT', -1, 'string'],
  [Types.LONG_BLOB]: ['TEXT', -1, 'string'],
  [Types.BLOB]: ['TEXT', -1, 'string'],
};

const BINARY_NAMES: Readonly<Record<string, readonly [name: string, jdbc: number]>> = {
  VARCHAR: ['VARBINARY', -3],
  CHAR: ['BINARY', -2],
  TEXT: ['BLOB', -4],
};

interface Described extends ResultType {
  readonly jdbc: number;
}

/** Types that the service does not list (geometries, bit strings, vectors) have no kind: a result of them is refused. */
export function typeOf(field: FieldPacket): Described {
  const number = field.columnType ?? -1;
  const length = field.columnLength ?? 0;
  // What MySQL calls BOOLEAN, and one bit.
  if ((number === Types.TINY || number === Types.BIT) && length === 1)
    return { name: number === Types.TINY ? 'TINYINT' : 'BIT', jdbc: -7, kind: 'boolean', isArray: false };
  const known = TYPES[number];
  if (known === undefined) return { name: `type ${number}`, jdbc: 1111, isArray: false };
  const [name, jdbc, kind] = known;
  const binary =
    field.characterSet === BINARY_CHARSET && number !== Types.JSON ? BINARY_NAMES[name] : undefined;
  if (binary !== undefined) return { name: binary[0], jdbc: binary[1], kind: 'blob', isArray: false };
  const unsigned = kind === 'long' && flagsOf(field) & UNSIGNED && number !== Types.YEAR ? ' UNSIGNED' : '';
  return { name: `${name}${unsigned}`, jdbc, kind, isArray: false };
}

/** A value as text, as `result-json.ts` reads it. */
export function textOf(value: unknown, { kind }: ResultType): string | null {
  if (value === null || value === undefined) return null;
  if (kind === 'boolean') return isTrue(value) ? 't' : 'f';
  if (Buffer.isBuffer(value)) return kind === 'blob' ? `\\x${value.toString('hex')}` : value.toString('utf8');
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new Error(`the driver gave a value of a kind that is not known: ${typeof value}`);
}

const isTrue = (value: unknown): boolean => (Buffer.isBuffer(value) ? value[0] !== 0 : Number(value) !== 0);

/** The service's ColumnMetadata; `nullable` is JDBC's 0 no, 1 yes. */
export const metadataOf = (field: FieldPacket): object => {
  const { name, jdbc, kind } = typeOf(field);
  return {
    name: field.orgName === '' ? field.name : field.orgName,
    label: field.name,
    type: jdbc,
    typeName: name,
    nullable: flagsOf(field) & NOT_NULL ? 0 : 1,
    precision: field.columnLength ?? 0,
    scale: kind === 'decimal' ? (field.decimals ?? 0) : 0,
    schemaName: '',
    tableName: field.orgTable,
    isAutoIncrement: (flagsOf(field) & AUTO_INCREMENT) !== 0,
    isSigned:
      (kind === 'long' || kind === 'double' || kind === 'decimal') && (flagsOf(field) & UNSIGNED) === 0,
    isCurrency: false,
    isCaseSensitive: kind === 'blob',
    arrayBaseColumnType: 0,
  };
};

const flagsOf = ({ flags }: FieldPacket): number => (typeof flags === 'number' ? flags : 0);
