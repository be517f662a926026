import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { NewRelation } from '../inspector.ts';
import { trialWithinMs } from './evaluated.ts';
import { installShared } from './ledger-schema.ts';
import { oursAlone } from './likeness-rows.ts';
import { dollarQuoted, qualifiedName } from './quote.ts';

/**
 * Makes a constraint or an index of the author's on an empty copy of the table, and tells how PostgreSQL prints it. A
 * foreign key refers to an empty copy too, so that nobody's table is locked. One call; the copies are gone when it ends.
 */
export const installTriedRule: Statement = installShared(
  `CREATE OR REPLACE FUNCTION underpin.tried_rule(of_table text, referenced text, made text, definition text)
  RETURNS text
  LANGUAGE plpgsql
AS ${dollarQuoted(
    `DECLARE
  copy text := format('underpin.tried_%s', pg_backend_pid());
  stand_in text := format('underpin.tried_%s_key', pg_backend_pid());
  rule text := format('tried_%s_rule', pg_backend_pid());
  printed text;
  raised_in text;
  detail text;
BEGIN
  -- What is unique in all partitions holds the columns that rows are divided by.
  EXECUTE format('CREATE TABLE %s (LIKE %s)%s', copy, of_table::regclass, ' PARTITION BY ' || pg_get_partkeydef(of_table::regclass));
  IF referenced IS NOT NULL THEN
    IF NOT has_table_privilege(referenced, 'REFERENCES') THEN
      RAISE EXCEPTION 'the role of the migration may not refer to %', referenced USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- What refers to a row that is hidden would be taken for what refers to nothing.
    IF row_security_active(referenced) THEN
      RAISE EXCEPTION 'row level security hides rows of % from the role of the migration; grant it the role that owns the table (not under FORCE ROW LEVEL SECURITY), or give it BYPASSRLS', referenced
        USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING INDEXES)', stand_in, referenced::regclass);
    definition := replace(definition, ' REFERENCES ' || referenced || ' ', ' REFERENCES ' || stand_in || ' ');
  END IF;
  IF made = 'constraint' THEN
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', copy, rule, definition);
    SELECT pg_get_constraintdef(k.oid) INTO printed
    FROM pg_constraint AS k WHERE k.conrelid = copy::regclass AND k.conname = rule;
  ELSE
    EXECUTE format('CREATE %s %I ON %s %s', upper(made), rule, copy, definition);
    SELECT left(d.definition, length(d.definition) - length(d.predicate))
        || coalesce(' TABLESPACE ' || quote_ident((SELECT spcname FROM pg_tablespace WHERE oid = n.reltablespace)), '') || d.predicate
      INTO printed
    FROM pg_index AS o
    JOIN pg_class AS n ON n.oid = o.indexrelid
    CROSS JOIN LATERAL (
      SELECT substr(replace(pg_get_indexdef(o.indexrelid), format(' ON ONLY %s ', copy), format(' ON %s ', copy)), length(format('CREATE %s %I ON %s ', upper(made), rule, copy)) + 1) AS definition,
             coalesce(' WHERE ' || pg_get_expr(o.indpred, o.indrelid), '') AS predicate
    ) AS d
    WHERE o.indrelid = copy::regclass AND n.relname = rule;
  END IF;
  EXECUTE format('DROP TABLE %s', copy);
  EXECUTE format('DROP TABLE IF EXISTS %s', stand_in);
  RETURN json_build_object('printed', printed);
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS raised_in = PG_EXCEPTION_CONTEXT, detail = PG_EXCEPTION_DETAIL;
  -- A function that calls itself immutable is evaluated by the planner, and its words may hold what it has read.
  IF ${oursAlone} THEN
    RAISE EXCEPTION '%', replace(replace(concat_ws(': ', SQLERRM, nullif(detail, '')), split_part(stand_in, '.', 2), coalesce(referenced, '')),
                                 format('constraint "%s" ', rule), '')
      -- What is not supported is as wrong as what is misspelt, and only that is passed on in words.
      USING ERRCODE = CASE SQLSTATE WHEN '0A000' THEN '42P17' ELSE SQLSTATE END;
  END IF;
  RAISE EXCEPTION 'a value that it computes is refused' USING ERRCODE = SQLSTATE;
END`,
    'tried_rule',
  )}`,
);

export const tryRule = (table: TableName, made: NewRelation): Statement => ({
  text: 'SELECT underpin.tried_rule(:table, :referenced, :made, :definition)',
  parameters: {
    table: qualifiedName(table),
    referenced: made.as === 'constraint' && made.references !== null ? qualifiedName(made.references) : null,
    made: made.as,
    definition: made.definition,
  },
  catalogOnly: true,
  withinMs: trialWithinMs,
});
