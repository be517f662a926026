import type { Connection } from 'mysql2/promise';
import * as z from 'zod';

const answer = z.object({ version: z.string(), comment: z.string(), isReadOnly: z.coerce.number() });
/** What a server says of itself. */
export type ServerFacts = z.infer<typeof answer>;

export async function serverFacts(client: Connection): Promise<ServerFacts> {
  const [rows] = await client.query(
    'SELECT VERSION() AS version, @@GLOBAL.version_comment AS comment, @@GLOBAL.read_only AS isReadOnly',
  );
  return answer.parse(Array.isArray(rows) ? rows[0] : rows);
}

/** What keeps a server from being worked on, said of its address: `is MariaDB, …`. Undefined where nothing does. */
export function serverFault({ version, comment, isReadOnly }: ServerFacts): string | undefined {
  if (/mariadb/iu.test(`${version} ${comment}`))
    return `is MariaDB (${version}), which differs from MySQL in DDL, JSON and SQL. Give the address of a MySQL.`;
  return isReadOnly === 0
    ? undefined
    : 'is a server that nobody can write (read_only), as replicas are. Give the address of the writer, or of a copy.';
}
