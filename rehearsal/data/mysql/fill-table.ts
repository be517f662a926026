import type { Connection } from 'mysql2/promise';
import * as z from 'zod';
import type { TableName } from '../../../engine/spec/table-name.ts';
import { seededRandom, type Random } from '../../traffic/random.ts';
import { DataError } from '../data-error.ts';
import type { OnProgress } from '../fill-table.ts';
import { identifier, qualified, rehearsalConnection } from './connection.ts';
import { freshRoom } from './fresh-room.ts';
import { madeValue } from './made-value.ts';
import {
  describeMysqlTable,
  isAutoIncrement,
  isGenerated,
  type MysqlColumn,
  type MysqlForeignKey,
  type MysqlTable,
} from './table-description.ts';

/** Rows in one INSERT: long enough to be quick, short enough to show progress. */
const chunk = 1000;
const fruitlessChunks = 5;
const shareOfNulls = 0.05;
const mostParents = 10_000;

/**
 * Fills a table of any schema until it holds `rows` rows; rows that are there count. Parents of its foreign keys are filled
 * first, about a tenth as many. Rows that a rule of the table refuses are left out and made again.
 * @returns how many rows the table holds now
 * @throws DataError when rows for the table, or for a table that it needs, cannot be made up
 */
export async function fillMysqlTable(
  databaseUrl: string,
  table: TableName,
  rows: number,
  onProgress?: OnProgress,
): Promise<number> {
  const client = await rehearsalConnection(databaseUrl, 'underpin-rehearsal-data');
  try {
    // The same schema gets the same data each time.
    return await new Filler(client, seededRandom(42)).fill(table, rows, onProgress);
  } finally {
    await client.end();
  }
}

type Value = string | Buffer | null;

class Filler {
  readonly #underway = new Set<string>();

  constructor(
    private readonly client: Connection,
    private readonly random: Random,
  ) {}

  async fill(table: TableName, rows: number, onProgress?: OnProgress): Promise<number> {
    const description = await describeMysqlTable(this.client, table);
    if (description === undefined) throw new DataError(table, 'there is no such table');
    let total = await this.count(table);
    if (total >= rows) return total;
    this.#underway.add(qualified(table));
    const maker = new RowMaker(description, await this.parentsOf(description, rows), this.random);
    await maker.startAfter(total, (column) => this.greatest(table, column));
    // A table of two letters for a key has no more rows than those make.
    const most = Math.min(rows, total + maker.room);
    const insert = `INSERT IGNORE INTO ${qualified(table)} (${maker.columns.map(({ name }) => identifier(name)).join(', ')}) VALUES ?`;
    for (let fruitless = 0; total < most && maker.room > 0;) {
      const wanted = Math.min(chunk, most - total, maker.room);
      const [result]: readonly unknown[] = await this.client.query(insert, [maker.rows(wanted)]);
      const { affectedRows } = header.parse(result);
      total += affectedRows;
      fruitless = affectedRows === 0 ? fruitless + 1 : 0;
      if (fruitless === fruitlessChunks || maker.room <= 0) {
        // A row for each parent, say: that there are no more of is no fault of the rows.
        if (total > 0) break;
        throw new DataError(table, 'all rows that were made up break one of its rules');
      }
      onProgress?.(total, most);
    }
    this.#underway.delete(qualified(table));
    await this.client.query(`ANALYZE TABLE ${qualified(table)}`);
    return total;
  }

  private async parentsOf({ foreignKeys, columns }: MysqlTable, rows: number): Promise<readonly Parents[]> {
    const parents: Parents[] = [];
    for (const key of foreignKeys) {
      const waits = this.#underway.has(qualified(key.parent));
      if (!waits) await this.fill(key.parent, Math.max(10, Math.ceil(rows / 10)));
      const [rowsThere] = await this.client.query({
        sql: `SELECT ${key.parentColumns.map(identifier).join(', ')} FROM ${qualified(key.parent)} LIMIT ${mostParents}`,
        rowsAsArray: true,
      });
      const tuples = z
        .array(z.array(z.union([z.string(), z.number().transform(String), z.instanceof(Buffer)])))
        .parse(rowsThere);
      const isOptional = key.columns.some(
        (name) => columns.find((each) => each.name === name)?.nullable === true,
      );
      if (tuples.length > 0 || !isOptional) parents.push({ key, tuples });
      else parents.push({ key, tuples: [key.columns.map(() => null)] });
    }
    return parents;
  }

  private async greatest(table: TableName, { name }: MysqlColumn): Promise<number> {
    const [rows] = await this.client.query(
      `SELECT MAX(${identifier(name)}) AS greatest FROM ${qualified(table)}`,
    );
    const [first] = z.array(z.object({ greatest: z.coerce.number().catch(0) })).parse(rows);
    return first?.greatest ?? 0;
  }

  private async count(table: TableName): Promise<number> {
    const [rows] = await this.client.query(`SELECT COUNT(*) AS count FROM ${qualified(table)}`);
    return z.array(z.object({ count: z.coerce.number() })).parse(rows)[0]?.count ?? 0;
  }
}

