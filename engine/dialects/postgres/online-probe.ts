import type { OnlineProbe } from '../dialect.ts';
import { createIndex } from './index-builds.ts';
import { aloneInSchema } from './ledger-schema.ts';
import { dollarQuoted, literal, qualifiedName } from './quote.ts';
import { ourSessions } from './running-statement.ts';

// Whoever plans takes minutes; what is older was left by an attempt that was killed.
const leftAfterSeconds = 3600;

/**
 * Builds an index beside the traffic of an empty table of our own. Needs the ledger's schema. `attempt` begins with the
 * seconds since 1970 and is nobody else's: of two that probe at once each has a table of its own.
 */
export function onlineProbe(attempt: string): OnlineProbe {
  const table = { schema: 'underpin', name: `probe_${attempt}` };
  return {
    tries: 'build an index by CREATE INDEX CONCURRENTLY',
    begin: {
      text: `DO ${dollarQuoted(
        `DECLARE
  left_behind regclass;
BEGIN
  ${aloneInSchema}
  PERFORM set_config('lock_timeout', '2s', true);
  FOR left_behind IN
    SELECT oid FROM pg_class
    WHERE relnamespace = to_regnamespace('underpin') AND relkind = 'r' AND relname ~ '^probe_[0-9]{1,12}_'
      AND split_part(relname, '_', 2)::bigint < extract(epoch FROM clock_timestamp()) - ${leftAfterSeconds}
  LOOP
    EXECUTE format('DROP TABLE %s', left_behind);
  END LOOP;
  CREATE TABLE ${qualifiedName(table)} (n integer);
END`,
        'probe',
      )}`,
      catalogOnly: true,
    },
    unit: createIndex(table.name, table, `${table.name}_index`, { unique: false, definition: '(n)' }),
    end: {
      text: `DO ${dollarQuoted(
        `BEGIN
  -- One that waits for somebody's long transaction would keep the table.
  PERFORM pg_cancel_backend(pid) FROM pg_stat_activity
  WHERE ${ourSessions(literal(table.name))};
  DROP TABLE IF EXISTS ${qualifiedName(table)};
END`,
        'probe',
      )}`,
      catalogOnly: true,
    },
  };
}
