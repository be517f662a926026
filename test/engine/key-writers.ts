import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError, type Client } from 'pg';
import type { DatabaseUnderTest } from './database-under-test.ts';

/** Applications that insert, move and delete teams by one name of the key or the other, and remember what they were told. */
export class KeyWriters {
  /** By a team's name: its key. */
  readonly told = new Map<string, string>();
  readonly failures: unknown[] = [];
  private isStopped = false;
  private turns: Promise<void>[] = [];
  /** By writer: how many turns it has ended; none where it has stopped. */
  private readonly ended = new Map<number, number>();

  private constructor(private columns: readonly string[]) {}

  static async start(db: DatabaseUnderTest, count: number, columns: readonly string[]): Promise<KeyWriters> {
    const writers = new KeyWriters(columns);
    for (let each = 0; each < count; each += 1) {
      const client = await db.connect();
      writers.turns.push(writers.write(client, each));
    }
    return writers;
  }

  /** From then on they write by these names; resolves once nobody writes by another. */
  async use(columns: readonly string[]): Promise<void> {
    this.columns = columns;
    // What is under way began by the other names.
    const before = new Map(this.ended);
    while ([...this.ended].some(([writer, turns]) => turns === before.get(writer))) await sleep(5);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.all(this.turns);
  }

  private async write(client: Client, writer: number): Promise<void> {
    for (let n = 0; !this.isStopped; n += 1) {
      this.ended.set(writer, n);
      const tag = `new-${writer}-${String(n).padStart(5, '0')}`;
      // By one name to its end: of a row that nobody has filled yet, the new one cannot be counted on.
      const names = this.columns;
      const column = names[(n + writer) % names.length] ?? '';
      try {
        const inserted = await client.query<{ key: string }>(
          `INSERT INTO teams (name) VALUES ($1) RETURNING ${column}::text AS key`,
          [tag],
        );
        const key = inserted.rows[0]?.key ?? '';
        await client.query('INSERT INTO members (team_id, user_id) VALUES ($1, 7)', [key]);
        this.told.set(tag, key);
        if (n % 3 === 0) await this.move(client, tag, column);
        if (n % 5 === 0 && (await client.query('DELETE FROM teams WHERE name = $1', [tag])).rowCount === 1)
          this.told.delete(tag);
      } catch (error) {
        this.failures.push(error instanceof DatabaseError ? `${error.code} ${error.message}` : error);
        break;
      }
      await sleep(5);
    }
    this.ended.delete(writer);
  }

  private async move(client: Client, tag: string, column: string): Promise<void> {
    const { rows } = await client.query<{ key: string }>(
      `UPDATE teams SET ${column} = ${column} + 1000000 WHERE name = $1 RETURNING ${column}::text AS key`,
      [tag],
    );
    this.told.set(tag, rows[0]?.key ?? '');
  }
}
