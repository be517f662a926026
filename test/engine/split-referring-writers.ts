import { DatabaseError, type Client } from 'pg';
import type { DatabaseUnderTest } from './database-under-test.ts';
import type { Application } from './split-writers.ts';
import { ToldWriter, ToldWriters, type WriterPlace } from './told-writers.ts';

/** An order with what it refers to; half of that goes to another table. */
export interface Order {
  readonly amount: number;
  readonly note: string | null;
  readonly courier: number | null;
  readonly parent: number | null;
}
type Said = Omit<Order, 'amount'>;

const nothing: Said = { note: null, courier: null, parent: null };

export const couriersOfEach = 12;

/**
 * Old and new applications on orders that refer to couriers and to each other; each has orders and couriers of its own. What a
 * foreign key makes of a row with what it refers to was told, too.
 */
export class ReferringWriters extends ToldWriters<Order> {
  /** Whether old columns are there by their names. */
  isOldThere = true;
  /** How often a courier that is not there was refused. */
  refused = 0;
  private readonly all: ReferringWriter[] = [];

  static async start(
    db: DatabaseUnderTest,
    applications: readonly Application[],
    given: ReadonlyMap<number, Order>,
  ): Promise<ReferringWriters> {
    const writers = new ReferringWriters();
    for (const [key, order] of given) writers.told.set(key, order);
    for (const [each, application] of applications.entries()) {
      const own = [...given].filter(([key]) => key % applications.length === each);
      const place = { each, of: applications.length, application };
      const writer = new ReferringWriter(await db.connect(), place, writers, own);
      writers.all.push(writer);
      writers.begin(writer);
    }
    return writers;
  }

  /** As a query would print them. */
  get expected(): readonly string[] {
    return this.printed((id, { amount, ...said }) => `${id} ${amount} ${saidLine(said)}`);
  }

  get couriers(): readonly number[] {
    return this.all.flatMap((writer) => [...writer.couriers]).toSorted((a, b) => a - b);
  }
}

const saidLine = ({ note, courier, parent }: Said): string =>
  [note, courier, parent].map((each) => each ?? '-').join(' ');

interface Place extends WriterPlace {
  readonly application: Application;
}

type Values = readonly (string | number | null)[];
type Sent = readonly [text: string, values: Values];

class ReferringWriter extends ToldWriter<Order> {
  couriers: ReadonlySet<number>;
  private isNew = false;
  private coming = 0;

  constructor(
    client: Client,
    private readonly share: Place,
    private readonly orders: ReferringWriters,
    own: Iterable<readonly [number, Order]>,
  ) {
    super(client, share, orders, own);
    this.couriers = new Set(Array.from({ length: couriersOfEach }, (_, n) => n * share.of + share.each + 1));
  }

  async turn(): Promise<void> {
    const { application } = this.share;
    this.isNew =
      !this.orders.isOldThere || application === 'new' || (application === 'both' && this.next(2) === 0);
    if (this.next(12) === 0) return this.refersToNobody();
    const [draft, couriers] = [this.draft(), new Set(this.couriers)];
    const statements = this.next(4) === 0 ? this.courierStep(draft, couriers) : this.orderStep(draft);
    await this.send(statements);
    this.couriers = couriers;
    this.acknowledged(draft);
  }

  /** The old columns were hidden while it was writing: its requests end there. */
  override hasReason(error: unknown): boolean {
    return !this.isNew && !this.orders.isOldThere && error instanceof DatabaseError && error.code === '42703';
  }

  private send(statements: readonly Sent[]): Promise<void> {
    return this.together(async () => {
      for (const [text, values] of statements) await this.one(text, values);
    });
  }

