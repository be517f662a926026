import { DatabaseError, type Client } from 'pg';
import type { DatabaseUnderTest } from './database-under-test.ts';

/** What is said of an order, as both applications mean it. */
interface Order {
  readonly amount: number;
  readonly note: string | null;
  readonly channel: string;
}

const unsaid = { note: null, channel: 'web' };

/** What PostgreSQL says to whoever has to try again. */
const again = new Set(['40001', '40P01']);

export type Application = 'old' | 'new' | 'both';

/**
 * Old and new applications on `orders` and `orders_meta`, some of them by old snapshots, that remember what they were told. Each
 * has keys of its own, so that what it was told last is what must be there; `both` are old and new by turns, on the same rows.
 */
export class OrderWriters {
  readonly told = new Map<number, Order>();
  readonly failures: unknown[] = [];
  written = 0;
  /** Whether old columns are there by their names. */
  isOldThere = true;
  private isStopped = false;
  private readonly turns: Promise<void>[] = [];

  /** `given`: orders of before the migration, shared out by their keys. */
  static async start(
    db: DatabaseUnderTest,
    applications: readonly Application[],
    given: ReadonlyMap<number, Order>,
  ): Promise<OrderWriters> {
    const writers = new OrderWriters();
    for (const [key, order] of given) writers.told.set(key, order);
    for (const [each, application] of applications.entries()) {
      const own = [...given].filter(([key]) => key % applications.length === each);
      const writer = new OneWriter(
        await db.connect(),
        { each, of: applications.length, application, own },
        writers,
      );
      writers.turns.push(writer.write(() => writers.isStopped));
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
    return [...this.told]
      .toSorted(([a], [b]) => a - b)
      .map(([id, { amount, note, channel }]) => `${id} ${amount} ${note ?? '-'} ${channel}`);
  }
}

interface Share {
  readonly each: number;
  readonly of: number;
  readonly application: Application;
  readonly own: readonly (readonly [number, Order])[];
}

class OneWriter {
  /** The orders of this writer, as they were acknowledged. */
  private readonly own: Map<number, Order>;
  private n = 0;
  private state: number;

  constructor(
    private readonly client: Client,
    private readonly share: Share,
    private readonly shared: OrderWriters,
  ) {
    this.own = new Map(share.own);
    this.state = 7919 * (share.each + 1);
  }

  async write(isStopped: () => boolean): Promise<void> {
    while (!isStopped()) {
      const draft = new Map(this.own);
      const isNew = this.isNew();
      try {
        // Of two halves the second may come in a transaction of its own.
        const { begins, second } = this.step(draft, isNew);
        await this.together(begins);
        this.acknowledged(draft);
        if (second === undefined) continue;
        await this.together(second.statements);
        for (const [key, order] of second.says) draft.set(key, order);
        this.acknowledged(draft);
      } catch (error) {
        await this.client.query('ROLLBACK');
        if (error instanceof DatabaseError && again.has(error.code ?? '')) continue;
        // The old columns were hidden while it was writing: its requests end there.
        if (!isNew && !this.shared.isOldThere && error instanceof DatabaseError && error.code === '42703')
          continue;
        this.shared.failures.push(error);
        return;
      }
    }
  }

  private isNew(): boolean {
    const { application } = this.share;
    if (!this.shared.isOldThere || application === 'new') return true;
    return application === 'both' && this.next(2) === 0;
  }

  private async together(statements: readonly Sent[]): Promise<void> {
    await this.client.query(this.next(3) === 0 ? 'BEGIN ISOLATION LEVEL REPEATABLE READ' : 'BEGIN');
    for (const { text, values } of statements) {
      const { rowCount } = await this.client.query(text, [...values]);
      if (rowCount !== 1) throw new Error(`${rowCount} rows by ${text}: ${values.join(', ')}`);
    }
    await this.client.query('COMMIT');
  }

  private acknowledged(draft: ReadonlyMap<number, Order>): void {
    for (const id of this.own.keys()) if (!draft.has(id)) this.shared.told.delete(id);
    this.own.clear();
    for (const [id, order] of draft) {
      this.own.set(id, order);
      this.shared.told.set(id, order);
    }
    this.shared.written += 1;
  }