const header = z.object({ affectedRows: z.number() });

/** Rows that a foreign key may point at. */
interface Parents {
  readonly key: MysqlForeignKey;
  readonly tuples: readonly (readonly Value[])[];
}

/** Makes up rows. A number that no other row has goes into one column of each unique set. */
class RowMaker {
  readonly columns: readonly MysqlColumn[];
  readonly #fresh: ReadonlySet<string>;
  #next = Math.floor(Date.now() / 1000) % 100_000;
  /** Of columns that hold few values: the last one that was made. */
  readonly #narrow = new Map<string, number>();

  constructor(
    private readonly description: MysqlTable,
    private readonly parents: readonly Parents[],
    private readonly random: Random,
  ) {
    this.#fresh = freshColumns(description);
    this.columns = description.columns.filter((column) => this.isMade(column));
  }

  /** `rows` are there, perhaps made by the same numbers. */
  async startAfter(rows: number, greatest: (column: MysqlColumn) => Promise<number>): Promise<void> {
    this.#next += rows;
    for (const column of this.freshOnes()) {
      const isNumber = /int|decimal/iu.test(column.dataType);
      const last = isNumber ? await greatest(column) : rows;
      if (isNarrow(column)) this.#narrow.set(column.name, Math.max(0, last));
      else this.#next = Math.max(this.#next, last);
    }
  }

  /** How many more rows differ from each other. */
  get room(): number {
    return Math.min(
      ...this.freshOnes().map((column) => freshRoom(column) - (this.#narrow.get(column.name) ?? 0)),
      Infinity,
    );
  }

  private freshOnes(): readonly MysqlColumn[] {
    return this.columns.filter(({ name }) => this.#fresh.has(name));
  }

  rows(count: number): Value[][] {
    return Array.from({ length: count }, () => this.row());
  }

  private row(): Value[] {
    this.#next += 1;
    const given = new Map<string, Value>();
    for (const { key, tuples } of this.parents) {
      const tuple = tuples[Math.floor(this.random() * tuples.length)] ?? [];
      for (const [at, name] of key.columns.entries()) given.set(name, tuple[at] ?? null);
    }
    return this.columns.map((column) => given.get(column.name) ?? this.value(column));
  }

  private value(column: MysqlColumn): Value {
    const isFresh = this.#fresh.has(column.name);
    if (!isFresh && column.nullable && this.random() < shareOfNulls) return null;
    const wish = { fresh: isFresh ? this.numberFor(column) : undefined, hinted: this.hinted(column) };
    const made = madeValue(column, wish, this.random);
    if (made !== undefined) return made;
    if (column.nullable) return null;
    throw new DataError(
      this.description.table,
      `its column ${column.name} has type ${column.type}`,
      column.name,
    );
  }

  private numberFor({ name }: MysqlColumn): number {
    const last = this.#narrow.get(name);
    if (last === undefined) return this.#next;
    this.#narrow.set(name, last + 1);
    return last + 1;
  }

  private hinted({ name }: MysqlColumn): readonly string[] {
    return this.description.checks
      .filter((clause) => clause.includes(`\`${name}\``) && /\bin\b/iu.test(clause))
      .flatMap((clause) =>
        [...clause.matchAll(/\\'(?<value>[^'\\]*)\\'/gu)].map(({ groups }) => groups?.['value'] ?? ''),
      );
  }

  /** What the database gives by itself, above all moments and numbers, is left to it. */
  private isMade(column: MysqlColumn): boolean {
    if (isAutoIncrement(column) || isGenerated(column)) return false;
    if (this.#fresh.has(column.name)) return true;
    return (
      column.default === null ||
      !/\(|^current_/iu.test(`${column.default}${/DEFAULT_GENERATED/u.test(column.extra) ? '(' : ''}`)
    );
  }
}

/** What the number that counts all rows of a run soon outgrows counts by itself. */
const isNarrow = (column: MysqlColumn): boolean => freshRoom(column) < 10_000_000;

/** Of each unique set the column that tells its rows apart; none where the database or a foreign key does. */
function freshColumns({ columns, uniqueSets, foreignKeys }: MysqlTable): ReadonlySet<string> {
  const fresh = new Set<string>();
  const pointing = new Set(foreignKeys.flatMap((key) => key.columns));
  for (const set of uniqueSets) {
    const members = columns.filter(({ name }) => set.columns.includes(name));
    if (members.some((column) => isAutoIncrement(column) || isGenerated(column) || fresh.has(column.name)))
      continue;
    const [chosen] = members
      .filter(({ name }) => !pointing.has(name))
      .toSorted((one, other) => freshRoom(other) - freshRoom(one));
    // Few values beside those of others: by chance they differ often enough.
    if (chosen !== undefined && freshRoom(chosen) > 0 && (members.length === 1 || !isNarrow(chosen)))
      fresh.add(chosen.name);
  }
  return fresh;
}
