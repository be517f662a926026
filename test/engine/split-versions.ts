import { DatabaseError, type Client } from 'pg';
import type { DatabaseUnderTest } from './database-under-test.ts';
import { ToldWriter, ToldWriters, type WriterPlace } from './told-writers.ts';

/** What is said of an order; always something, so that the new table has a row of it once it is copied. */
export interface Words {
  readonly note: string;
  readonly channel: string;
}
type Column = keyof Words;

/** What `note` calls: an upsert of another order within the one that is running. */
export const noteWithin = `CREATE FUNCTION note_within(bigint, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO orders_meta (id, note, channel) VALUES ($1, 'within', $2) ON CONFLICT (id) DO UPDATE SET channel = excluded.channel;
  RETURN 'by ' || $2; END $$`;

type Values = readonly (string | number | boolean)[];

/** One statement of a version of the application, and what it means of each row where it is acknowledged. */
interface Sent {
  readonly form: string;
  readonly text: string;
  readonly values: Values;
  readonly means: (told: Told) => ReadonlyMap<number, Words>;
}
/** Rows that an UPDATE within the statement has found. */
interface Told {
  readonly updated: number;
}

/** Versions of an application that write the same orders by turns: the old table, the new one, and several rows of it at once. */
export class VersionWriters extends ToldWriters<Words> {
  /** Whether the backfill is done: from then on nobody may be refused. */
  isFilled = false;
  /** By form, how many were acknowledged and how many refused, before the backfill was done. */
  readonly outcomes = new Map<string, { told: number; refused: number }>();

  static async start(
    db: DatabaseUnderTest,
    given: ReadonlyMap<number, Words>,
    count: number,
  ): Promise<VersionWriters> {
    const writers = new VersionWriters();
    for (const [key, words] of given) writers.told.set(key, words);
    for (let each = 0; each < count; each += 1) {
      const own = [...given].filter(([key]) => key % count === each);
      writers.begin(new VersionWriter(await db.connect(), { each, of: count }, writers, own));
    }
    return writers;
  }

  get expected(): readonly string[] {
    return this.printed((id, { note, channel }) => `${id} ${note} ${channel}`);
  }

  count(form: string, as: 'told' | 'refused'): void {
    if (this.isFilled) return;
    const outcome = this.outcomes.get(form) ?? { told: 0, refused: 0 };
    outcome[as] += 1;
    this.outcomes.set(form, outcome);
  }
}

const columns = ['note', 'channel'] as const;

class VersionWriter extends ToldWriter<Words> {
  private wasFilled = false;

  constructor(
    client: Client,
    place: WriterPlace,
    private readonly versions: VersionWriters,
    own: Iterable<readonly [number, Words]>,
  ) {
    super(client, place, versions, own);
  }

  async turn(): Promise<void> {
    this.wasFilled = this.versions.isFilled;
    const draft = this.draft();
    const { form, text, values, means } = this.statement(draft);
    let told: Told = { updated: 0 };
    try {
      await this.together(async () => {
        const { rows } = await this.client.query<Partial<Told>>(text, [...values]);
        told = { updated: rows[0]?.updated ?? 0 };
      });
    } catch (error) {
      this.versions.count(form, 'refused');
      throw error;
    }
    this.versions.count(form, 'told');
    for (const [key, words] of means(told)) draft.set(key, words);
    this.acknowledged(draft);
  }

  /** Of an INSERT whose row is not copied yet: its row is there (23505), or its copy would be written again (21000). */
  override hasReason(error: unknown): boolean {
    return !this.wasFilled && error instanceof DatabaseError && ['23505', '21000'].includes(error.code ?? '');
  }

  private statement(draft: ReadonlyMap<number, Words>): Sent {
    const [one, other] = [this.order(draft), this.order(draft)];
    if (one.id === other.id) return this.ofOld(one);
    const forms = [
      () => this.ofOld(one),
      () => this.upsert(one),
      () => this.doNothing(one),
      () => this.twoUpserts(one, other),
      () => this.fedUpsert(one, other),
      () => this.upsertWithin(one, other),
      () => this.besideUpdate(one, other),
      () => this.besideNothing(one, other),
      () => this.insteadOfUpdate(one),
    ];
    return (forms[this.next(forms.length)] ?? forms[0])?.() ?? this.ofOld(one);
  }

  private order(draft: ReadonlyMap<number, Words>): Order {
    const [id, was] = [...draft][this.next(draft.size)] ?? [0, { note: '', channel: '' }];
    return { id, was, given: { note: `n${this.next(1_000_000)}`, channel: `c${this.next(9)}` } };
  }

  private column(): Column {
    return columns[this.next(2)] ?? 'note';
  }

  private ofOld({ id, given }: Order): Sent {
    const text = 'UPDATE orders SET note = $2, channel = $3 WHERE id = $1';
    return { form: 'old', text, values: valuesOf({ id, given }), means: () => new Map([[id, given]]) };
  }