  private step(draft: Map<number, Order>, isNew: boolean): Step {
    const ids = [...draft.keys()];
    const id = ids[this.next(Math.max(1, ids.length))];
    const order = id === undefined ? undefined : draft.get(id);
    if (id === undefined || order === undefined || this.next(4) === 0) return this.insert(draft, isNew);
    const what = this.next(6);
    if (what === 0) {
      draft.delete(id);
      return { begins: [{ text: 'DELETE FROM orders WHERE id = $1', values: [id] }] };
    }
    // A key that is free: this writer's next one.
    const to = what === 1 ? this.freeKey() : id;
    const amount = what === 2 ? this.next(1000) : order.amount;
    const core = { text: 'UPDATE orders SET id = $2, amount = $3 WHERE id = $1', values: [id, to, amount] };
    draft.delete(id);
    if (what === 2) {
      draft.set(to, { ...order, amount });
      return { begins: [core] };
    }
    const says = this.says();
    if (!isNew) {
      draft.set(to, { ...order, ...says });
      const text = 'UPDATE orders SET id = $2, note = $3, channel = $4 WHERE id = $1';
      return { begins: [{ text, values: [id, to, says.note, says.channel] }] };
    }
    if (what === 3) {
      draft.set(to, { ...order, ...unsaid });
      // Whether it is filled or not: an upsert makes sure that there is one to delete.
      return {
        begins: [this.half(to, says), { text: 'DELETE FROM orders_meta WHERE id = $1', values: [to] }],
      };
    }
    if (what === 4) {
      draft.set(to, { ...order, note: says.note });
      return { begins: [this.noted(to, says.note)] };
    }
    draft.set(to, { ...order, ...says });
    return { begins: what === 1 ? [core, this.half(to, says)] : [this.half(to, says)] };
  }

  private insert(draft: Map<number, Order>, isNew: boolean): Step {
    const [id, amount, says] = [this.freeKey(), this.next(1000), this.says()];
    if (!isNew) {
      draft.set(id, { amount, ...says });
      const text = 'INSERT INTO orders (id, amount, note, channel) VALUES ($1, $2, $3, $4)';
      return { begins: [{ text, values: [id, amount, says.note, says.channel] }] };
    }
    const core = { text: 'INSERT INTO orders (id, amount) VALUES ($1, $2)', values: [id, amount] };
    const half = {
      text: 'INSERT INTO orders_meta (id, note, channel) VALUES ($1, $2, $3)',
      values: [id, says.note, says.channel],
    };
    if (this.next(2) === 0) {
      draft.set(id, { amount, ...says });
      return { begins: [core, half] };
    }
    draft.set(id, { amount, ...unsaid });
    return { begins: [core], second: { statements: [half], says: [[id, { amount, ...says }]] } };
  }

  private half(id: number, { note, channel }: ReturnType<OneWriter['says']>): Sent {
    return {
      text: `INSERT INTO orders_meta (id, note, channel) VALUES ($1, $2, $3)
             ON CONFLICT (id) DO UPDATE SET note = excluded.note, channel = excluded.channel`,
      values: [id, note, channel],
    };
  }

  /** Says one column, and leaves the other as it is. */
  private noted(id: number, note: string | null): Sent {
    return {
      text: 'INSERT INTO orders_meta (id, note) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET note = excluded.note',
      values: [id, note],
    };
  }

  private freeKey(): number {
    this.n += 1;
    return 100_000 + this.n * this.share.of + this.share.each;
  }

  private says(): Pick<Order, 'note' | 'channel'> {
    return {
      note: this.next(3) === 0 ? null : `n${this.next(1_000_000)}`,
      channel: this.next(3) === 0 ? 'web' : `c${this.next(9)}`,
    };
  }

  private next(below: number): number {
    this.state = (Math.imul(this.state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (this.state >> 8) % below;
  }
}

interface Sent {
  readonly text: string;
  readonly values: readonly (string | number | null)[];
}

interface Step {
  readonly begins: readonly Sent[];
  /** What is sent in a transaction of its own, and what is meant once it was acknowledged. */
  readonly second?: {
    readonly statements: readonly Sent[];
    readonly says: readonly (readonly [number, Order])[];
  };
}
