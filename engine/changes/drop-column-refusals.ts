import type { Column } from '../catalog/catalog.ts';
import type { Refusal, Subject } from './kind.ts';
import { columnNamed, missingColumn } from './refusals.ts';

/** What an author says of a column that goes. */
export interface DroppedColumn {
  readonly column: string;
  readonly default?: string;
}

/** Whether a write that leaves the column out fails as it is. */
export const mustBeWritten = (column: Column, { catalog: { leaving } }: Subject): boolean =>
  leaving?.refusesNull === true && column.default === null && !column.identity && !column.generated;

/** Whatever would keep the column from being dropped, or would be broken without it, before anything is touched. */
export function dropColumnRefusals(change: DroppedColumn, subject: Subject): readonly Refusal[] {
  const column = columnNamed(subject.catalog, change.column);
  if (!column) return [missingColumn(subject, change.column, 'change.column')];
  return [
    ...ofColumn(column, subject),
    ...ofDependents(column, subject),
    ...ofDefault(change, column, subject),
  ];
}

const refusedIf = (when: boolean, fact: string, remedy: string, key = 'change.column'): readonly Refusal[] =>
  when ? [{ key, fact, remedy }] : [];

function ofColumn(column: Column, { table }: Subject): readonly Refusal[] {
  const name = `${table.name}.${column.name}`;
  return [
    ...refusedIf(
      column.inPrimaryKey,
      `${name} belongs to the primary key, which would go with it`,
      'Give the table another primary key first.',
    ),
    ...refusedIf(
      column.inReplicaIdentity && !column.inPrimaryKey,
      `${name} belongs to the index that is the replica identity: without it every UPDATE and DELETE of a published table fails`,
      `Give the table another replica identity first, such as ALTER TABLE ${table.name} REPLICA IDENTITY DEFAULT.`,
    ),
  ];
}

const ofDependents = (column: Column, { table, catalog }: Subject): readonly Refusal[] =>
  catalog.dependents.map(({ what, foreignKey, trigger }) => ({
    key: 'change.column',
    fact: foreignKey
      ? `${table.name}.${column.name} is what a foreign key refers to: ${what}`
      : `${what} uses ${table.name}.${column.name}`,
    remedy: trigger
      ? 'Its writes would fail from the quarantine on: change it so that it does not name the column, first.'
      : 'The column cannot be dropped while it is there: drop it or define it without the column, first.',
    waitsFor: 'database',
  }));

function ofDefault(change: DroppedColumn, column: Column, subject: Subject): readonly Refusal[] {
  const name = `${subject.table.name}.${column.name}`;
  const needed = mustBeWritten(column, subject);
  return [
    ...refusedIf(
      change.default !== undefined && !needed,
      `rows can be inserted without ${name} already`,
      'Remove `default`.',
      'change.default',
    ),
    ...refusedIf(
      change.default === undefined && needed && subject.catalog.leaving?.byItsType === true,
      `the type of ${name}, ${column.type}, refuses NULL, so that rows could not be inserted without it`,
      'Write `default:`, the value that they get until the column is dropped.',
      'change',
    ),
  ];
}
