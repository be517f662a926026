import type { Catalog, Column } from '../catalog/catalog.ts';
import { nearest } from '../words/nearest.ts';
import type { Inheritance } from '../catalog/inherited.ts';
import type { WalkOrder } from '../plan/settings.ts';
import type { Refusal, Subject } from './kind.ts';

export const columnNamed = (catalog: Catalog, name: string): Column | undefined =>
  catalog.columns.find((column) => column.name === name);

/** A column that a change is compiled about: the refusals have found it. */
export function knownColumn(catalog: Catalog, name: string): Column {
  const column = columnNamed(catalog, name);
  if (!column) throw new Error(`compiling before the refusals were asked: no column ${name}`);
  return column;
}

export function missingColumn(subject: Subject, column: string, key: string): Refusal {
  const names = subject.catalog.columns.map(({ name }) => name);
  const near = nearest(column, names);
  return {
    key,
    fact: `table ${subject.table.schema}.${subject.table.name} has no column "${column}"`,
    remedy: near === undefined ? `Its columns: ${names.join(', ')}.` : `Did you mean "${near}"?`,
  };
}

/** What the new column's type forbids. */
export const typeRefusals = (
  { type, base, rewrites, domainRules }: Inheritance,
  key: string,
  remedy = `Write its base type, ${base}, and what the domain asks as a check of the table.`,
): readonly Refusal[] =>
  rewrites
    ? [
        {
          key,
          fact: `adding a column of type ${type} would rewrite the whole table under an exclusive lock, to ask every row for ${domainRules.join(' and for ')}`,
          remedy,
        },
      ]
    : [];

/** What keeps a column from being written by a repair. */
export function unwritable(subject: Subject, column: string, key: string): readonly Refusal[] {
  const found = columnNamed(subject.catalog, column);
  if (!found) return [missingColumn(subject, column, key)];
  if (!found.generated && !found.identity && !found.inPrimaryKey) return [];
  const is = found.generated
    ? 'is generated'
    : found.identity
      ? 'is an identity column'
      : 'belongs to the key';
  return [
    {
      key,
      fact: `${subject.table.name}.${column} ${is}, so a repair cannot set it`,
      remedy: 'Repair another column, or fix the rows first.',
    },
  ];
}

export function takenColumn(subject: Subject, column: string, key: string): readonly Refusal[] {
  if (!columnNamed(subject.catalog, column)) return [];
  return [
    {
      key,
      fact: `table ${subject.table.schema}.${subject.table.name} has a column "${column}" already`,
      remedy: 'Choose a name that is free, or drop that column first if nothing uses it.',
    },
  ];
}

/** Triggers of others that see a row after ours did, and may make something else of it. */
export const overruled = ({ migration, table, catalog, sql }: Subject): readonly Refusal[] =>
  sql.names.overruledBy(migration, catalog.beforeTriggers).map(({ trigger, remedy }) => ({
    key: 'table',
    fact: `trigger ${trigger} on ${table.name} would run after the dual write and could undo it`,
    remedy,
    waitsFor: 'database',
  }));

/** What forbids that the rows of a table are written or compared. */
export function unwalkable({ table, catalog }: Subject): readonly Refusal[] {
  const name = `${table.schema}.${table.name}`;
  if (catalog.table.refusesUpdates)
    return [
      {
        key: 'table',
        fact: `${name} is published and has no replica identity, so the database refuses every UPDATE of it`,
        remedy: 'Give it one first: a primary key, a unique index over NOT NULL columns, or the whole row.',
        waitsFor: 'database',
      },
    ];
  return catalog.table.kind === 'other' || catalog.key.length > 0 ? [] : [withoutKey(name, catalog.by)];
}

/** Refuses a table whose rows go to another one by their key, and that has none of its own columns. */
export function missingKey({ table, catalog }: Subject): readonly Refusal[] {
  const isKey = catalog.key.length > 0 && catalog.key.every(({ name }) => columnNamed(catalog, name));
  return isKey ? [] : [withoutKey(`${table.schema}.${table.name}`, catalog.by)];
}

const withoutKey = (name: string, by: WalkOrder): Refusal =>
  by === 'place'
    ? {
        key: 'backfill.by',
        fact: `rows of ${name} cannot be walked by their place for this change`,
        remedy:
          'Leave `by: place` out. It is for a column or a repair in a table of PostgreSQL that is not partitioned.',
      }
    : {
        key: 'table',
        fact: `${name} has no primary key and no unique index over NOT NULL columns`,
        remedy: 'Rows are walked by key: add a primary key, or a unique index over NOT NULL columns, first.',
        waitsFor: 'database',
      };
