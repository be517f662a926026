import { createConnection } from 'mysql2/promise';
import * as z from 'zod';

const isOff = (what: string): string =>
  `EXISTS (SELECT 1 FROM performance_schema.${what} AND enabled = 'NO')`;

/** Whether a server counts the statements of every session by their digests. */
export async function digestsCounted(url: string): Promise<boolean> {
  const client = await createConnection(url);
  try {
    const [rows] = await client.query(
      `SELECT @@performance_schema AND @@performance_schema_digests_size > 0 AND NOT (
           ${isOff("setup_consumers WHERE name IN ('global_instrumentation', 'thread_instrumentation', 'statements_digest')")}
        OR ${isOff("setup_instruments WHERE (name LIKE 'statement/sql/%' OR name LIKE 'statement/com/%')")}
        OR ${isOff('setup_actors WHERE TRUE')}) AS counted`,
    );
    return z.tuple([z.object({ counted: z.number() })]).parse(rows)[0].counted === 1;
  } finally {
    await client.end();
  }
}
