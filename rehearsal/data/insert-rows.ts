import { DatabaseError, type ClientBase } from 'pg';
import { identifier, qualified } from '../database/postgres-names.ts';
import type { Plan } from './candidates.ts';
import { DataError } from './data-error.ts';
import { generatedRows, imitatedRows, worstRefusal, type RowSource } from './row-source.ts';

interface Wanted {
  readonly existing: number;
  readonly rows: number;
  readonly onProgress: ((rows: number, wanted: number) => void) | undefined;
}

/** Rows in one INSERT: long enough to be quick, short enough to show progress. */
const chunk = 20_000;
/** The first row numbers of a table whose rows point at each other: there must be somebody to point at. */
const firstChunk = 100;
const fruitlessChunks = 3;

/** Inserts until the table holds the rows wanted: made up, or imitated where its constraints refuse what is made up. */
export async function insertRows(
  client: ClientBase,
  plan: () => Promise<Plan>,
  wanted: Wanted,
): Promise<number> {
  let first: Plan | undefined;
  try {
    first = await plan();
    await insertRoots(client, first);
    return await insertGenerated(client, plan, wanted);
  } catch (error) {
    const known = error instanceof DataError || isRefusal(error);
    if (!known || first === undefined) throw error;
    const total = wanted.existing > 0 ? await insertImitated(client, first, wanted) : undefined;
    if (total !== undefined) return total;
    throw error instanceof DataError ? error : refusal(first, error);
  }
}

async function insertGenerated(
  client: ClientBase,
  plan: () => Promise<Plan>,
  { existing, rows, onProgress }: Wanted,
): Promise<number> {
  let current = await plan();
  const pointsAtItself = selfKeys(current).length > 0;
  const pace = new Pace(existing, rows, pointsAtItself ? firstChunk : chunk);
  while (pace.remaining > 0) {
    const source = generatedRows(current);
    const inserted = await pace.insert(client, source);
    onProgress?.(pace.total, rows);
    if (pace.fruitless >= fruitlessChunks) throw await exhausted(client, current, source, pace.total);
    if (pointsAtItself && inserted > 0) current = await plan();
  }
  return pace.total;
}

/** `undefined` when imitation gets nowhere either. */
async function insertImitated(client: ClientBase, plan: Plan, wanted: Wanted): Promise<number | undefined> {
  const sample = 'underpin_sample';
  const table = qualified(plan.description.table);
  await client.query(`DROP TABLE IF EXISTS pg_temp.${identifier(sample)}`);
  const { rowCount } = await client.query(
    `CREATE TEMPORARY TABLE ${identifier(sample)} AS
     SELECT row_number() OVER () AS "underpin.pick", t.* FROM (SELECT * FROM ${table} LIMIT 10000) t`,
  );
  const source = imitatedRows(plan, sample, rowCount ?? 1);
  const pace = new Pace(wanted.existing, wanted.rows, chunk);
  try {
    while (pace.remaining > 0) {
      await pace.insert(client, source);
      wanted.onProgress?.(pace.total, wanted.rows);
      if (pace.fruitless >= fruitlessChunks) return undefined;
    }
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
  return pace.total;
}

/** Walks the row numbers, with as many candidates per statement as the last share of accepted ones suggests. */
class Pace {
  total: number;
  fruitless = 0;
  #next: number;
  #size: number;
  readonly #wanted: number;

  constructor(existing: number, wanted: number, size: number) {
    this.total = existing;
    this.#next = existing + 1;
    this.#size = size;
    this.#wanted = wanted;
  }

  get remaining(): number {
    return this.#wanted - this.total;
  }

  async insert(client: ClientBase, source: RowSource): Promise<number> {
    const candidates = this.#size;
    const most = Math.min(this.remaining, chunk);
    const last = this.#next + candidates - 1;
    const { rowCount } = await client.query(source.insert, [this.#next, last, most]);
    const inserted = rowCount ?? 0;
    this.total += inserted;
    this.#next = last + 1;
    this.fruitless = inserted === 0 ? this.fruitless + 1 : 0;
    const share = Math.max(inserted / Math.min(candidates, most), 0.02);
    this.#size = Math.ceil(Math.min(chunk, Math.max(this.remaining, 1)) / Math.min(1, share));
    return inserted;
  }
}

/** A table whose rows must point at rows of its own, and has none, gets one that points at itself. */
async function insertRoots(client: ClientBase, plan: Plan): Promise<void> {
  for (const { key, count, optional } of plan.parents) {
    if (count > 0 || optional) continue;
    const parent = `${key.parent.schema}.${key.parent.name}`;
    if (!selfKeys(plan).includes(key))
      throw new DataError(
        plan.description.table,
        `its foreign key ${key.name} points at ${parent}, which has no rows`,
        key.name,
      );
    const others = plan.parents.filter((other) => other.key !== key);
    await client.query(generatedRows({ ...plan, parents: others }, key).insert, [1, 1, 1]);
  }
}

function selfKeys({ description: { table, foreignKeys } }: Plan): Plan['description']['foreignKeys'] {
  return foreignKeys.filter(({ parent }) => parent.schema === table.schema && parent.name === table.name);
}

async function exhausted(
  client: ClientBase,
  plan: Plan,
  source: RowSource,
  total: number,
): Promise<DataError> {
  const { table, uniqueSets } = plan.description;
  if (source.diagnose !== undefined) {
    const { rows } = await client.query<Record<string, unknown>>(source.diagnose, [1, 1000]);
    const constraint = worstRefusal(rows[0] ?? {});
    if (constraint !== undefined)
      return new DataError(
        table,
        `nothing that was tried satisfies the constraint ${constraint}`,
        constraint,
      );
  }
  const names = uniqueSets.map((set) => set.name).join(', ') || 'its triggers';
  return new DataError(
    table,
    `after ${total} rows every further one was refused by ${names}`,
    uniqueSets[0]?.name,
  );
}

/** Errors that a row's data or a user's trigger brought about. */
function isRefusal(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && /^(?:22|23|P0|42|44)/u.test(error.code ?? '');
}

/** The message names constraint and column; `detail`, which holds the row's values, is left out. */
function refusal({ description }: Plan, error: DatabaseError): DataError {
  const fact = `${error.message} (SQLSTATE ${error.code})`;
  return new DataError(description.table, fact, error.constraint ?? error.column);
}