  private upsert(one: Order): Sent {
    const sets = this.column();
    return {
      form: 'upsert',
      text: upsertOf('VALUES ($1::bigint, $2, $3)', sets),
      values: valuesOf(one),
      means: () => new Map([meant(one, sets)]),
    };
  }

  private doNothing(one: Order): Sent {
    const text = `${insertOf('VALUES ($1::bigint, $2, $3)')} ON CONFLICT DO NOTHING`;
    return { form: 'nothing', text, values: valuesOf(one), means: () => new Map() };
  }

  private twoUpserts(one: Order, other: Order): Sent {
    const [first, second] = [this.column(), this.column()];
    return {
      form: 'two',
      text: `WITH a AS (${upsertOf('VALUES ($1::bigint, $2, $3)', first)}) ${upsertOf('VALUES ($4::bigint, $5, $6)', second)}`,
      values: [...valuesOf(one), ...valuesOf(other)],
      means: () => new Map([meant(one, first), meant(other, second)]),
    };
  }

  /** The outer one begins first, and may write nothing in the end. */
  private fedUpsert(one: Order, other: Order): Sent {
    const [first, second] = [this.column(), this.column()];
    const isWritten = this.next(2) === 0;
    return {
      form: 'fed',
      text: `WITH a AS (${upsertOf('VALUES ($1::bigint, $2, $3)', first)} RETURNING id)
             ${upsertOf('SELECT $4::bigint, $5::text, $6::text FROM a WHERE $7::boolean', second)}`,
      values: [...valuesOf(one), ...valuesOf(other), isWritten],
      means: () => new Map([meant(one, first), ...(isWritten ? [meant(other, second)] : [])]),
    };
  }

  private upsertWithin(one: Order, other: Order): Sent {
    const { channel } = other.given;
    const given = { ...one.given, note: `by ${channel}` };
    return {
      form: 'within',
      text: upsertOf('VALUES ($1::bigint, note_within($2::bigint, $3), $4)', 'note'),
      values: [one.id, other.id, channel, one.given.channel],
      means: () => new Map([meant({ ...one, given }, 'note'), meant(other, 'channel')]),
    };
  }

  /** The INSERT begins first; its row is there. */
  private besideUpdate(one: Order, other: Order): Sent {
    return {
      form: 'beside',
      text: `WITH u AS (UPDATE orders_meta SET note = $2 WHERE id = $1::bigint RETURNING id),
             i AS (${insertOf('SELECT $3::bigint, $4::text, $5::text WHERE (SELECT count(*) FROM u) < 9')} ON CONFLICT DO NOTHING RETURNING id)
             SELECT (SELECT count(*) FROM i)::int AS inserted, (SELECT count(*) FROM u)::int AS updated`,
      values: [one.id, one.given.note, ...valuesOf(other)],
      means: ({ updated }) => new Map(updated === 0 ? [] : [meant(one, 'note')]),
    };
  }

  private besideNothing(one: Order, other: Order): Sent {
    const sets = this.column();
    const nothing = (row: string): string => `${insertOf(row)} ON CONFLICT DO NOTHING`;
    const texts = [
      `WITH a AS (${upsertOf('VALUES ($1::bigint, $2, $3)', sets)}) ${nothing('VALUES ($4::bigint, $5, $6)')}`,
      `WITH a AS (${nothing('VALUES ($4::bigint, $5, $6)')} RETURNING id)
       ${upsertOf('SELECT $1::bigint, $2::text, $3::text WHERE (SELECT count(*) FROM a) < 9', sets)}`,
    ];
    return {
      form: 'mixed',
      text: texts[this.next(2)] ?? '',
      values: [...valuesOf(one), ...valuesOf(other)],
      means: () => new Map([meant(one, sets)]),
    };
  }

  private insteadOfUpdate(one: Order): Sent {
    return {
      form: 'instead',
      text: `WITH u AS (UPDATE orders_meta SET note = $2 WHERE id = $1::bigint RETURNING id)
             ${insertOf('SELECT $1::bigint, $2::text, $3::text WHERE NOT EXISTS (SELECT FROM u)')}`,
      values: valuesOf(one),
      means: () => new Map([meant(one, 'note')]),
    };
  }
}

interface Order {
  readonly id: number;
  readonly was: Words;
  readonly given: Words;
}

const valuesOf = ({ id, given }: Pick<Order, 'id' | 'given'>): Values => [id, given.note, given.channel];

const insertOf = (row: string): string => `INSERT INTO orders_meta (id, note, channel) ${row}`;

const upsertOf = (row: string, sets: Column): string =>
  `${insertOf(row)} ON CONFLICT (id) DO UPDATE SET ${sets} = excluded.${sets}`;

const meant = ({ id, was, given }: Order, sets: Column): readonly [number, Words] => [
  id,
  { ...was, [sets]: given[sets] },
];
