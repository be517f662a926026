import { callsVolatile, evaluateFirst, refuseWrite, trialWithinMs, variesAs } from './evaluated.ts';
import type { Statement } from '../../database/database.ts';
import type { Likeness } from '../inspector.ts';
import {
  definitionsOnceCalled,
  hangingOn,
  inheritedRows,
  invalidIndexes,
  oursAlone,
  tellingNoValue,
  twinsOfCopy,
} from './likeness-rows.ts';
import { isPlainColumn } from './catalog.ts';
import { inPartitions } from './likeness-partitions.ts';
import { comparedKeys, domainRules, typesBelow } from './likeness-types.ts';
import { installShared } from './ledger-schema.ts';
import { dollarQuoted, qualifiedName } from './quote.ts';

/**
 * Asks PostgreSQL itself how the new column's indexes and constraints read: on an empty copy of the table the old
 * column is renamed and retyped, and the catalog prints what became of everything that names it. The same copy tells
 * whether the expressions fit and how a default varies.
 * One call; the copy is gone when it ends. Raises the author's SQL errors as they are; of what is evaluated, which may have
 * read somebody's rows, only the SQLSTATE.
 */
const likenessFunction = `CREATE OR REPLACE FUNCTION underpin.likeness(
    of_table text, from_column text, to_column text, new_type text, new_default text, up text, down text, answers jsonb, called text)
  RETURNS SETOF text
  LANGUAGE plpgsql
AS ${dollarQuoted(
  `DECLARE
  source regclass := of_table::regclass;
  copy text := format('underpin.likeness_%s', pg_backend_pid());
  attribute smallint;
  old_type text;
  old_default text;
  old_nodes text;
  up_default text;
  type_default text;
  bare_type text;
  old_base text;
  new_base text;
  heap oid;
  rewrites boolean;
  refuses_null boolean;
  -- How a default's tree says that it calls something.
  varying CONSTANT text := 'SQLVALUEFUNCTION|NEXTVALUEEXPR|OPEXPR|:funcformat 0';
  twins jsonb;
  objects jsonb;
  kept jsonb := '[]';
  keeps_null boolean := false;
  answer text;
  part record;
  evaluates boolean := false;
  writes boolean := false;
  default_nodes text;
  raised_in text;
BEGIN
  BEGIN
    EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING INDEXES INCLUDING CONSTRAINTS INCLUDING STATISTICS)', copy, source);
  EXCEPTION WHEN feature_not_supported THEN
    -- Only the detail names what reads the whole row.
    GET STACKED DIAGNOSTICS raised_in = PG_EXCEPTION_DETAIL;
    RAISE EXCEPTION '%', coalesce(nullif(rtrim(raised_in, '.'), ''), SQLERRM) USING ERRCODE = 'invalid_table_definition';
  END;
${twinsOfCopy}
  EXECUTE format('ALTER TABLE %s ADD COLUMN %I %s', copy, to_column, new_type);
  -- A domain's default is the column's, unless the column has one of its own.
  SELECT pg_get_expr(t.typdefaultbin, 0), format_type(a.atttypid, a.atttypmod) INTO type_default, bare_type
  FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
  WHERE a.attrelid = copy::regclass AND a.attname = to_column;
  heap := pg_relation_filenode(copy::regclass);
  IF type_default IS NULL THEN
    EXECUTE format('ALTER TABLE %s ADD COLUMN "underpin bare" %s', copy, new_type);
  ELSE
    EXECUTE format('ALTER TABLE %s ADD COLUMN "underpin bare" %s DEFAULT NULL', copy, bare_type);
  END IF;
  rewrites := heap <> pg_relation_filenode(copy::regclass);
  new_default := coalesce(new_default, type_default);
  IF new_default IS NOT NULL THEN
    -- First only read, for the author to know what is wrong with it; then evaluated.
    EXECUTE format('ALTER TABLE %s ADD COLUMN "underpin default" %s', copy, new_type);
    EXECUTE format('ALTER TABLE %s ALTER COLUMN "underpin default" SET DEFAULT %s', copy, new_default);
    SELECT d.adbin::text INTO default_nodes
    FROM pg_attrdef AS d JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    WHERE d.adrelid = copy::regclass AND a.attname = 'underpin default';
    EXECUTE format('ALTER TABLE %s DROP COLUMN "underpin default"', copy);
    evaluates := true;
    IF NOT ${callsVolatile('default_nodes')} THEN
