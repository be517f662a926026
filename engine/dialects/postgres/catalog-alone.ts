import type { TableName } from '../../spec/table-name.ts';
import { costlyState } from './errors.ts';
import { performCall } from './perform-call.ts';
import { dollarQuoted, literal, qualifiedName } from './quote.ts';
import { lockTable } from './tables.ts';

// Part of the ledger. What is done in the catalog alone when it is planned may write or read every row when it is run: a domain has
// got a rule, a function another label, the column an index or a check. So PostgreSQL is asked once more, of an empty table,
// under the lock.
export const catalogAloneFunctions = `CREATE OR REPLACE FUNCTION underpin.added_in_catalog(new_type text, new_default text, holds_null boolean)
  RETURNS void
  LANGUAGE plpgsql
AS ${dollarQuoted(
  `DECLARE
  copy text := format('underpin.added_%s', pg_backend_pid());
  heap oid;
BEGIN
  EXECUTE format('CREATE TABLE %s ()', copy);
  heap := pg_relation_filenode(copy::regclass);
  EXECUTE format('ALTER TABLE %s ADD COLUMN added %s%s', copy, new_type, ' DEFAULT ' || new_default);
  IF heap <> pg_relation_filenode(copy::regclass) OR pg_stat_get_xact_numscans(copy::regclass) > 0 THEN
    RAISE EXCEPTION 'a column of type % is no longer added in the catalog alone', new_type USING ERRCODE = '${costlyState}';
  END IF;
  IF holds_null AND (SELECT atthasmissing FROM pg_attribute WHERE attrelid = copy::regclass AND attname = 'added') THEN
    RAISE EXCEPTION 'the type % has a default now, which every row would get', new_type USING ERRCODE = '${costlyState}';
  END IF;
  EXECUTE format('DROP TABLE %s', copy);
END`,
  'added',
)};
CREATE OR REPLACE FUNCTION underpin.retyped_in_catalog(of_table text, of_column text, new_type text)
  RETURNS void
  LANGUAGE plpgsql
AS ${dollarQuoted(
  `BEGIN
  IF (underpin.retyped(of_table, of_column, new_type)::json ->> 'there')::boolean IS NOT TRUE THEN
    RAISE EXCEPTION '% of % no longer becomes % in the catalog alone', of_column, of_table, new_type USING ERRCODE = '${costlyState}';
  END IF;
END`,
  'retyped',
)};`;

/** A column to be added; `holdsNull`: in the rows that are there. */
export interface AddedColumn {
  readonly type: string;
  readonly default: string | null;
  readonly holdsNull: boolean;
}

/** Locks the table, and fails where adding the column would write or read its rows by now. */
export const addedInCatalog = (
  table: TableName,
  { type, default: otherwise, holdsNull }: AddedColumn,
): readonly string[] =>
  asked(
    table,
    `underpin.added_in_catalog(${literal(type)}, ${otherwise === null ? 'NULL' : literal(otherwise)}, ${holdsNull})`,
  );

/** The same of another type for a column. */
export const retypedInCatalog = (table: TableName, column: string, type: string): readonly string[] =>
  asked(
    table,
    `underpin.retyped_in_catalog(${literal(qualifiedName(table))}, ${literal(column)}, ${literal(type)})`,
  );

const asked = (table: TableName, call: string): readonly string[] => [
  lockTable(table, 'ACCESS EXCLUSIVE'),
  performCall(call, 'asked'),
];
