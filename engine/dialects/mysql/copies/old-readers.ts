import * as z from 'zod';
import { one, type Database, type Statement } from '../../../database/database.ts';
import { StatementRefused } from '../../../database/errors.ts';
import type { Fault } from '../../../spec/fault.ts';
import { jsonTruth } from '../quote.ts';

const inSchema = 'performance_schema';

/** Whether performance_schema sees each transaction of each session. Sessions that an actor leaves out it never does. */
const seesAll = `NOT EXISTS (SELECT 1 FROM ${inSchema}.setup_consumers AS c
        WHERE c.name IN ('global_instrumentation', 'thread_instrumentation', 'events_transactions_current') AND c.enabled = 'NO')
      AND NOT EXISTS (SELECT 1 FROM ${inSchema}.setup_instruments AS i WHERE i.name = 'transaction' AND (i.enabled = 'NO' OR i.timed = 'NO'))
      AND NOT EXISTS (SELECT 1 FROM ${inSchema}.threads AS s WHERE s.processlist_id IS NOT NULL AND s.instrumented = 'NO')`;

/**
 * Statements of a procedure that set `is_old`: whether a transaction that began before `settled`, in UTC, is open still; NULL
 * where nobody can tell. InnoDB sees all of them, in the time zone of its machine, for whoever has PROCESS. performance_schema may be off, and
 * then has no number for the session that asks: error 1683.
 */
export const findOldReaders = `BEGIN
      DECLARE EXIT HANDLER FOR 1227 SET is_old = NULL;
      -- MySQL shows what it has kept for as long as somebody looks every tenth of a second: a transaction that has ended would stay.
      DO SLEEP(0.2);
      SET is_old = EXISTS (
        SELECT 1 FROM information_schema.innodb_trx AS t
        WHERE t.trx_mysql_thread_id NOT IN (0, CONNECTION_ID()) AND CONVERT_TZ(t.trx_started, 'SYSTEM', '+00:00') < settled);
    END;
    IF @@performance_schema THEN
      SET is_old = is_old OR EXISTS (
        SELECT 1 FROM ${inSchema}.events_transactions_current AS t
        WHERE t.state = 'ACTIVE' AND t.thread_id <> PS_CURRENT_THREAD_ID()
          AND UTC_TIMESTAMP(3) - INTERVAL (t.timer_wait / 1000000) MICROSECOND < settled);
      SET is_old = COALESCE(is_old, IF(${seesAll}, FALSE, NULL));
    END IF;`;

const ofInnodb: Statement = {
  text: `SELECT JSON_OBJECT('sees', ${jsonTruth('COUNT(*) >= 0')}) FROM information_schema.innodb_trx`,
  catalogOnly: true,
};
const ofPerformanceSchema: Statement = {
  text: `SELECT JSON_OBJECT('sees', ${jsonTruth(`@@performance_schema AND ${seesAll}`)})`,
  catalogOnly: true,
};
const seen = z.object({ sees: z.boolean() });

/** What keeps anybody from telling who still reads by a snapshot of before the copy was whole: the names could not be exchanged. */
export async function oldReaderFaults(database: Database): Promise<readonly Fault[]> {
  try {
    await database.rows(ofInnodb, seen);
    return [];
  } catch (error) {
    if (!(error instanceof StatementRefused)) throw error;
  }
  if ((await one(database, ofPerformanceSchema, seen)).sees) return [];
  return [
    {
      fact: 'nobody could tell which transactions are older than the last row that is copied, and would miss rows: the role lacks PROCESS, and performance_schema is off or leaves transactions out',
      remedy: 'GRANT PROCESS ON *.* TO the role.',
    },
  ];
}
