import type { Connection } from 'mysql2/promise';
import * as z from 'zod';
import { rehearsalConnection } from '../../data/mysql/connection.ts';
import { applicationNames } from '../application-version.ts';
import type { LockSampler } from '../lock-watch.ts';

// When a wait has begun, MySQL says in whole seconds: how long the statement has run so far is the most that it can be.
const waitsQuery = `
  SELECT MAX(s.timer_wait) / 1e9 AS ms
    FROM performance_schema.threads AS t
    JOIN performance_schema.session_connect_attrs AS a
      ON a.processlist_id = t.processlist_id AND a.attr_name = 'program_name' AND a.attr_value IN (?, ?)
    JOIN performance_schema.events_statements_current AS s ON s.thread_id = t.thread_id AND s.end_event_id IS NULL
   WHERE t.processlist_db = DATABASE()
     AND (t.processlist_state LIKE 'Waiting for % lock'
          OR EXISTS (SELECT 1 FROM information_schema.innodb_trx AS x
                     WHERE x.trx_mysql_thread_id = t.processlist_id AND x.trx_state = 'LOCK WAIT'))`;

/** Statements of the traffic that wait for a lock of a row or of the table's metadata. */
export function mysqlLockSampler(databaseUrl: string): LockSampler {
  let client: Connection | undefined;
  return {
    from: 'performance_schema',
    resolutionMs: 100,
    start: async (lost) => {
      client = await rehearsalConnection(databaseUrl, 'underpin-rehearsal-watch');
      client.on('error', lost);
    },
    sample: async () => {
      const [rows] = (await client?.query(waitsQuery, Object.values(applicationNames))) ?? [[]];
      const [first] = z.array(z.object({ ms: z.union([z.null(), z.coerce.number()]) })).parse(rows);
      return first?.ms ?? undefined;
    },
    end: async () => client?.end(),
  };
}
