import { createConnection } from 'mysql2/promise';
import * as z from 'zod';

/** The names of a table's columns, in order. */
export async function columnsOf(url: string, table: string): Promise<readonly string[]> {
  const connection = await createConnection(url);
  try {
    const [rows] = await connection.query(
      'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position',
      [table],
    );
    return z
      .array(z.object({ name: z.string() }))
      .parse(rows)
      .map(({ name }) => name);
  } finally {
    await connection.end();
  }
}
