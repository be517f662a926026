import type { RowDataPacket } from 'mysql2/promise';
import { onceConnected } from './prepared.ts';

interface Spent extends RowDataPacket {
  readonly us: string | null;
}

/** From here on the server counts what its statements take. */
export const countProcessorTime = (url: string): Promise<void> =>
  onceConnected(url, async (connection) => {
    await connection.query(
      `UPDATE performance_schema.setup_consumers SET enabled = 'YES' WHERE name = 'events_statements_cpu'`,
    );
    await connection.query('TRUNCATE TABLE performance_schema.events_statements_summary_by_digest');
  });

/** Statements that copy rows, by the words of their digests; a batch of the whole path is a call, and a question for its answer. */
const copying = [
  'UPDATE %',
  'INSERT INTO `bench` %',
  'INSERT INTO `visits_underpin_new` %',
  '%CALL `underpin` . `batch_%',
  '%SELECT `answer` FROM `underpin` . `answer` %',
];

/** What the statements that copied rows have taken since then, in microseconds of the sessions' threads. */
export const processorTime = (url: string): Promise<number> =>
  onceConnected(url, async (connection) => {
    const [[spent]] = await connection.query<Spent[]>(
      `SELECT SUM(sum_cpu_time) / 1e6 AS us FROM performance_schema.events_statements_summary_by_digest
       WHERE digest_text NOT LIKE '%\`performance_schema\`%' AND (${copying.map(() => 'digest_text LIKE ?').join(' OR ')})`,
      copying,
    );
    if (spent?.us == null) throw new Error('no statement has copied rows');
    return Number(spent.us);
  });
