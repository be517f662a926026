import { setTimeout as sleep } from 'node:timers/promises';
import type { RowDataPacket } from 'mysql2/promise';
import { applicationNames } from '../../../rehearsal/traffic/application-version.ts';
import { onceConnected } from './prepared.ts';

const pollMs = 50;

/** How long the statement of an exchange took, by the server's clock, in milliseconds. */
export interface ExchangeTime {
  /** The longest try, its own wait for the table included: nobody waits longer behind it. */
  readonly lockedMs: number;
  /** Tries that gave up, for somebody had the table for longer than they wait. */
  readonly gaveUp: number;
}

interface Timed extends RowDataPacket {
  readonly ms: string | null;
  readonly failed: string;
}

// A newer server says whether a statement was prepared.
const ofRename = `
  SELECT MAX(max_timer_wait) / 1e9 AS ms, SUM(sum_errors) AS failed
  FROM performance_schema.events_statements_summary_by_digest
  WHERE digest_text LIKE 'RENAME TABLE %' OR digest_text LIKE 'EXECUTE RENAME TABLE %'`;

const longestWait = `
  SELECT MAX(w.max_timer_wait) / 1e9 AS ms
  FROM performance_schema.events_waits_summary_by_thread_by_event_name AS w
  JOIN performance_schema.threads AS t ON t.thread_id = w.thread_id
  JOIN performance_schema.session_connect_attrs AS a
    ON a.processlist_id = t.processlist_id AND a.attr_name = 'program_name' AND a.attr_value IN (?, ?)
  WHERE w.event_name = 'wait/lock/metadata/sql/mdl'`;

/** The server counts from here on. `url` names no database: a rehearsal refuses one on which somebody else is. */
export const countExchanges = (url: string): Promise<unknown> =>
  onceConnected(url, (connection) =>
    connection.query('TRUNCATE TABLE performance_schema.events_statements_summary_by_digest'),
  );

export const exchangeTime = (url: string): Promise<ExchangeTime> =>
  onceConnected(url, async (connection) => {
    const [[row]] = await connection.query<Timed[]>(ofRename);
    if (row?.ms == null) throw new Error('no tables have exchanged their names');
    return { lockedMs: Number(row.ms), gaveUp: Number(row.failed) };
  });

/**
 * The longest time for which a session of the application has waited for a table's metadata until `over`, in
 * milliseconds, as the server timed it. Asked for again and again: what a session has waited goes with it.
 */
export const longestMetadataWait = (url: string, over: AbortSignal): Promise<number> =>
  onceConnected(url, async (connection) => {
    await connection.query('TRUNCATE TABLE performance_schema.events_waits_summary_by_thread_by_event_name');
    for (let longest = 0; ; await sleep(pollMs)) {
      const isOver = over.aborted;
      const [[row]] = await connection.query<Timed[]>(longestWait, Object.values(applicationNames));
      longest = Math.max(longest, Number(row?.ms ?? 0));
      if (isOver) return longest;
    }
  });
