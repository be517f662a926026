import type { TableName } from '../../../spec/table-name.ts';
import { dollarQuoted, literal, qualifiedName } from '../quote.ts';
import { twoLocksMs } from '../two-locks.ts';

/**
 * Locks what was made on a view, and then the view: the uppermost first, as whoever reads one of them locks them. The first lock may
 * be waited for as long as the unit says; behind it others may wait already. Whoever comes now waits for the first, and holds nothing.
 */
export const installReadersFirst = `CREATE OR REPLACE FUNCTION underpin.lock_readers_first(of_view text)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path = ''
AS ${dollarQuoted(
  `DECLARE
  leaving oid := of_view::regclass;
  each record;
BEGIN
  FOR each IN
    WITH RECURSIVE reading AS MATERIALIZED (
      SELECT DISTINCT r.ev_class AS reader, d.refobjid AS read
      FROM pg_rewrite AS r
      JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
      JOIN pg_class AS c ON c.oid = r.ev_class AND c.relkind = 'v'
      WHERE r.rulename = '_RETURN' AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
    ), deep AS (
      SELECT leaving AS view, 0 AS depth
      UNION
      -- Views may be made to read each other, though nobody can read them then.
      SELECT r.reader, d.depth + 1 FROM deep AS d JOIN reading AS r ON r.read = d.view WHERE d.depth < 100
    )
    SELECT format('%I.%I', s.nspname, c.relname) AS name, quote_ident(s.nspname) AS place
    FROM deep AS d JOIN pg_class AS c ON c.oid = d.view JOIN pg_namespace AS s ON s.oid = c.relnamespace
    WHERE c.oid = leaving OR c.oid IN (SELECT m.reader FROM underpin.made_on_view(leaving) AS m WHERE m.obstacle IS NULL)
    GROUP BY c.oid, s.nspname, c.relname
    ORDER BY c.oid = leaving, max(d.depth) DESC, c.oid
  LOOP
    BEGIN
      -- Changes nothing. LOCK TABLE would lock the table under the view as well.
      EXECUTE format('ALTER VIEW %s SET SCHEMA %s', each.name, each.place);
    EXCEPTION WHEN undefined_table THEN
      -- Dropped or renamed since: what is still made on the view is found once more when it is carried over.
      CONTINUE;
    END;
    IF (SELECT setting::integer FROM pg_settings WHERE name = 'lock_timeout') NOT BETWEEN 1 AND ${twoLocksMs} THEN
      PERFORM set_config('lock_timeout', '${twoLocksMs}ms', true);
    END IF;
  END LOOP;
END`,
  'first',
)};`;

/** Locks a view, and first the views that somebody has made on it. */
export const readersFirst = (view: TableName): string =>
  `DO ${dollarQuoted(
    `BEGIN
  PERFORM underpin.lock_readers_first(${literal(qualifiedName(view))});
END`,
    'readers',
  )}`;
