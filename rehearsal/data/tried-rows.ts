import { DatabaseError, type ClientBase } from 'pg';
import { identifier } from '../database/postgres-names.ts';
import type { Candidates } from './candidates.ts';
import { singleConditions, type Condition } from './conditions.ts';
import type { Column } from './table-description.ts';

/** Rows on which values are tried. */
const sampleSize = 60;
/** As many as one INSERT has at first, nearly. */
const moreRows = 3000;
/** Where at least this share of the rows passes, more of them are quickly made. */
const enough = 0.05;

/** What another value of a column makes of the rows. */
export interface Tried {
  readonly value: string;
  /** Rows in which every condition of the column holds, and the value is there. */
  readonly joint: number;
  /** Those of each condition, added up. */
  readonly sum: number;
  readonly distinct: number;
}

/** Below zero where the first is: by rows that pass, then by what comes close, then by variety; the shorter of equals. */
export const isBetter = (a: Tried, b: Tried): number => rank(b) - rank(a) || a.value.length - b.value.length;

const rank = ({ joint, sum, distinct }: Tried): number => joint * 4 + sum * 2 + distinct;

const sample = 'pg_temp.underpin_tried';

/** Some rows as they are made, laid ready for questions. */
export class TriedRows {
  readonly #client: ClientBase;
  readonly #made: Candidates;
  readonly #refused: ReadonlySet<string>;
  readonly #conditions: readonly Condition[];
  readonly #size: number;

  private constructor(client: ClientBase, made: Candidates, refused: ReadonlySet<string>, size: number) {
    this.#client = client;
    this.#made = made;
    this.#refused = refused;
    this.#conditions = singleConditions(made.checks);
    this.#size = size;
  }

  /** Undefined where no row can be made. `refused`: values that are not tried again. */
  static async of(
    client: ClientBase,
    made: Candidates,
    refused: ReadonlySet<string>,
  ): Promise<TriedRows | undefined> {
    await client.query(`DROP TABLE IF EXISTS ${sample}`);
    const size = await unlessRefused(async () => {
      const rows = made.rows(`1::int8, ${sampleSize}::int8`);
      return (await client.query(`CREATE TEMPORARY TABLE underpin_tried AS ${rows}`)).rowCount;
    });
    return (size ?? 0) === 0 ? undefined : new TriedRows(client, made, refused, size ?? 0);
  }

  isEnough({ joint }: Tried): boolean {
    return joint >= this.#size * enough;
  }

  isAll({ joint }: Tried): boolean {
    return joint >= this.#size * (1 - enough);
  }

  conditionsOf({ name }: Column): readonly Condition[] {
    return this.#conditions.filter(({ columns }) => columns.includes(name));
  }

  /** Columns of a condition that may hold any value. */
  freeOf({ columns }: Condition): readonly Column[] {
    return this.#made.columns.filter(({ name }) => columns.includes(name) && this.#made.free.has(name));
  }

  /** The condition that refuses most, if it refuses nearly all; rows that have all of its columns tell, if there are some. */
  async failing(hopeless: ReadonlySet<string>): Promise<Condition | undefined> {
    const asked = this.#conditions.filter(
      (condition) => !hopeless.has(condition.test) && this.freeOf(condition).length > 0,
    );
    const shares: { readonly condition: Condition; readonly passed: number }[] = [];
    for (const condition of asked) shares.push({ condition, passed: await this.#shareOf(condition) });
    const [worst] = shares.toSorted((a, b) => a.passed - b.passed);
    return worst !== undefined && worst.passed < enough ? worst.condition : undefined;
  }

  async #shareOf({ columns, test }: Condition): Promise<number> {
    const isWhole = columns.map((column) => `candidate.${identifier(column)} IS NOT NULL`).join(' AND ');
    const found = await this.#counts(
      `SELECT count(*) FILTER (WHERE ${isWhole})::int AS whole, count(*) FILTER (WHERE ${isWhole} AND ${test})::int AS passed,
              count(*) FILTER (WHERE ${test})::int AS all
         FROM ${sample} AS candidate`,
    );
    const { whole = 0, passed = 0, all = 0 } = found ?? {};
    return whole === 0 ? all / this.#size : passed / whole;
  }

  /** With another value of a column; undefined where the database refuses it. */
  async with(column: Column, value: string): Promise<Tried | undefined> {
    if (this.#refused.has(value)) return undefined;
    const name = identifier(column.name);
    const columns = this.#made.columns.map((each) =>
      each === column ? `${value} AS ${name}` : `base.${identifier(each.name)}`,
    );
    // What makes NULL of everything would pass.
    const tests = [
      `(candidate."underpin was" IS NULL OR candidate.${name} IS NOT NULL)`,
      ...this.conditionsOf(column).map(({ test }) => test),
    ];
    const found = await this.#counts(
      `SELECT count(*) FILTER (WHERE ${tests.join(' AND ')})::int AS joint,
              (${tests.map((test) => `count(*) FILTER (WHERE ${test})`).join(' + ')})::int AS sum,
              count(DISTINCT candidate.${name}::text)::int AS distinct
         FROM (SELECT ${columns.join(', ')}, base.${name} AS "underpin was" FROM ${sample} AS base) AS candidate`,
    );
    if (found === undefined) return undefined;
    const { joint = 0, sum = 0, distinct = 0 } = found;
    // Of a column that must not hold a value twice, more rows than values are none.
    const counted = this.#made.unique.has(column.name) ? Math.min(joint, distinct) : joint;
    return { value, joint: counted, sum, distinct };
  }

  #counts(query: string): Promise<Readonly<Record<string, number>> | undefined> {
    return unlessRefused(async () => (await this.#client.query<Record<string, number>>(query)).rows[0]);
  }
}

/** What is tried may be no SQL, or too much for a type. */
async function unlessRefused<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DatabaseError) return undefined;
    throw error;
  }
}

/** Whether other rows can be made in thousands, and no fewer of their conditions be computed. */
export async function isNoWorse(client: ClientBase, before: Candidates, now: Candidates): Promise<boolean> {
  const failures = async (made: Candidates): Promise<number> => {
    const rows = made.rows(`1::int8, ${moreRows}::int8`);
    let failed = 0;
    for (const { test } of made.checks) {
      const count = `SELECT count(*) FILTER (WHERE ${test}) FROM (${rows} OFFSET 0) candidate`;
      if ((await unlessRefused(() => client.query(count))) === undefined) failed += 1;
    }
    return failed;
  };
  return (await failures(now)) <= (await failures(before));
}
