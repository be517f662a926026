import { DatabaseError, type Client } from 'pg';
import type { DatabaseUnderTest } from './database-under-test.ts';
import { ToldWriter, ToldWriters, type WriterPlace } from './told-writers.ts';

/** What is said of an order, as both applications mean it. */
interface Order {
  readonly amount: number;
  readonly note: string | null;
  readonly channel: string;
}

const unsaid = { note: null, channel: 'web' };

export type Application = 'old' | 'new' | 'both';

/**
 * Old and new applications on `orders` and `orders_meta`, some of them by old snapshots; `both` are old and new by turns, on
 * the same rows.
 */
export class OrderWriters extends ToldWriters<Order> {
  /** Whether old columns are there by their names. */
  isOldThere = true;

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
      const place = { each, of: applications.length, application, own };
      writers.begin(new OrderWriter(await db.connect(), place, writers));
    }
    return writers;
  }

  /** As a query would print them. */
  get expected(): readonly string[] {
    return this.printed((id, { amount, note, channel }) => `${id} ${amount} ${note ?? '-'} ${channel}`);
  }
}

interface Share extends WriterPlace {
  readonly application: Application;
  readonly own: readonly (readonly [number, Order])[];
}

class OrderWriter extends ToldWriter<Order> {
  private isNew = false;

  constructor(
    client: Client,
    private readonly share: Share,
    private readonly orders: OrderWriters,
  ) {
    super(client, share, orders, share.own);
  }

  async turn(): Promise<void> {
    const draft = this.draft();
    this.isNew = this.isOfNew();
    // Of two halves the second may come in a transaction of its own.
    const { begins, second } = this.step(draft, this.isNew);
    await this.send(begins);
    this.acknowledged(draft);
    if (second === undefined) return;
    await this.send(second.statements);
    for (const [key, order] of second.says) draft.set(key, order);
    this.acknowledged(draft);
  }

  /** The old columns were hidden while it was writing: its requests end there. */
  override hasReason(error: unknown): boolean {
    return !this.isNew && !this.orders.isOldThere && error instanceof DatabaseError && error.code === '42703';
  }

  private isOfNew(): boolean {
    const { application } = this.share;
    if (!this.orders.isOldThere || application === 'new') return true;
    return application === 'both' && this.next(2) === 0;
  }

  private send(statements: readonly Sent[]): Promise<void> {
    return this.together(async () => {
      for (const { text, values } of statements) await this.one(text, values);
    });
  }

  private step(draft: Map<number, Order>, isNew: boolean): Step {
    const picked = this.pick(draft, 4);
    if (picked === undefined) return this.insert(draft, isNew);
    const [id, order] = picked;
    const what = this.next(6);
    if (what === 0) {
      draft.delete(id);
      return { begins: [{ text: 'DELETE FROM orders WHERE id = $1', values: [id] }] };
    }
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

  private half(id: number, { note, channel }: ReturnType<OrderWriter['says']>): Sent {
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

  private says(): Pick<Order, 'note' | 'channel'> {
    return {
      note: this.next(3) === 0 ? null : `n${this.next(1_000_000)}`,
      channel: this.next(3) === 0 ? 'web' : `c${this.next(9)}`,
    };
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
