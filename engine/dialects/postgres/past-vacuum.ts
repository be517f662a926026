import { dollarQuoted, literal } from './quote.ts';

/** The rest of a unit's tables are partitions, which are found in the catalog. */
const mostNames = 30;

const qualified = /"(?:[^"]|"")+"\."(?:[^"]|"")+"/gu;

/** Has autovacuum leave the tables that a unit's statements name. It is to be called before anything is locked. */
export function pastVacuum(migration: string, statements: readonly string[]): string {
  const names = [...new Set(statements.flatMap((statement) => statement.match(qualified) ?? []))];
  const list = names.slice(0, mostNames).map(literal).join(', ');
  return `PERFORM underpin.past_vacuum(${literal(migration)}, ARRAY[${list}]::text[]);`;
}

// Autovacuum gives way to whoever has waited for deadlock_timeout, one second, and a strong lock is waited for less long than
// that. In SHARE UPDATE EXCLUSIVE nobody waits behind us who reads or writes rows. Held until the unit has committed, so that
// autovacuum does not come back before; what does not give way, the unit itself will meet. In the order of their numbers,
// as another migration takes them.
export const pastVacuumFunction = `CREATE OR REPLACE FUNCTION underpin.past_vacuum(of_migration text, named text[]) RETURNS void
  LANGUAGE plpgsql
AS ${dollarQuoted(
  `DECLARE
  busy regclass;
BEGIN
  FOR busy IN
    WITH meant AS (
      SELECT to_regclass(n) AS relation FROM unnest(named) AS n
      UNION
      SELECT to_regclass(format('%I.%I', table_schema, table_name)) FROM underpin.table_claim WHERE migration = of_migration
    ), whole AS (
      SELECT relation::oid FROM meant
      UNION
      SELECT t.relid::oid FROM meant CROSS JOIN LATERAL pg_partition_tree(meant.relation) AS t
    )
    SELECT c.oid
    FROM whole AS w JOIN pg_class AS c ON c.oid = w.relation AND c.relkind IN ('r', 'p')
    WHERE EXISTS (SELECT FROM pg_locks AS l
                  WHERE l.locktype = 'relation' AND l.relation = c.oid AND l.mode = 'ShareUpdateExclusiveLock'
                    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    AND l.granted AND l.pid <> pg_backend_pid())
    ORDER BY c.oid
  LOOP
    PERFORM set_config('lock_timeout', (setting::integer + 500)::text, true) FROM pg_settings WHERE name = 'deadlock_timeout';
    BEGIN
      EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', busy);
    EXCEPTION WHEN lock_not_available OR insufficient_privilege THEN
      NULL;
    END;
  END LOOP;
END`,
  'past_vacuum',
)};`;
