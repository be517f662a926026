import { identifier, qualified } from '../database/postgres-names.ts';
import { candidates, isLeftToDatabase, rowNumbers, type Plan } from './candidates.ts';
import { freshValue } from './fresh-value.ts';
import type { Column, ForeignKey, TableDescription } from './table-description.ts';

/** A way to make up rows. */
export interface RowSource {
  /** Takes the first row number to try as $1, the last as $2, and how many rows at most as $3. */
  readonly insert: string;
  /** Counts candidates ($1 to $2) and, under each constraint's name, how many of them it refuses. */
  readonly diagnose: string | undefined;
}

const asked = '$1::int8, $2::int8';

/**
 * Rows made from what the catalog knows; those that a CHECK would refuse are left out before the INSERT sees them.
 * `root`: a foreign key to this very table, of a first row that has nobody but itself to point at.
 */
export function generatedRows(plan: Plan, root?: ForeignKey): RowSource {
  const { columns, checks, rows } = candidates(plan, root);
  const names = columns.map((column) => `candidate.${identifier(column.name)}`).join(', ');
  const where = checks.length > 0 ? `WHERE ${checks.map(({ test }) => test).join(' AND ')}` : '';
  const refused = checks.map(
    ({ name, test }) => `count(*) FILTER (WHERE NOT ${test}) AS ${identifier(name)}`,
  );
  const made = rows(asked);
  return {
    insert: insertFrom(plan.description, columns, `SELECT ${names} FROM (${made}) candidate ${where}`),
    diagnose: checks.length > 0 ? `SELECT ${refused.join(', ')} FROM (${made}) candidate` : undefined,
  };
}

/** Rows that repeat existing ones, with new values where they must be unique. `sample` holds rows with their `pick`. */
export function imitatedRows(plan: Plan, sample: string, size: number): RowSource {
  const { description, unique, after } = plan;
  const columns = description.columns.filter((column) => !column.generated && !isLeftToDatabase(column));
  const values = columns.map((column) => {
    const existing = `s.${identifier(column.name)}`;
    if (unique.columns.get(column.name) !== 'fresh') return existing;
    const fresh = freshValue(column.type, existing, 'g.n', after.get(column.name) ?? null);
    return fresh === undefined ? existing : `(${fresh})::${column.type.sql}`;
  });
  const numbers = `SELECT n, 1 + floor(random() * ${size})::int8 AS pick FROM (${rowNumbers(asked)}) n`;
  const rows = `SELECT ${values.join(', ')} FROM (${numbers}) g JOIN pg_temp.${identifier(sample)} s ON s."underpin.pick" = g.pick`;
  return { insert: insertFrom(description, columns, rows), diagnose: undefined };
}

function insertFrom(
  { table, deferrable }: TableDescription,
  columns: readonly Column[],
  rows: string,
): string {
  const names = columns.map((column) => identifier(column.name));
  const skipping = deferrable ? '' : ' ON CONFLICT DO NOTHING';
  const overriding = columns.some((column) => column.identity === 'always') ? 'OVERRIDING SYSTEM VALUE ' : '';
  return `INSERT INTO ${qualified(table)} (${names.join(', ')}) ${overriding}${rows} LIMIT $3${skipping}`;
}

/** Names the constraints that refused most, from a row of `diagnose`. */
export function worstRefusal(counts: Readonly<Record<string, unknown>>): string | undefined {
  const sorted = Object.entries(counts).toSorted(([, a], [, b]) => Number(b) - Number(a));
  const [name, refused] = sorted[0] ?? [];
  return Number(refused) > 0 ? name : undefined;
}