  private async refersToNobody(): Promise<void> {
    const picked = this.pick(this.draft(), 1_000_000);
    if (picked === undefined) return;
    const [id, order] = picked;
    try {
      await this.send([this.says(id, { ...order, courier: 7_000_000 + this.next(1000) })]);
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code !== '23503') throw error;
      await this.client.query('ROLLBACK');
      this.orders.refused += 1;
      return;
    }
    throw new Error(`order ${id} refers to a courier that is not there`);
  }

  private courierStep(draft: Map<number, Order>, couriers: Set<number>): readonly Sent[] {
    const courier = [...couriers][this.next(Math.max(1, couriers.size))];
    const what = this.next(3);
    if (courier === undefined || what === 0 || couriers.size < 3) {
      const id = this.freeCourier();
      couriers.add(id);
      return [['INSERT INTO couriers VALUES ($1)', [id]]];
    }
    couriers.delete(courier);
    const to = what === 1 ? null : this.freeCourier();
    if (to !== null) couriers.add(to);
    for (const [id, order] of draft) if (order.courier === courier) draft.set(id, { ...order, courier: to });
    return to === null
      ? [['DELETE FROM couriers WHERE id = $1', [courier]]]
      : [['UPDATE couriers SET id = $2 WHERE id = $1', [courier, to]]];
  }

  private orderStep(draft: Map<number, Order>): readonly Sent[] {
    const picked = this.pick(draft, 4);
    if (picked === undefined) return this.insert(draft);
    const [id, order] = picked;
    const what = this.next(6);
    if (what === 0) {
      draft.delete(id);
      follow(draft, id, null);
      return [['DELETE FROM orders WHERE id = $1', [id]]];
    }
    if (what === 1) {
      const [to, amount] = [this.freeKey(), this.next(1000)];
      draft.delete(id);
      draft.set(to, { ...order, amount });
      follow(draft, id, to);
      return [['UPDATE orders SET id = $2, amount = $3 WHERE id = $1', [id, to, amount]]];
    }
    if (what === 2 && this.isNew) {
      draft.set(id, { ...order, ...nothing });
      // Whether it is filled or not: an upsert makes sure that there is one to delete.
      return [this.says(id, order), ['DELETE FROM orders_meta WHERE id = $1', [id]]];
    }
    const said = this.said(draft);
    draft.set(id, { ...order, ...said });
    return [this.says(id, said)];
  }

  private insert(draft: Map<number, Order>): readonly Sent[] {
    const [id, amount, said] = [this.freeKey(), this.next(1000), this.said(draft)];
    draft.set(id, { amount, ...said });
    const { note, courier, parent } = said;
    return this.isNew
      ? [
          ['INSERT INTO orders (id, amount) VALUES ($1, $2)', [id, amount]],
          [
            'INSERT INTO orders_meta (id, note, courier, parent) VALUES ($1, $2, $3, $4)',
            [id, note, courier, parent],
          ],
        ]
      : [
          [
            'INSERT INTO orders (id, amount, note, courier, parent) VALUES ($1, $2, $3, $4, $5)',
            [id, amount, note, courier, parent],
          ],
        ];
  }

  private says(id: number, { note, courier, parent }: Said): Sent {
    const text = this.isNew
      ? `INSERT INTO orders_meta (id, note, courier, parent) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET note = excluded.note, courier = excluded.courier, parent = excluded.parent`
      : 'UPDATE orders SET note = $2, courier = $3, parent = $4 WHERE id = $1';
    return [text, [id, note, courier, parent]];
  }

  private said(draft: ReadonlyMap<number, Order>): Said {
    const oneOf = (ids: readonly number[]): number | null =>
      this.next(3) === 0 ? null : (ids[this.next(Math.max(1, ids.length))] ?? null);
    return {
      note: this.next(3) === 0 ? null : `n${this.next(1_000_000)}`,
      courier: oneOf([...this.couriers]),
      parent: oneOf([...draft.keys()]),
    };
  }

  private freeCourier(): number {
    this.coming += 1;
    return 1000 + this.coming * this.share.of + this.share.each;
  }
}

/** What refers to an order that goes, or gets another key. */
function follow(draft: Map<number, Order>, parent: number, to: number | null): void {
  for (const [id, order] of draft) if (order.parent === parent) draft.set(id, { ...order, parent: to });
}
