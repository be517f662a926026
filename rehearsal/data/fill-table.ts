import { Client } from 'pg';
import { identifier, qualified } from '../database/postgres-names.ts';
import type { TableName } from '../../engine/spec/table-name.ts';
import { candidates, type Mend, type Plan } from './candidates.ts';
import { castHints } from './cast-hints.ts';
import { hintsFrom, joinHints, type Hints } from './check-hints.ts';
import { withoutDomains } from './column-type.ts';
import { DataError } from './data-error.ts';
import { insertRows } from './insert-rows.ts';
import { inOrder, readyParents, type Parents } from './parent-rows.ts';
import { mendedValues } from './mended-values.ts';
import { parentRowsNeeded, isAlone } from './parent-rows-needed.ts';
import { describeTable, type TableDescription } from './table-description.ts';
import { planUnique, type UniquePlan } from './unique-plan.ts';

/** Called after every statement: how many rows the table holds now, and how many it should. */
export type OnProgress = (rows: number, wanted: number) => void;

/**
 * Fills a table of any schema until it holds `rows` rows; rows that are there count. Parents of its foreign keys are
 * filled first, about a tenth as many. User triggers fire, as they would for the application. ANALYZE runs at the end.
 * @returns how many rows the table holds now
 * @throws DataError when rows for the table, or for a table that it needs, cannot be made up
 */
export async function fillTable(
  databaseUrl: string,
  table: TableName,
  rows: number,
  onProgress?: OnProgress,
): Promise<number> {
  const client = new Client({
    connectionString: databaseUrl,
    application_name: 'underpin-rehearsal-data',
  });
  // A lost connection is reported by the query that is under way, or by the next.
  client.on('error', () => {});
  await client.connect();
  try {
    // The same schema gets the same data each time.
    await client.query('SELECT setseed(0.42)');
    return await new Filler(client).fill(table, rows, onProgress);
  } finally {
    await client.end();
  }
}

class Filler {
  readonly #client: Client;
  /** Tables being filled, outermost first: a foreign key back to one of them cannot be waited for. */
  readonly #underway: TableDescription[] = [];
  #temporaries = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  async fill(table: TableName, rows: number, onProgress?: OnProgress): Promise<number> {
    const description = await describeTable(this.#client, table);
    if (description === undefined) throw new DataError(table, 'there is no such table');
    const existing = await this.#count(table);
    if (existing >= rows) return existing;
    const ofChecks = hintsFrom(description.checks.map((check) => check.expression));
    const ofCasts = castHints(description.evaluated);
    const hints = [ofCasts, description.partitioning.hints].reduce(joinHints, ofChecks);
    this.#underway.push(description);
    await this.#fillParents(description, hints, rows);
    let mends: readonly Mend[] | undefined;
    const plan = async (): Promise<Plan> => {
      const made = await this.#plan(description, hints, rows);
      mends ??= await mendedValues(this.#client, (its) => candidates({ ...made, mends: its }));
      return { ...made, mends: mends ?? [] };
    };
    const total = await insertRows(this.#client, plan, { existing, rows, onProgress });
    this.#underway.pop();
    await this.#client.query(`ANALYZE ${qualified(table)}`);
    return total;
  }

  async #fillParents(description: TableDescription, hints: Hints, rows: number): Promise<void> {
    for (const { key } of inOrder(description.foreignKeys)) {
      if (this.#underway.some(({ table }) => isSame(table, key.parent))) continue;
      const present = await this.#count(key.parent);
      const needed = parentRowsNeeded(description, hints, key, rows, present);
      const depth = this.#underway.length;
      try {
        await this.fill(key.parent, needed);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        this.#underway.length = depth;
        // Fewer parents, or none, will do where the row can live with that; readying them tells.
        if ((await this.#count(key.parent)) === 0 && !isOptional(description, key.columns)) throw error;
      }
    }
  }

  async #plan(description: TableDescription, hints: Hints, rows: number): Promise<Plan> {
    const parents: Parents[] = [];
    for (const ordered of inOrder(description.foreignKeys)) {
      const temporary = `underpin_parents_${(this.#temporaries += 1)}`;
      const wanted = { rows, unused: isAlone(description, ordered.key) };
      parents.push(await readyParents(this.#client, description, ordered, temporary, wanted));
    }
    const rowsOf = new Map(parents.map(({ key, count }) => [key.name, count]));
    const unique = planUnique(description, hints, (key) => rowsOf.get(key.name) ?? 1);
    const after = await this.#greatest(description, unique);
    return { description, hints, unique, parents, after, mends: [] };
  }

  async #greatest(
    { table, columns }: TableDescription,
    unique: UniquePlan,
  ): Promise<ReadonlyMap<string, string | null>> {
    const greatest = new Map<string, string | null>();
    for (const { name, type } of columns) {
      const base = withoutDomains(type);
      if (unique.columns.get(name) !== 'fresh' || base.kind !== 'base' || base.category !== 'N') continue;
      // Money prints its currency sign.
      const plain = base.name === 'money' ? '::numeric' : '';
      const { rows } = await this.#client.query<{ greatest: string | null }>(
        `SELECT max(${identifier(name)})${plain}::text AS greatest FROM ${qualified(table)}`,
      );
      greatest.set(name, rows[0]?.greatest ?? null);
    }
    return greatest;
  }

  async #count(table: TableName): Promise<number> {
    const { rows } = await this.#client.query<{ count: string }>(
      `SELECT count(*) AS count FROM ${qualified(table)}`,
    );
    return Number(rows[0]?.count);
  }
}

function isSame(one: TableName, other: TableName): boolean {
  return one.schema === other.schema && one.name === other.name;
}

function isOptional({ columns }: TableDescription, names: readonly string[]): boolean {
  return columns.some((column) => column.nullable && names.includes(column.name));
}
