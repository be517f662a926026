import type { ClientBase } from 'pg';
import { identifier, qualified } from '../database/postgres-names.ts';
import type { Column } from '../data/table-description.ts';
import { withoutDomains } from '../data/column-type.ts';
import { freshValue } from '../data/fresh-value.ts';
import { noValue, type SideValue, type ValuePair } from './acknowledged-writes.ts';
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
  great: number,
): Promise<ValuePool> {
  const { columns } = target;
  const names = columns.map(({ name }) => identifier(name));
  const { rows } = await client.query<{ old: SideValue }>(
    `SELECT DISTINCT old FROM (
       SELECT jsonb_build_array(${names.map((name) => `${name}::text`).join(', ')}) AS old FROM ${qualified(target.table)}
        WHERE ${names.map((name) => `${name} IS NOT NULL`).join(' OR ')} LIMIT ${sampleSize * 10}) s LIMIT ${sampleSize}`,
  );
  const olds = rows.map((row) => row.old);
  const zeros = olds.map(() => 0);
  const sample = (await convert(client, shape, asGiven, olds, zeros)).map(({ pair }) => pair);
  const nullable =
    columns.every((column) => column.nullable) && !target.unique && (await keepsNull(client, shape));
  const varied = await variation(client, target);
  const make = async (first: number): Promise<readonly ValuePair[]> => {
    if (varied === undefined || sample.length === 0) return [];
    const places = Array.from({ length: batch }, (_, place) => place);
    const bases = places.map((place) => sample[(first + place) % sample.length]?.old ?? []);
    const isGreat = columns.every(({ type }) => isText(type));
    const tokens = places.map((place) => (isGreat ? great : 0) + first + place);
    const made = await convert(client, shape, varied, bases, tokens);
    return made.filter(({ comesBack }) => comesBack).map(({ pair }) => pair);
  };
  const pool = new Pool(sample, { unique: target.unique, nullable, make });
  await pool.refill();
  return pool;
}

/** Whether a row without a value on one side has none on the other. */
async function keepsNull(client: ClientBase, shape: PairShape): Promise<boolean> {
  const [ofNull] = await convert(client, shape, asGiven, [[]], [0]);
  return ofNull?.comesBack === true && ofNull.pair.new.every((value) => value === null);
}

/** SQL of a relation that varies old values; `undefined` where there is no column of which there is an endless supply. */
async function variation(
  client: ClientBase,
  { table, columns, unique }: Target,
): Promise<string | undefined> {
  const values: string[] = [];
  let varies = false;
  for (const [at, column] of columns.entries()) {
    const old = `((given.old ->> ${at})::${column.type.sql})`;
    const value = variationOf(column, old, unique, await greatest(client, table, column));
    varies ||= value !== undefined;
    values.push(`((${value ?? old})::${column.type.sql})::text`);
  }
  if (!varies) return undefined;
  return `SELECT jsonb_build_array(${values.join(', ')}) AS old FROM unnest($1::jsonb[], $2::int8[]) AS given (old, token)`;
}

function variationOf(
  { type }: Column,
  old: string,
  unique: boolean,
  after: string | null,
): string | undefined {
  const base = withoutDomains(type);
  const isNumber = base.kind === 'base' && base.category === 'N';
  return isNumber && !unique ? `${old} + given.token % 97` : freshValue(type, old, 'given.token', after);
}

/** A pool of values that are only ever written on the new side. */
export function newSidePool(values: readonly string[]): ValuePool {
  return new Pool(
    values.map((value) => ({ old: [], new: [value] })),
    { unique: false, nullable: false, make: () => Promise.resolve([]) },
  );
}

interface Rules {
  readonly unique: boolean;
  readonly nullable: boolean;
  readonly make: (first: number) => Promise<readonly ValuePair[]>;
}

export class Pool implements ValuePool {
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
    if (this.#rules.nullable && !this.#forbidden.has('null') && random() < shareOfNulls) return noValue;
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
