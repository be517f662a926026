import { DatabaseError, type Client } from 'pg';
import type { DatabaseUnderTest } from './database-under-test.ts';

interface Row {
  readonly day: string;
  readonly note: string;
}

/** What PostgreSQL says to whoever has to try again. */
const again = new Set(['40001', '40P01']);

/**
 * Applications that insert, change, move, rename and delete rows of `entries`, some of them by old snapshots, and remember
 * what they were told. Each has keys of its own, so that what it was told last is what must be there.
 */
export class EntryWriters {
  readonly told = new Map<number, Row>();
  readonly failures: unknown[] = [];
  written = 0;
  private isStopped = false;
  private readonly turns: Promise<void>[] = [];

  static async start(db: DatabaseUnderTest, count: number): Promise<EntryWriters> {
    const writers = new EntryWriters();
    for (let each = 0; each < count; each += 1) {
      const client = await db.connect();
      writers.turns.push(new OneWriter(client, each, count, writers).write(() => writers.isStopped));
    }
    return writers;
  }

  /** Resolves when so many more transactions were acknowledged. */
  async more(transactions: number): Promise<void> {
    const wanted = this.written + transactions;
    while (this.written < wanted && this.failures.length === 0)
      await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.all(this.turns);
  }

  /** As a query would print them. */
  get expected(): readonly string[] {
    return [...this.told].toSorted(([a], [b]) => a - b).map(([id, { day, note }]) => `${id} ${day} ${note}`);
  }
}

class OneWriter {
  /** The rows of this writer, as they were acknowledged. */
  private readonly own = new Map<number, Row>();
  private n = 0;
  private state: number;

  constructor(
    private readonly client: Client,
    private readonly writer: number,
    private readonly writers: number,
    private readonly shared: EntryWriters,
  ) {
    this.state = 7919 * (writer + 1);
  }

  async write(isStopped: () => boolean): Promise<void> {
    while (!isStopped()) {
      const draft = new Map(this.own);
      try {
        // Every third one reads by a snapshot of its beginning, every sixth one does several things at once.
        await this.client.query(this.next(3) === 0 ? 'BEGIN ISOLATION LEVEL REPEATABLE READ' : 'BEGIN');
        for (let each = this.next(6) === 0 ? 4 : 1; each > 0; each -= 1) await this.step(draft);
        await this.client.query('COMMIT');
      } catch (error) {
        await this.client.query('ROLLBACK');
        if (error instanceof DatabaseError && again.has(error.code ?? '')) continue;
        this.shared.failures.push(error);
        return;
      }
      this.acknowledged(draft);
    }
  }

  private acknowledged(draft: ReadonlyMap<number, Row>): void {
    for (const id of this.own.keys()) if (!draft.has(id)) this.shared.told.delete(id);
    this.own.clear();
    for (const [id, row] of draft) {
      this.own.set(id, row);
      this.shared.told.set(id, row);
    }
    this.shared.written += 1;
  }

  private async step(draft: Map<number, Row>): Promise<void> {
    const ids = [...draft.keys()];
    const id = ids[this.next(Math.max(1, ids.length))];
    const row = id === undefined ? undefined : draft.get(id);
    if (id === undefined || row === undefined || this.next(3) === 0) return this.insert(draft);
    const what = this.next(5);
    if (what === 0) {
      await this.one('DELETE FROM entries WHERE id = $1', [id]);
      draft.delete(id);
      return;
    }
    // A key that is free: this writer's next one.
    const to = what === 1 ? this.freeKey() : id;
    const day = what === 2 ? this.day() : row.day;
    const note = what > 2 ? this.note() : row.note;
    await this.one('UPDATE entries SET id = $2, day = $3, note = $4 WHERE id = $1', [id, to, day, note]);
    draft.delete(id);
    draft.set(to, { day, note });
  }

  private async insert(draft: Map<number, Row>): Promise<void> {
    const [id, day, note] = [this.freeKey(), this.day(), this.note()];
    await this.one('INSERT INTO entries (id, day, note) VALUES ($1, $2, $3)', [id, day, note]);
    draft.set(id, { day, note });
  }

  /** Whoever wrote one row was told so. */
  private async one(text: string, values: readonly (string | number)[]): Promise<void> {
    const { rowCount } = await this.client.query(text, [...values]);
    if (rowCount !== 1) throw new Error(`${rowCount} rows by ${text}: ${values.join(', ')}`);
  }

  private freeKey(): number {
    this.n += 1;
    return 100_000 + this.n * this.writers + this.writer;
  }

  private day(): string {
    return `2026-0${1 + this.next(6)}-1${this.next(9)}`;
  }

  private note(): string {
    return `note ${this.next(1_000_000)}`;
  }

  private next(below: number): number {
    this.state = (Math.imul(this.state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (this.state >> 8) % below;
  }
}