${evaluateFirst(`format('SELECT ((%s)::%s) IS NULL', new_default, new_type)`)}
    END IF;
    EXECUTE format('ALTER TABLE %s ADD COLUMN "underpin default" %s DEFAULT %s', copy, new_type, new_default);
    evaluates := false;
  END IF;
  SELECT format_type(a.atttypid, a.atttypmod), coalesce(pg_get_expr(d.adbin, d.adrelid), pg_get_expr(t.typdefaultbin, 0)),
         coalesce(d.adbin, t.typdefaultbin)::text
    INTO old_type, old_default, old_nodes
    FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = source AND a.attname = from_column;
${typesBelow('source', 'from_column')}
    INTO old_base, refuses_null;
${typesBelow('copy::regclass', 'to_column')}
    INTO new_base;
  IF old_default IS NOT NULL THEN
    evaluates := true;
    IF NOT ${callsVolatile('old_nodes')} THEN
${evaluateFirst(`format('SELECT ((%s)::%s) IS NULL', old_default, old_type)`)}
    END IF;
    EXECUTE format('ALTER TABLE %s ADD COLUMN "underpin old default" %s DEFAULT %s', copy, old_base, old_default);
    -- Only a constant may be converted once and for all: a call would give its value of today.
    IF up IS NOT NULL AND old_nodes !~ varying THEN
      SELECT e.value, e.writes INTO up_default, writes
      FROM underpin.evaluated(format('SELECT quote_literal(((%s)::%s)::text) || %L FROM (SELECT (%s)::%s AS %I) AS %I', up, new_type,
        '::' || new_type, old_default, old_type, from_column, (SELECT relname FROM pg_class WHERE oid = source))) AS e;
    END IF;
${refuseWrite}
    evaluates := false;
  END IF;
  RETURN QUERY SELECT json_build_object('kind', 'column', 'upDefault', up_default,
      'defaultVaries', ${variesAs('default_nodes', 'underpin default')},
      'oldDefaultVaries', ${variesAs('old_nodes', 'underpin old default')},
      'type', format_type(a.atttypid, a.atttypmod),
      'collation', CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation
                        THEN (SELECT quote_ident(ln.nspname) || '.' || quote_ident(l.collname)
                              FROM pg_collation AS l JOIN pg_namespace AS ln ON ln.oid = l.collnamespace
                              WHERE l.oid = a.attcollation) END,
      'plain', ${isPlainColumn},
      'collates', (SELECT quote_ident(ln.nspname) || '.' || quote_ident(l.collname)
                   FROM pg_collation AS l JOIN pg_namespace AS ln ON ln.oid = l.collnamespace
                   WHERE l.oid = a.attcollation),
      'toastable', t.typstorage <> 'p', 'typeDefault', type_default, 'rewrites', rewrites,
      'domainRules', ${domainRules('a.atttypid')},
      'oldRefusesNull', refuses_null, 'base', new_base, 'oldBase', old_base)::text
    FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
    WHERE a.attrelid = copy::regclass AND a.attname = to_column;
${inPartitions}
  IF up IS NOT NULL THEN
    -- There is no row, but the planner evaluates what calls itself immutable.
${evaluateFirst(`format('SELECT (%s) IS NULL FROM %s AS %I', up, copy, (SELECT relname FROM pg_class WHERE oid = source))`)}
    EXECUTE format('UPDATE %s AS %I SET %I = (%s)', copy, (SELECT relname FROM pg_class WHERE oid = source), to_column, up);
  END IF;
  IF from_column IS NULL THEN
    EXECUTE format('DROP TABLE %s', copy);
    RETURN;
  END IF;
  IF down IS NOT NULL THEN
    -- There is no row, but the planner evaluates what calls itself immutable.
${evaluateFirst(`format('SELECT (%s) IS NULL FROM %s AS %I', down, copy, (SELECT relname FROM pg_class WHERE oid = source))`)}
    EXECUTE format('UPDATE %s AS %I SET %I = (%s)', copy, (SELECT relname FROM pg_class WHERE oid = source), from_column, down);
  END IF;
  EXECUTE format('ALTER TABLE %s DROP COLUMN %I', copy, to_column);
  SELECT attnum INTO attribute FROM pg_attribute WHERE attrelid = copy::regclass AND attname = from_column;
  EXECUTE format('ALTER TABLE %s RENAME COLUMN %I TO %I', copy, from_column, to_column);
