import type { Online } from '../../plan/plan.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { CarriedIndex, CarriedStatistics, ColumnSettings } from '../definitions.ts';
import { alterTable, dollarQuoted, identifier, literal, qualifiedName } from './quote.ts';
import { isRunning, tag } from './running-statement.ts';

/** Catalog only; storage and compression hold for values that are written from then on. */
export function setColumn(table: TableName, column: string, settings: ColumnSettings): readonly string[] {
  const { statistics, storage, compression, options } = settings;
  const set = [
    ...(statistics === null ? [] : [`SET STATISTICS ${statistics}`]),
    ...(storage === null ? [] : [`SET STORAGE ${storage}`]),
    ...(compression === null ? [] : [`SET COMPRESSION ${compression}`]),
    ...(options === null ? [] : [`SET (${options.join(', ')})`]),
  ].map((each) => `\n  ALTER COLUMN ${identifier(column)} ${each}`);
  return set.length === 0 ? [] : [`ALTER TABLE ${qualifiedName(table)}${set.join(',')}`];
}

/** What an index has that its definition does not say. */
export function indexSettings(table: TableName, index: CarriedIndex): readonly string[] {
  const name = qualifiedName({ schema: table.schema, name: index.as });
  return [
    ...index.targets.map(
      ({ column, target }) => `ALTER INDEX ${name}\n  ALTER COLUMN ${column} SET STATISTICS ${target}`,
    ),
    ...(index.comment === null ? [] : [`COMMENT ON INDEX ${name} IS ${literal(index.comment)}`]),
    ...(index.constraintComment === null
      ? []
      : [commentOnConstraint(table, index.as, index.constraintComment)]),
  ];
}

export const commentOnConstraint = (table: TableName, name: string, comment: string): string =>
  `COMMENT ON CONSTRAINT ${identifier(name)} ON ${qualifiedName(table)} IS ${literal(comment)}`;

export function createStatistics(
  table: TableName,
  { as, definition, target, comment }: CarriedStatistics,
): readonly string[] {
  const name = qualifiedName({ schema: table.schema, name: as });
  return [
    `CREATE STATISTICS ${name} ${definition}\n  FROM ${qualifiedName(table)}`,
    ...(target === null ? [] : [`ALTER STATISTICS ${name} SET STATISTICS ${target}`]),
    ...(comment === null ? [] : [`COMMENT ON STATISTICS ${name} IS ${literal(comment)}`]),
  ];
}

export const renameStatistics = (table: TableName, from: string, to: string): string =>
  `ALTER STATISTICS ${qualifiedName({ schema: table.schema, name: from })}\n  RENAME TO ${identifier(to)}`;

export const dropStatistics = (table: TableName, name: string): string =>
  `DROP STATISTICS IF EXISTS ${qualifiedName({ schema: table.schema, name })}`;

/** Without a replica identity, every UPDATE and DELETE of a published table fails. */
export const takePart = (
  table: TableName,
  index: string,
  { identity, clustered }: { readonly identity: boolean; readonly clustered: boolean },
): readonly string[] => [
  ...(identity ? [alterTable(table, `REPLICA IDENTITY USING INDEX ${identifier(index)}`)] : []),
  ...(clustered ? [alterTable(table, `CLUSTER ON ${identifier(index)}`)] : []),
];

export const identifyByDefault = (table: TableName): string => alterTable(table, `REPLICA IDENTITY DEFAULT`);

const widths: Readonly<Record<string, number>> = { smallint: 2, integer: 4, bigint: 8 };

/** A sequence of integers would end where the old column did: it counts as far as the column that it now belongs to. */
export const takeSequence = (
  table: TableName,
  column: { readonly name: string; readonly type: string },
  sequence: { readonly name: string; readonly type: string },
): readonly string[] => [
  ...widenSequence(column.type, sequence),
  ownSequence(table, column.name, sequence.name),
];

export function widenSequence(
  type: string,
  sequence: { readonly name: string; readonly type: string },
): readonly string[] {
  const wanted = type in widths ? type : 'bigint';
  const isWider = (widths[wanted] ?? 0) > (widths[sequence.type] ?? 0);
  return isWider ? [`ALTER SEQUENCE ${sequence.name}\n  AS ${wanted}`] : [];
}

export const ownSequence = (table: TableName, column: string, sequence: string): string =>
  `ALTER SEQUENCE ${sequence}\n  OWNED BY ${qualifiedName(table)}.${identifier(column)}`;

/** Lets a sequence stay where it is when its table goes. */
export const releaseSequence = (sequence: TableName): string =>
  `ALTER SEQUENCE ${qualifiedName(sequence)}\n  OWNED BY NONE`;

export const moveSequence = (sequence: TableName, schema: string): string =>
  `ALTER SEQUENCE ${qualifiedName(sequence)}\n  SET SCHEMA ${identifier(schema)}`;

/**
 * Samples the table, so that the planner knows the new column, its indexes and its statistics before reads come. It takes
 * seconds to minutes, so it is watched; the mark in the ledger commits with it.
 */
export function analyze(migration: string, table: TableName): Online {
  const name = 'analyze';
  const body = `BEGIN
  ANALYZE ${qualifiedName(table)};
  -- By hand there is no ledger.
  IF to_regclass('underpin.event') IS NOT NULL THEN
    INSERT INTO underpin.event (migration, epoch, what)
    SELECT name, epoch, 'analyzed' FROM underpin.migration WHERE name = ${literal(migration)};
  END IF;
END`;
  return {
    kind: 'online',
    does: `analyze ${table.name}`,
    lock: 'SHARE UPDATE EXCLUSIVE',
    statement: `${tag(migration, name)}\nDO ${dollarQuoted(body, 'analyze')}`,
    scans: 0,
    state: `SELECT json_build_object('state', CASE
  WHEN EXISTS (SELECT FROM underpin.event AS e JOIN underpin.migration AS m ON m.name = e.migration AND m.epoch = e.epoch
               WHERE m.name = ${literal(migration)} AND e.what = 'analyzed') THEN 'done'
  WHEN ${isRunning(migration, name)} THEN 'running'
  ELSE 'absent' END)::text`,
    clean: null,
  };
}
