import type { Connection } from 'mysql2/promise';

/** How an application knows a column: by the old name, by the new one, or by both. */
export type Knows = 'old' | 'new' | 'both';

/** What clients were told: the value of each row, or that there is none. */
export type Told = Map<number, string | undefined>;

interface Client {
  readonly connection: Connection;
  readonly table: string;
  readonly old: string;
  readonly new: string;
  /** Rows are a client's own, so that it knows what was last. */
  readonly owns: { readonly first: number; readonly rows: number };
  readonly told: Told;
  /** A number from 0 to under 1. */
  readonly draw: () => number;
  readonly knows: () => Knows;
}

/** One random write of a client's, by the names that it knows; `told` has what it was told. */
export async function writeOnce(client: Client): Promise<void> {
  const { connection, table, owns, told, draw } = client;
  const id = owns.first + Math.floor(draw() * owns.rows);
  const value = `v${Math.floor(draw() * 1e9).toString(36)}${draw() < 0.3 ? 'Ü' : ''}`;
  const knows = client.knows();
  const columns = { old: [client.old], new: [client.new], both: [client.old, client.new] }[knows];
  const list = columns.map((column) => `\`${column}\``).join(', ');
  const values = columns.map(() => '?').join(', ');
  const set = columns.map((column) => `\`${column}\` = ?`).join(', ');
  const each = columns.map(() => value);
  const kinds = [
    async () => {
      const [done] = await connection.query(`UPDATE ${table} SET ${set} WHERE id = ?`, [...each, id]);
      return Reflect.get(done, 'affectedRows') === 0 ? told.get(id) : value;
    },
    async () => {
      const again = columns.map((column) => `\`${column}\` = VALUES(\`${column}\`)`).join(', ');
      await connection.query(
        `INSERT INTO ${table} (id, ${list}) VALUES (?, ${values}) ON DUPLICATE KEY UPDATE ${again}`,
        [id, ...each],
      );
      return value;
    },
    async () => {
      await connection.query(`REPLACE INTO ${table} (id, ${list}) VALUES (?, ${values})`, [id, ...each]);
      return value;
    },
    async () => {
      await connection.query(`DELETE FROM ${table} WHERE id = ?`, [id]);
      return undefined;
    },
    async () => {
      // It leaves the column out: an existing row keeps its value.
      await connection.query(`INSERT INTO ${table} (id, n) VALUES (?, 1) ON DUPLICATE KEY UPDATE n = n + 1`, [
        id,
      ]);
      return told.get(id) ?? 'none';
    },
  ];
  const write = kinds[Math.floor(draw() * kinds.length)] ?? kinds[0];
  try {
    told.set(id, await write?.());
  } catch (error) {
    // A deadlock is told to the client, and has changed nothing.
    if (Reflect.get(Object(error), 'errno') !== 1213) throw error;
  }
}