${invalidIndexes}
  IF up IS NOT NULL THEN
    BEGIN
      SELECT coalesce(e.value IN ('t', 'true'), false) INTO keeps_null
      FROM underpin.evaluated(format('SELECT ((%s)::%s) IS NULL FROM (SELECT NULL::%s AS %I) AS %I', up, new_type, old_type, from_column,
        (SELECT relname FROM pg_class WHERE oid = source))) AS e;
    EXCEPTION WHEN OTHERS THEN
      keeps_null := false;
    END;
    -- All goes before the column is retyped: what computes with the old values would mean something else with the new
    -- ones, and of the rest PostgreSQL is asked one by one. Whether a value is there is the same on both sides, as long as
    -- the conversion keeps NULL.
    FOR part IN
      SELECT p.*, p.nodes ~ format(':varattno %s ', attribute)
               AND (NOT keeps_null OR regexp_replace(p.nodes, '\\{NULLTEST :arg \\{VAR [^{}]*\\} ', '', 'g')
                                      ~ format(':varattno %s ', attribute)) AS computes
      FROM (
${hangingOn}
      ) AS p
      ORDER BY kind, theirs
    LOOP
      answer := answers -> part.kind ->> part.theirs;
      EXECUTE format(part.remove, copy, part.name);
      IF (answer IS NULL AND part.computes) OR answer = 'drop' THEN
        RETURN NEXT json_build_object('kind', 'left behind', 'what', part.kind, 'name', part.theirs, 'unique', part.is_unique,
          'why', CASE WHEN answer IS NULL THEN 'computes' ELSE 'answered' END, 'says', NULL, 'definition', part.definition)::text;
      ELSE
        kept := kept || jsonb_build_object('kind', part.kind, 'theirs', part.theirs, 'unique', part.is_unique, 'definition', part.definition,
          'answered', answer IS NOT NULL, 'sql', format(part.make, copy, part.name) || CASE
            WHEN part.kind = 'statistics' THEN format('%s FROM %s', part.definition, copy)
            WHEN answer IS NULL THEN part.definition
            WHEN part.kind = 'check' THEN format('CHECK (%s)', answer)
            ELSE answer END);
      END IF;
    END LOOP;
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I TYPE %s USING NULL::%s', copy, to_column, new_type, split_part(new_type, ' COLLATE ', 1));
    FOR part IN SELECT * FROM jsonb_to_recordset(kept) AS k (kind text, theirs text, "unique" boolean, definition text, answered boolean, sql text) LOOP
      BEGIN
        IF part.answered AND called <> to_column THEN
          EXECUTE format('ALTER TABLE %s RENAME COLUMN %I TO %I', copy, to_column, called);
        END IF;
        EXECUTE part.sql;
        IF part.answered AND called <> to_column THEN
          EXECUTE format('ALTER TABLE %s RENAME COLUMN %I TO %I', copy, called, to_column);
        END IF;
      EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS raised_in = PG_EXCEPTION_CONTEXT;
        RETURN NEXT json_build_object('kind', 'left behind', 'what', part.kind, 'name', part.theirs, 'unique', part."unique",
          'why', 'refused', 'says', CASE WHEN SQLSTATE LIKE '42%' AND ${oursAlone} THEN SQLERRM ELSE 'SQLSTATE ' || SQLSTATE END,
          'definition', part.definition)::text;
      END;
    END LOOP;
${comparedKeys}
  END IF;
${inheritedRows}
  IF called <> to_column THEN
    EXECUTE format('ALTER TABLE %s RENAME COLUMN %I TO %I', copy, to_column, called);
${definitionsOnceCalled}
  END IF;
  EXECUTE format('DROP TABLE %s', copy);
${tellingNoValue(`NOT evaluates AND ${oursAlone}`)}
END`,
  'likeness',
)}`;

export const installLikeness: Statement = installShared(likenessFunction);

export const askLikeness = (ask: Likeness): Statement => ({
  text: `SELECT * FROM underpin.likeness(:table, :from_column, :to_column, :new_type, :new_default, :up, :down, (:answers)::jsonb, :called)`,
  parameters: {
    table: qualifiedName(ask.table),
    from_column: ask.from,
    to_column: ask.to,
    new_type: ask.type,
    new_default: ask.default,
    up: ask.up,
    down: ask.down,
    answers: JSON.stringify(ask.answers),
    called: ask.called ?? ask.to,
  },
  catalogOnly: true,
  withinMs: trialWithinMs,
});
