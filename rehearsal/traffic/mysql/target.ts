import type { Connection } from 'mysql2/promise';
import * as z from 'zod';
import type { TableName } from '../../../engine/spec/table-name.ts';
import { identifier, qualified } from '../../data/mysql/connection.ts';
import {
  describeMysqlTable,
  isAutoIncrement,
  isGenerated,
  type MysqlColumn,
  type MysqlTable,
} from '../../data/mysql/table-description.ts';
import { TrafficError } from '../traffic-error.ts';
import { isAboutNoColumn, type WrittenShape } from '../written-shape.ts';
import { hasText, toText } from './column-text.ts';
import { presentMysqlTable } from './present-table.ts';

/** A column of which an INSERT makes a value that no other row has. */
export interface UniqueValue {
  readonly column: MysqlColumn;
  /** The greatest number that is there. */
  readonly after: bigint;
}

/** What the traffic must know of its table. Read once, before the migration, as an application is written once. */
export interface MysqlTarget {
  readonly table: TableName;
  readonly shape: WrittenShape;
  readonly description: MysqlTable;
  /** The old version's columns; none where the old version knows of none. */
  readonly columns: readonly MysqlColumn[];
  /** Whether no two rows may hold the same value in one of the columns. */
  readonly unique: boolean;
  readonly key: readonly MysqlColumn[];
  /** A column that has nothing to do with the migration. */
  readonly other: MysqlColumn | undefined;
  /** What an INSERT writes beside the migration's columns. */
  readonly copied: readonly MysqlColumn[];
  readonly fresh: ReadonlyMap<string, UniqueValue>;
  /** Rows to be copied: of each its texts of `copied`. */
  readonly samples: readonly (readonly (string | null)[])[];
  /** The unique set that no INSERT can satisfy. */
  readonly uninsertable: string | undefined;
}

const sampleSize = 500;

/** The names of the columns that the migration is about. */
function shapeColumns(shape: WrittenShape): readonly string[] {
  if (isAboutNoColumn(shape)) return [];
  if (shape.kind === 'added') return [shape.column];
  if (shape.kind === 'kept') return [shape.column, ...shape.aside];
  const sides = shape.kind === 'pair' ? [...shape.old, ...shape.new] : shape.old;
  return [...sides.map(({ column }) => column), ...shape.quarantined];
}

/** @throws TrafficError for a table without a key, or whose only key is the column that changes */
export async function readMysqlTarget(
  client: Connection,
  table: TableName,
  shape: WrittenShape,
): Promise<MysqlTarget> {
  // An earlier start may have left a view by the table's name.
  const present = (await presentMysqlTable(client, { table, shape })) ?? table;
  const description = await describeMysqlTable(client, present);
  if (description === undefined)
    throw new TrafficError(table, 'there is no such table', 'name one that exists');
  const ours = shapeColumns(shape);
  const { columns, uniqueSets, foreignKeys } = description;
  const old = shape.kind === 'pair' || shape.kind === 'leaving' ? shape.old : [];
  const named = (names: readonly string[]): readonly MysqlColumn[] =>
    names.flatMap((name) => columns.filter((column) => column.name === name));
  const key = named(keyOf(description, ours));
  const copied = columns.filter(
    (column) =>
      !isGenerated(column) && !isAutoIncrement(column) && !ours.includes(column.name) && hasText(column),
  );
  const { fresh, uninsertable } = await freshOf(client, description, { copied, ours });
  const tied = new Set([
    ...ours,
    ...key.map(({ name }) => name),
    ...uniqueSets.flatMap((set) => set.columns),
    ...foreignKeys.flatMap((foreign) => foreign.columns),
  ]);
  return {
    table,
    shape,
    description,
    columns: named(old.map(({ column }) => column)),
    unique: uniqueSets.some((set) => old.some(({ column }) => set.columns.includes(column))),
    key,
    other: copied.find(({ name }) => !tied.has(name) && !isInRule(description, name)),
    copied,
    fresh,
    samples: await samplesOf(client, table, { copied, shape }),
    uninsertable,
  };
}

const isInRule = ({ checks }: MysqlTable, name: string): boolean =>
  checks.some((clause) => clause.includes(`\`${name}\``));

function keyOf({ table, columns, uniqueSets }: MysqlTable, ours: readonly string[]): readonly string[] {
  const keys = uniqueSets.filter(
    (set) =>
      set.plain && set.columns.every((name) => columns.some((each) => each.name === name && !each.nullable)),
  );
  if (keys.length === 0) throw new TrafficError(table, 'it has no primary key', 'give it a primary key');
  const steady = keys.find((set) => !set.columns.some((name) => ours.includes(name)));
  if (steady === undefined)
    throw new TrafficError(
      table,
      'its only key is the column that changes',
      'add another unique column, NOT NULL',
    );
  return steady.columns;
}

async function freshOf(
  client: Connection,
  { table, columns, uniqueSets, foreignKeys }: MysqlTable,
  { copied, ours }: { readonly copied: readonly MysqlColumn[]; readonly ours: readonly string[] },
): Promise<Pick<MysqlTarget, 'fresh' | 'uninsertable'>> {
  const fresh = new Map<string, UniqueValue>();
  const pointing = new Set(foreignKeys.flatMap((foreign) => foreign.columns));
  let uninsertable: string | undefined;
  for (const set of uniqueSets) {
    const members = columns.filter(({ name }) => set.columns.includes(name));
    const differs = members.some(
      (column) => ours.includes(column.name) || fresh.has(column.name) || isAutoIncrement(column),
    );
    if (differs) continue;
    const made = members.find(
      (column) => copied.includes(column) && !pointing.has(column.name) && canBeFresh(column),
    );
    if (made === undefined) uninsertable = set.name;
    else fresh.set(made.name, { column: made, after: await greatest(client, table, made) });
  }
  return { fresh, uninsertable };
}

const isWhole = ({ dataType }: MysqlColumn): boolean => /int$/iu.test(dataType);
const canBeFresh = (column: MysqlColumn): boolean =>
  isWhole(column) ||
  (/char|text/iu.test(column.dataType) && (column.length ?? 0) >= 10) ||
  (/binary$/iu.test(column.dataType) && (column.length ?? 0) >= 6);

async function greatest(client: Connection, table: TableName, column: MysqlColumn): Promise<bigint> {
  if (!isWhole(column)) return 0n;
  const [rows] = await client.query(
    `SELECT CAST(COALESCE(MAX(${identifier(column.name)}), 0) AS CHAR) AS greatest FROM ${qualified(table)}`,
  );
  return BigInt(z.array(z.object({ greatest: z.string() })).parse(rows)[0]?.greatest ?? 0);
}

/** Where a rule comes, the application has been mended first: it copies no row that breaks it. */
async function samplesOf(
  client: Connection,
  table: TableName,
  { copied, shape }: { readonly copied: readonly MysqlColumn[]; readonly shape: WrittenShape },
): Promise<MysqlTarget['samples']> {
  const breaks = shape.kind === 'none' ? shape.breaks : null;
  const texts = copied.map((column) => toText(identifier(column.name), column));
  const [rows] = await client.query({
    sql: `SELECT ${texts.join(', ') || '1'} FROM ${qualified(table)}${breaks === null ? '' : ` WHERE (${breaks}) IS NOT TRUE`} LIMIT ${sampleSize}`,
    rowsAsArray: true,
  });
  return z.array(z.array(z.union([z.null(), z.string(), z.number().transform(String)]))).parse(rows);
}
