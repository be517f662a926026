import { Client } from 'pg';
import { applicationNames } from './application-version.ts';
import type { LockSampler } from './lock-watch.ts';

// waitstart is set a moment after the wait begins; until then the statement's own start is the best that is known.
const waitsQuery = `
  SELECT max(extract(epoch FROM clock_timestamp() - coalesce(l.waitstart, a.query_start)) * 1000)::float8 AS ms
    FROM pg_stat_activity a
    JOIN pg_locks l ON l.pid = a.pid AND NOT l.granted
   WHERE a.application_name = ANY ($1) AND a.datname = current_database()`;
const anyWaitQuery = `
  SELECT FROM pg_stat_activity
   WHERE wait_event_type = 'Lock' AND application_name = ANY ($1) AND datname = current_database() LIMIT 1`;

/** Ungranted locks of the traffic's sessions. */
export function postgresLockSampler(databaseUrl: string): LockSampler {
  const client = new Client({ connectionString: databaseUrl, application_name: 'underpin-rehearsal-watch' });
  const applications = Object.values(applicationNames);
  return {
    from: 'pg_locks',
    resolutionMs: 50,
    start: async (lost) => {
      client.on('error', lost);
      await client.connect();
    },
    sample: async () => {
      // pg_locks stops every lock manager partition for a moment: it is read only while somebody waits.
      const waiting = await client.query(anyWaitQuery, [applications]);
      if (waiting.rowCount === 0) return undefined;
      const { rows } = await client.query<{ ms: number | null }>(waitsQuery, [applications]);
      return rows[0]?.ms ?? 0;
    },
    end: () => client.end(),
  };
}
