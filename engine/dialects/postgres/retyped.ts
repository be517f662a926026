import type { Statement } from '../../database/database.ts';
import { brief } from '../../plan/brief.ts';
import type { Brief } from '../../plan/plan.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { RetypedColumn } from '../definitions.ts';
import { retypedInCatalog } from './catalog-alone.ts';
import { trialWithinMs } from './evaluated.ts';
import { installShared } from './ledger-schema.ts';
import { tellingNoValue } from './likeness-rows.ts';
import { alterTable, dollarQuoted, identifier, qualifiedName } from './quote.ts';

// The files of the copy and of its indexes, and how often it was read.
const traces = `(SELECT concat_ws(' ', pg_stat_get_xact_numscans(copy::regclass),
           string_agg(concat(c.relname, ' ', pg_relation_filenode(c.oid)), ' ' ORDER BY c.relname))
    FROM pg_class AS c
    WHERE c.oid = copy::regclass OR c.oid IN (SELECT i.indexrelid FROM pg_index AS i WHERE i.indrelid = copy::regclass))`;

const typeOf = (table: string): string => `(SELECT format_type(a.atttypid, a.atttypmod)
             || CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || a.attcollation::regcollation::text ELSE '' END
           FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
           WHERE a.attrelid = ${table}::regclass AND a.attname = of_column)`;

/**
 * Asks PostgreSQL itself whether a type is changed in the catalog alone, and back: an empty copy of the table is altered, and
 * neither its file nor those of its indexes may be new, nor may it have been read. In a time zone in which times of day
 * move, so that what depends on the session's does not pass. The copy is gone when it ends. What the database refuses is no.
 */
const retypedFunction = `CREATE OR REPLACE FUNCTION underpin.retyped(of_table text, of_column text, new_type text)
  RETURNS text
  LANGUAGE plpgsql
  SET "TimeZone" = 'Asia/Kolkata'
AS ${dollarQuoted(
  `DECLARE
  copy text := format('underpin.retyped_%s', pg_backend_pid());
  alters CONSTANT text := 'ALTER TABLE %s ALTER COLUMN %I TYPE %s';
  old_type text := ${typeOf('of_table')};
  type text;
  before text;
  there boolean := false;
  back boolean := false;
  raised_in text;
BEGIN
  EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING IDENTITY EXCLUDING COMMENTS)', copy, of_table);
  BEGIN
    before := ${traces};
    EXECUTE format(alters, copy, of_column, new_type);
    there := before = ${traces} AND current_setting('track_counts')::boolean;
    type := ${typeOf('copy')};
    before := ${traces};
    EXECUTE format(alters, copy, of_column, old_type);
    back := before = ${traces};
  EXCEPTION WHEN OTHERS THEN
    back := false;
  END;
  EXECUTE format('DROP TABLE %s', copy);
  -- A foreign key of either direction is made anew with the type, and its other table locked.
  IF EXISTS (SELECT FROM pg_constraint AS k JOIN pg_attribute AS a ON a.attname = of_column AND a.attrelid = of_table::regclass
             WHERE k.contype = 'f' AND ((k.conrelid = a.attrelid AND a.attnum = ANY (k.conkey))
                                        OR (k.confrelid = a.attrelid AND a.attnum = ANY (k.confkey)))) THEN
    there := false;
  END IF;
  RETURN json_build_object('there', there, 'back', back, 'old', old_type, 'type', type)::text;
${tellingNoValue()}
END`,
  'retyped',
)}`;

export const installRetyped: Statement = installShared(retypedFunction);

export const askRetyped = (table: TableName, column: string, type: string): Statement => ({
  text: 'SELECT underpin.retyped(:table, :column, :new_type)',
  parameters: { table: qualifiedName(table), column, new_type: type },
  catalogOnly: true,
  withinMs: trialWithinMs,
});

export const changeType = (table: TableName, { name }: Pick<RetypedColumn, 'name'>, type: string): Brief =>
  brief(`make ${name} ${type}, in the catalog alone`, 'ACCESS EXCLUSIVE', [
    ...retypedInCatalog(table, name, type),
    alterTable(table, `ALTER COLUMN ${identifier(name)} TYPE ${type}`),
  ]);
