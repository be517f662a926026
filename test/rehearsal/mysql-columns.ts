import { createConnection } from 'mysql2/promise';
import * as z from 'zod';

async function namesIn(url: string, query: string, values: readonly string[]): Promise<readonly string[]> {
  const connection = await createConnection(url);
  try {
    const [rows] = await connection.query(query, [...values]);
    return z
      .array(z.object({ name: z.string() }))
      .parse(rows)
      .map(({ name }) => name);
  } finally {
    await connection.end();
  }
}

/** The names of a table's columns, in order. */
export const columnsOf = (url: string, table: string): Promise<readonly string[]> =>
  namesIn(
    url,
    'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position',
    [table],
  );

/** The names of the database's tables. */
export const tablesOf = (url: string): Promise<readonly string[]> =>
  namesIn(
    url,
    'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name',
    [],
  );

/** A column's type, as the catalog prints it. */
export const typeOf = async (url: string, table: string, column: string): Promise<string | undefined> =>
  (
    await namesIn(
      url,
      'SELECT column_type AS name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? AND column_name = ?',
      [table, column],
    )
  )[0];
