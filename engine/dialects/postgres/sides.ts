import type { Statement } from '../../database/database.ts';
import type { Sides } from '../inspector.ts';
import { evaluateFirst, trialWithinMs } from './evaluated.ts';
import { installShared } from './ledger-schema.ts';
import { inheritedRows, oursAlone, tellingNoValue } from './likeness-rows.ts';
import { dollarQuoted, qualifiedName } from './quote.ts';

/**
 * Asks PostgreSQL itself whether the expressions of two sides fit the columns that they are for, and how the author's
 * indexes and checks read over the new ones: on an empty copy of the table, which is gone when the call ends. The old
 * columns go first, so that nothing can be built over them. Raises the author's SQL errors as they are; of what is evaluated,
 * only the SQLSTATE.
 */
const sidesFunction = `CREATE OR REPLACE FUNCTION underpin.sides(of_table text, sides jsonb)
  RETURNS SETOF text
  LANGUAGE plpgsql
AS ${dollarQuoted(
  `DECLARE
  source regclass := of_table::regclass;
  relation name := (SELECT relname FROM pg_class WHERE oid = of_table::regclass);
  copy text := format('underpin.sides_%s', pg_backend_pid());
  -- All that is built on the copy is meant.
  attribute CONSTANT smallint := NULL;
  twins jsonb := '{}';
  objects CONSTANT jsonb := '{}';
  part record;
  writes boolean;
  evaluates boolean := false;
  raised_in text;
BEGIN
  EXECUTE format('CREATE TABLE %s (LIKE %s)', copy, source);
  FOR part IN SELECT * FROM jsonb_to_recordset(sides -> 'new') AS n (name text, type text) LOOP
    EXECUTE format('ALTER TABLE %s ADD COLUMN %I %s', copy, part.name, part.type);
  END LOOP;
  FOR part IN SELECT * FROM jsonb_to_recordset((sides -> 'new') || (sides -> 'old')) AS e (name text, expression text) LOOP
    -- There is no row, but the planner evaluates what calls itself immutable.
${evaluateFirst(`format('SELECT (%s) IS NULL FROM %s AS %I', part.expression, copy, relation)`)}
    EXECUTE format('UPDATE %s AS %I SET %I = (%s)', copy, relation, part.name, part.expression);
  END LOOP;
  FOR part IN SELECT * FROM jsonb_to_recordset(sides -> 'old') AS o (name text) LOOP
    EXECUTE format('ALTER TABLE %s DROP COLUMN %I', copy, part.name);
  END LOOP;
  FOR part IN
    SELECT a.kind, a.name, a."unique", a.definition, format('sides_%s_%s', pg_backend_pid(), row_number() OVER ()) AS built
    FROM jsonb_to_recordset(sides -> 'answers') AS a (kind text, name text, "unique" boolean, definition text)
  LOOP
    BEGIN
      IF part.kind = 'check' THEN
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (%s)', copy, part.name, part.definition);
      ELSE
        EXECUTE format('CREATE %sINDEX %I ON %s %s', CASE WHEN part."unique" THEN 'UNIQUE ' END, part.built, copy, part.definition);
        twins := twins || jsonb_build_object(part.built, (
          SELECT i.indexrelid::text FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
          WHERE i.indrelid = source AND c.relname = part.name));
      END IF;
    EXCEPTION WHEN OTHERS THEN
      GET STACKED DIAGNOSTICS raised_in = PG_EXCEPTION_CONTEXT;
      RETURN NEXT json_build_object('kind', 'left behind', 'what', part.kind, 'name', part.name, 'unique', part."unique",
        'why', 'refused', 'says', CASE WHEN SQLSTATE LIKE '42%' AND ${oursAlone} THEN SQLERRM ELSE 'SQLSTATE ' || SQLSTATE END,
        'definition', part.definition)::text;
    END;
  END LOOP;
${inheritedRows}
  EXECUTE format('DROP TABLE %s', copy);
${tellingNoValue()}
END`,
  'sides',
)}`;

export const installSides: Statement = installShared(sidesFunction);

export const askSides = ({ table, old, new: next, answers }: Sides): Statement => ({
  text: `SELECT * FROM underpin.sides(:table, (:sides)::jsonb)`,
  parameters: { table: qualifiedName(table), sides: JSON.stringify({ old, new: next, answers }) },
  catalogOnly: true,
  withinMs: trialWithinMs,
});
