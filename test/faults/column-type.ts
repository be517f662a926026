import { createConnection } from 'mysql2/promise';
import * as z from 'zod';

/** A column's type, as MySQL's catalog prints it; undefined where there is none. */
export async function typeOf(url: string, table: string, column: string): Promise<string | undefined> {
  const connection = await createConnection(url);
  try {
    const [rows] = await connection.query(
      'SELECT column_type AS type FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? AND column_name = ?',
      [table, column],
    );
    return z.array(z.object({ type: z.string() })).parse(rows)[0]?.type;
  } finally {
    await connection.end();
  }
}
