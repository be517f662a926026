import type { ClientBase } from 'pg';
import { identifier, qualified } from '../database/postgres-names.ts';
import { isAboutNoColumn, type WrittenShape } from './written-shape.ts';
import type { TableName } from '../../engine/spec/table-name.ts';
import { withoutDomains } from '../data/column-type.ts';
import { freshValue } from '../data/fresh-value.ts';
import {
  describeTable,
  type Column,
  type TableDescription,
  type UniqueSet,
} from '../data/table-description.ts';
import { isSelfUnique } from '../data/unique-plan.ts';
import { presentTable } from './present-table.ts';
import { TrafficError } from './traffic-error.ts';

/** What the traffic must know of its table. Read once, before the migration, as an application is written once. */
export interface Target {
  readonly description: TableDescription;
  readonly table: TableName;
  readonly shape: WrittenShape;
  /** The old version's columns; none where the old version knows of none. */
  readonly columns: readonly Column[];
  /** Whether no two rows may hold the same value in one of the columns. */
  readonly unique: boolean;
  readonly key: readonly Column[];
  /** A column that has nothing to do with the migration. */
  readonly other: Column | undefined;
  /** What an INSERT copies from a row `s`, or makes anew with the whole numbers `$1` and `$2`. */
  readonly copied: readonly { readonly column: string; readonly expression: string }[];
  /** The unique set that no INSERT can satisfy; `undefined` when all can be. */
  readonly uninsertable: string | undefined;
}

/** The names of the columns that the migration is about. */
function shapeColumns(shape: WrittenShape): readonly string[] {
  if (isAboutNoColumn(shape)) return [];
  if (shape.kind === 'kept') return [shape.column, ...shape.aside];
  if (shape.kind === 'leaving') return [...shape.old.map(({ column }) => column), ...shape.quarantined];
  return shape.kind === 'pair'
    ? [...[...shape.old, ...shape.new].map(({ column }) => column), ...shape.quarantined]
    : [shape.column];
}

/** @throws TrafficError for a table without a key, or whose only key is the column that changes */
export async function readTarget(client: ClientBase, table: TableName, asked: WrittenShape): Promise<Target> {
  const there = await presentTable(client, { table, shape: asked });
  const description = await describeTable(client, there ?? table);
  if (description === undefined)
    throw new TrafficError(table, 'there is no such table', 'name one that exists');
  const shape: WrittenShape = isOnlyFound(description, asked) ? { kind: 'none', breaks: null } : asked;
  const ours = shapeColumns(shape);
  const columns =
    shape.kind === 'pair' || shape.kind === 'kept' || shape.kind === 'leaving'
      ? shape.old.flatMap(({ column }) => description.columns.filter(({ name }) => name === column))
      : [];
  const key = keyColumns(description, ours);
  const insert = await insertColumns(client, description, ours);
  return {
    description,
    table,
    shape,
    columns,
    unique: description.uniqueSets.some((set) => columns.some(({ name }) => set.columns.includes(name))),
    key,
    other: otherColumn(description, ours, key),
    ...insert,
  };
}

/**
 * Rows are found by the column that changes its type under its name, or the database alone gives it values: the application
 * inserts, reads and deletes by it, and does not write it.
 */
function isOnlyFound(description: TableDescription, shape: WrittenShape): boolean {
  if (shape.kind !== 'kept') return false;
  const column = description.columns.find(({ name }) => name === shape.column);
  return column?.identity === 'always' || steadyKey(description, shapeColumns(shape)) === undefined;
}

function keysOf({ columns, uniqueSets }: TableDescription): readonly UniqueSet[] {
  const isKey = (set: UniqueSet): boolean =>
    set.plain &&
    set.columns.every((name) => columns.some((column) => column.name === name && !column.nullable));
  return uniqueSets.filter(isKey);
}

const steadyKey = (description: TableDescription, ours: readonly string[]): UniqueSet | undefined =>
  keysOf(description).find((set) => !set.columns.some((name) => ours.includes(name)));

function keyColumns(description: TableDescription, ours: readonly string[]): readonly Column[] {
  const { table, columns } = description;
  if (keysOf(description).length === 0)
    throw new TrafficError(
      table,
      'it has no primary key',
      'its clients find their rows by one: give the copy that is rehearsed a primary key',
    );
  const steady = steadyKey(description, ours);
  if (steady === undefined)
    throw new TrafficError(
      table,
      'its only key is the column that changes',
      'add another unique column, NOT NULL',
    );
  return steady.columns.flatMap((name) => columns.filter((column) => column.name === name));
}

/** One that may be set to another row's value: nothing else hangs on it. */
function otherColumn(
  { columns, uniqueSets, foreignKeys, checks }: TableDescription,
  ours: readonly string[],
  key: readonly Column[],
): Column | undefined {
  const tied = new Set([
    ...ours,
    ...key.map(({ name }) => name),
    ...uniqueSets.flatMap((set) => set.columns),
    ...foreignKeys.flatMap((foreign) => foreign.columns),
    ...checks.flatMap((check) => (check.columns.length > 1 ? check.columns : [])),
  ]);
  return columns.find((column) => !column.generated && column.identity === null && !tied.has(column.name));
}

async function insertColumns(
  client: ClientBase,
  description: TableDescription,
  ours: readonly string[],
): Promise<Pick<Target, 'copied' | 'uninsertable'>> {
  const { columns, uniqueSets, foreignKeys } = description;
  const written = columns.filter(
    (column) => !column.generated && !isSelfUnique(column) && !ours.includes(column.name),
  );
  const fresh = new Map<string, string>();
  const inForeignKey = new Set(foreignKeys.flatMap((key) => key.columns));
  let uninsertable: string | undefined;
  for (const set of uniqueSets) {
    const members = columns.filter((column) => set.columns.includes(column.name));
    const differs = members.some(
      (column) => ours.includes(column.name) || fresh.has(column.name) || !written.includes(column),
    );
    if (differs) continue;
    const made = members.find(
      (column) => !inForeignKey.has(column.name) && freshExpression(column, null) !== undefined,
    );
    const expression = made && freshExpression(made, await greatest(client, description.table, made));
    if (made === undefined || expression === undefined) uninsertable = set.name;
    else fresh.set(made.name, expression);
  }
  const copied = written.map(({ name }) => ({
    column: name,
    expression: fresh.get(name) ?? `s.${identifier(name)}`,
  }));
  return { copied, uninsertable };
}

/** Text takes the great number ($2), which no earlier run has used; for numbers and dates that would be out of range. */
function freshExpression({ name, type }: Column, after: string | null): string | undefined {
  const token = isText(type) ? '$2::int8' : '$1::int8';
  const expression = freshValue(type, `s.${identifier(name)}`, token, after);
  return expression && `(${expression})::${type.sql}`;
}

export function isText(type: Column['type']): boolean {
  const base = withoutDomains(type);
  return base.kind === 'base' && base.category === 'S';
}

/** The greatest number in a column, as text; `null` for what is not a number. */
export async function greatest(
  client: ClientBase,
  table: TableName,
  { name, type }: Column,
): Promise<string | null> {
  const base = withoutDomains(type);
  if (base.kind !== 'base' || base.category !== 'N') return null;
  const { rows } = await client.query<{ greatest: string | null }>(
    `SELECT max(${identifier(name)})::numeric::text AS greatest FROM ${qualified(table)}`,
  );
  return rows[0]?.greatest ?? null;
}
