import type { ClientBase } from 'pg';
import { identifier, qualified } from '../database/postgres-names.ts';
import type { Column } from '../data/table-description.ts';
import { withoutDomains } from '../data/column-type.ts';
import { freshValue } from '../data/fresh-value.ts';
import type { ValuePair } from './acknowledged-writes.ts';
import { asGiven, convert, type PairShape } from './conversion.ts';
import { pick, type Random } from './random.ts';
import { greatest, isText, type Target } from './target.ts';

const sampleSize = 500;
/** New values made at once; more are made when this many are left. */
const batch = 1000;
const few = 500;
const shareOfNulls = 0.03;

/** Values for the column, on both sides: those that rows hold, and new ones whose conversion there and back is exact. */
export interface ValuePool {
  /** `undefined` when a new value is needed and none is ready. */
  next(random: Random): ValuePair | undefined;
  /** Takes one that the table does not hold; `undefined` when there is none. */
  takeFresh(): ValuePair | undefined;
  readonly hasSample: boolean;
  /** Makes new values if few are left. */
  refill(): Promise<void>;
  /** After a trial: what the table does not take. */
  forbid(what: 'null' | 'fresh'): void;
}

/** @param great a whole number above those of earlier runs, from which text is made new */
export async function pairPool(
  client: ClientBase,
  target: Target,
  shape: PairShape,
  column: Column,
  great: number,
): Promise<ValuePool> {
  const { rows } = await client.query<{ old: string }>(
    `SELECT DISTINCT old FROM (
       SELECT ${identifier(column.name)}::text AS old FROM ${qualified(target.table)}
        WHERE ${identifier(column.name)} IS NOT NULL LIMIT ${sampleSize * 10}) s LIMIT ${sampleSize}`,
  );
  const olds = rows.map((row) => row.old);
  const zeros = olds.map(() => 0);
  const sample = (await convert(client, shape, asGiven, olds, zeros)).map(({ pair }) => pair);
  const ofNull = await convert(client, shape, asGiven, [null], [0]);
  const nullable = column.nullable && !target.unique && ofNull[0]?.pair.new === null;
  const varied = variation(column, target.unique, await greatest(client, target.table, column));
  const make = async (first: number): Promise<readonly ValuePair[]> => {
    if (varied === undefined || sample.length === 0) return [];
    const places = Array.from({ length: batch }, (_, place) => place);
    const bases = places.map((place) => sample[(first + place) % sample.length]?.old ?? null);
    const tokens = places.map((place) => (isText(column.type) ? great : 0) + first + place);
    const made = await convert(client, shape, varied, bases, tokens);
    return made.filter(({ comesBack }) => comesBack).map(({ pair }) => pair);
  };
  const pool = new Pool(sample, { unique: target.unique, nullable, make });
  await pool.refill();
  return pool;
}

/** SQL of a relation that varies old values; `undefined` for types of which there is no endless supply. */
function variation({ type }: Column, unique: boolean, after: string | null): string | undefined {
  const base = withoutDomains(type);
  const old = `(given.old::${type.sql})`;
  const isNumber = base.kind === 'base' && base.category === 'N';
  const value =
    isNumber && !unique ? `${old} + given.token % 97` : freshValue(type, old, 'given.token', after);
  if (value === undefined) return undefined;
  return `SELECT ((${value})::${type.sql})::text AS old FROM unnest($1::text[], $2::int8[]) AS given (old, token)`;
}

/** A pool of values that are only ever written on the new side. */
export function newSidePool(values: readonly string[]): ValuePool {
  return new Pool(
    values.map((value) => ({ old: null, new: value })),
    { unique: false, nullable: false, make: () => Promise.resolve([]) },
  );
}

interface Rules {
  readonly unique: boolean;
  readonly nullable: boolean;
  readonly make: (first: number) => Promise<readonly ValuePair[]>;
}

class Pool implements ValuePool {
  readonly #sample: readonly ValuePair[];
  readonly #rules: Rules;
  readonly #forbidden = new Set<'null' | 'fresh'>();
  #fresh: ValuePair[] = [];
  #made = 1;
  #refilling: Promise<void> | undefined;

  constructor(sample: readonly ValuePair[], rules: Rules) {
    this.#sample = sample;
    this.#rules = rules;
  }

  get hasSample(): boolean {
    return this.#sample.length > 0;
  }

  next(random: Random): ValuePair | undefined {
    if (this.#rules.unique) return this.takeFresh();
    if (this.#rules.nullable && !this.#forbidden.has('null') && random() < shareOfNulls)
      return { old: null, new: null };
    return (random() < 0.5 ? this.takeFresh() : undefined) ?? pick(this.#sample, random);
  }

  takeFresh(): ValuePair | undefined {
    return this.#forbidden.has('fresh') ? undefined : this.#fresh.pop();
  }

  async refill(): Promise<void> {
    if (this.#fresh.length >= few || this.#forbidden.has('fresh')) return;
    this.#refilling ??= this.#make().finally(() => (this.#refilling = undefined));
    await this.#refilling;
  }

  forbid(what: 'null' | 'fresh'): void {
    this.#forbidden.add(what);
  }

  async #make(): Promise<void> {
    const first = this.#made;
    this.#made += batch;
    this.#fresh = [...(await this.#rules.make(first)), ...this.#fresh];
  }
}
