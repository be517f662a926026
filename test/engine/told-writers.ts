import { DatabaseError, type Client } from 'pg';

/** What PostgreSQL says to whoever has to try again. */
const again = new Set(['40001', '40P01']);

/**
 * Applications that write all the while and remember what they were told. Each has keys of its own, so that what it was
 * told last is what must be there.
 */
export class ToldWriters<Row> {
  readonly told = new Map<number, Row>();
  readonly failures: unknown[] = [];
  written = 0;
  private isStopped = false;
  private readonly turns: Promise<void>[] = [];

  protected begin(writer: ToldWriter<Row>): void {
    this.turns.push(this.keepWriting(writer));
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

  protected printed(line: (id: number, row: Row) => string): readonly string[] {
    return [...this.told].toSorted(([a], [b]) => a - b).map(([id, row]) => line(id, row));
  }

  private async keepWriting(writer: ToldWriter<Row>): Promise<void> {
    while (!this.isStopped) {
      try {
        await writer.turn();
      } catch (error) {
        await writer.client.query('ROLLBACK');
        const retries = error instanceof DatabaseError && again.has(error.code ?? '');
        if (retries || writer.hasReason(error)) continue;
        this.failures.push(error);
        return;
      }
    }
  }
}

/** One of so many writers, by its number from 0. */
export interface WriterPlace {
  readonly each: number;
  readonly of: number;
}

export abstract class ToldWriter<Row> {
  /** The rows of this writer, as they were acknowledged. */
  private readonly own: Map<number, Row>;
  private n = 0;
  private state: number;

  constructor(
    readonly client: Client,
    private readonly place: WriterPlace,
    private readonly writers: ToldWriters<Row>,
    given: Iterable<readonly [number, Row]> = [],
  ) {
    this.own = new Map(given);
    this.state = 7919 * (place.each + 1);
  }

  /** Writes, and says what was acknowledged. What it raises is rolled back. */
  abstract turn(): Promise<void>;

  /** Whether the migration has a reason to refuse this write. */
  hasReason(_error: unknown): boolean {
    return false;
  }

  protected draft(): Map<number, Row> {
    return new Map(this.own);
  }

  /** Every third transaction reads by a snapshot of its beginning. */
  protected async together(work: () => Promise<void>): Promise<void> {
    await this.client.query(this.next(3) === 0 ? 'BEGIN ISOLATION LEVEL REPEATABLE READ' : 'BEGIN');
    await work();
    await this.client.query('COMMIT');
  }

  /** Whoever wrote one row was told so. */
  protected async one(text: string, values: readonly (string | number | null)[]): Promise<void> {
    const { rowCount } = await this.client.query(text, [...values]);
    if (rowCount !== 1) throw new Error(`${rowCount} rows by ${text}: ${values.join(', ')}`);
  }

  protected acknowledged(draft: ReadonlyMap<number, Row>): void {
    const { told } = this.writers;
    for (const id of this.own.keys()) if (!draft.has(id)) told.delete(id);
    this.own.clear();
    for (const [id, row] of draft) {
      this.own.set(id, row);
      told.set(id, row);
    }
    this.writers.written += 1;
  }

  /** One of its rows; none, where it has none or is to insert one, which is every `insertsOneIn`th time. */
  protected pick(draft: ReadonlyMap<number, Row>, insertsOneIn: number): readonly [number, Row] | undefined {
    const rows = [...draft];
    const picked = rows[this.next(Math.max(1, rows.length))];
    return picked === undefined || this.next(insertsOneIn) === 0 ? undefined : picked;
  }

  /** A key that nobody has: this writer's next one. */
  protected freeKey(): number {
    this.n += 1;
    return 100_000 + this.n * this.place.of + this.place.each;
  }

  /** The same choices in every run. */
  protected next(below: number): number {
    this.state = (Math.imul(this.state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (this.state >> 8) % below;
  }
}
