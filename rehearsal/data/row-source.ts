import { identifier, literal, qualified } from '../database/postgres-names.ts';
import { DataError } from './data-error.ts';
import type { Hints } from './check-hints.ts';
import { freshValue } from './fresh-value.ts';
import { nullPatterns } from './null-patterns.ts';
import { valueGivenBy, joinParents, type Parents } from './parent-rows.ts';
import type { Column, ForeignKey, TableDescription } from './table-description.ts';
import type { UniquePlan } from './unique-plan.ts';
import { valueExpression } from './value-expression.ts';

/** A way to make up rows. */
export interface RowSource {
  /** Takes the first row number to try as $1, the last as $2, and how many rows at most as $3. */
  readonly insert: string;
  /** Counts candidates ($1 to $2) and, under each constraint's name, how many of them it refuses. */
  readonly diagnose: string | undefined;
}

export interface Plan {
  readonly description: TableDescription;
  readonly hints: Hints;
  readonly unique: UniquePlan;
  readonly parents: readonly Parents[];
  /** The greatest number in each fresh column, as text. */
  readonly after: ReadonlyMap<string, string | null>;
}

const shareOfNulls = 0.05;
const rowNumbers = 'SELECT s::int8 AS n FROM generate_series($1::int8, $2::int8) s';

/**
 * Rows made from what the catalog knows; those that a CHECK would refuse are left out before the INSERT sees them.
 * `root`: a foreign key to this very table, of a first row that has nobody but itself to point at.
 */
export function generatedRows(plan: Plan, root?: ForeignKey): RowSource {
  const { description, unique, parents } = plan;
  const made = description.columns.filter((column) => !column.generated && isMade(column, plan));
  const pointed = description.columns.filter((column) => root?.parentColumns.includes(column.name));
  const first = description.columns.slice(0, made.length === 0 ? 1 : 0);
  const columns = [...new Set([...made, ...pointed, ...first])];
  const pointing = new Map(
    root?.columns.map((column, place) => [column, root.parentColumns[place] ?? column]),
  );
  const valueOf = (column: Column): string => {
    if (!made.includes(column)) return databaseValue(column, description);
    return pointing.has(column.name) ? 'NULL' : patterned(column, plan);
  };
  const values = columns.map(
    (column) => `${inUsersType(column, valueOf(column))} AS ${identifier(column.name)}`,
  );
  const layers = joinParents(rowNumbers, parents, (key) => unique.foreignKeys.get(key.name));
  const drawn = `SELECT ${values.join(', ')} FROM (${layers}) g`;
  const candidates =
    root === undefined ? drawn : `SELECT ${columns.map(selfPointing).join(', ')} FROM (${drawn}) g`;
  function selfPointing({ name }: Column): string {
    return `${identifier(pointing.get(name) ?? name)} AS ${identifier(name)}`;
  }
  const checks = applicableChecks(description, columns);
  const where = checks.length > 0 ? `WHERE ${checks.map(({ test }) => test).join(' AND ')}` : '';
  const refused = checks.map(
    ({ name, test }) => `count(*) FILTER (WHERE NOT ${test}) AS ${identifier(name)}`,
  );
  return {
    insert: insertFrom(description, columns, `SELECT * FROM (${candidates}) candidate ${where}`),
    diagnose: checks.length > 0 ? `SELECT ${refused.join(', ')} FROM (${candidates}) candidate` : undefined,
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
  const numbers = `SELECT n, 1 + floor(random() * ${size})::int8 AS pick FROM (${rowNumbers}) n`;
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

function isLeftToDatabase(column: Column): boolean {
  return column.identity !== null || /nextval\(/u.test(column.default ?? '');
}

/** What the database itself would put in, as an expression; for when the row cannot be written without naming it. */
function databaseValue({ name, default: expression, identity }: Column, { table }: TableDescription): string {
  if (identity === null) return expression ?? 'NULL';
  return `nextval(pg_get_serial_sequence(${literal(qualified(table))}, ${literal(name)}))`;
}

const variedTypes = /^(?:bool|int[248]|numeric|float[48]|money|date)$/u;

/**
 * Numbers, and columns that must be fresh, are made up although they have a default: all rows alike would make a dull
 * rehearsal. Other defaults are the database's to give, above all now() and sequences.
 */
function isMade(column: Column, { unique, hints, parents, description }: Plan): boolean {
  if (isGivenByParent(column, parents)) return true;
  if (description.foreignKeys.some((key) => key.columns.includes(column.name)))
    return column.default === null;
  if (isLeftToDatabase(column)) return false;
  if (description.partitioning.hints.has(column.name)) return true;
  if (column.default === null || unique.columns.has(column.name)) return true;
  // A rule over several columns can be held against a candidate only if it has them all.
  if (description.checks.some(({ columns }) => columns.length > 1 && columns.includes(column.name)))
    return true;
  if (isVolatile(column.default)) return false;
  const { type } = column;
  return (
    type.kind === 'enum' ||
    hints.get(column.name)?.values !== undefined ||
    (type.kind === 'base' && variedTypes.test(type.name)) ||
    /^''(?:::|$)/u.test(column.default)
  );
}

/** A parent that waits for this table has no row yet: what may be NULL is, and the rest is made up. */
const isGivenByParent = ({ name, nullable }: Column, parents: Plan['parents']): boolean =>
  parents.some(({ key, count }) => key.columns.includes(name) && (count > 0 || nullable));

function isVolatile(expression: string): boolean {
  return /\w\(/u.test(expression) || /CURRENT_|LOCALTIME/u.test(expression);
}

/** In turn each way that the rules about NULL allow; where they say nothing, whatever the column's own value is. */
function patterned(column: Column, plan: Plan): string {
  const { description, parents } = plan;
  const allows = (name: string, filled: boolean): boolean => {
    const found = description.columns.find((each) => each.name === name);
    if (!filled) return found?.nullable === true;
    return !description.foreignKeys.some((key) => key.columns.includes(name)) || hasParents(name, parents);
  };
  const group = nullPatterns(description.checks, allows).find(({ columns }) => columns.includes(column.name));
  if (group === undefined) return columnValue(column, plan);
  const at = group.columns.indexOf(column.name);
  const ways = group.patterns.map((pattern) => String(pattern[at] === true));
  const value = columnValue({ ...column, nullable: false }, plan);
  return `CASE WHEN (ARRAY[${ways.join(', ')}])[1 + g.n % ${ways.length}] THEN ${value} END`;
}

const hasParents = (name: string, parents: Plan['parents']): boolean =>
  parents.some(({ key, count }) => key.columns.includes(name) && count > 0);

function columnValue(column: Column, { hints, unique, parents, after, description }: Plan): string {
  if (isGivenByParent(column, parents)) return `g.${valueGivenBy(column.name)}`;
  const inForeignKey = description.foreignKeys.some((key) => key.columns.includes(column.name));
  if (inForeignKey && column.nullable) return 'NULL';
  const choice = unique.columns.get(column.name) ?? 'random';
  const value = valueExpression(column.type, {
    column: column.name,
    n: 'g.n',
    hint: hints.get(column.name) ?? {},
    choice,
    after: after.get(column.name) ?? null,
  });
  if (value === undefined) {
    if (column.nullable) return 'NULL';
    throw new DataError(
      description.table,
      `its column ${column.name} has type ${column.type.sql}`,
      column.name,
    );
  }
  const spared = column.nullable && typeof choice === 'string';
  return spared ? `CASE WHEN random() >= ${shareOfNulls} THEN ${value} END` : value;
}

/** A domain's own checks would raise on the cast; so a candidate is in the type below, and the INSERT casts it. */
function inUsersType(column: Column, value: string): string {
  const type = column.type.kind === 'domain' ? underlying(column) : column.type.sql;
  return `(${value})::${type}`;
}

function underlying({ type }: Column): string {
  let at = type;
  while (at.kind === 'domain') at = at.base;
  return at.sql;
}

interface ApplicableCheck {
  readonly name: string;
  /** SQL over `candidate`. */
  readonly test: string;
}

/** The table's and its domains' checks that speak of candidates' columns alone. */
function applicableChecks(
  { checks, partitioning }: TableDescription,
  columns: readonly Column[],
): ApplicableCheck[] {
  const made = new Set(columns.map((column) => column.name));
  const ofTable = [...checks, ...(partitioning.check === undefined ? [] : [partitioning.check])]
    .filter((check) => check.columns.length > 0 && check.columns.every((column) => made.has(column)))
    .map(({ name, expression }) => ({ name, test: `((${expression}) IS NOT FALSE)` }));
  return [...ofTable, ...columns.flatMap(domainChecks)];
}

// The catalog prints a domain's check over the word VALUE, which a column alias can be.
function domainChecks(column: Column): ApplicableCheck[] {
  const found: ApplicableCheck[] = [];
  for (let { type } = column; type.kind === 'domain'; type = type.base)
    for (const check of type.checks)
      found.push({
        name: type.sql,
        test: `(SELECT (${check}) IS NOT FALSE FROM (SELECT candidate.${identifier(column.name)}) v (value))`,
      });
  return found;
}

/** Names the constraints that refused most, from a row of `diagnose`. */
export function worstRefusal(counts: Readonly<Record<string, unknown>>): string | undefined {
  const sorted = Object.entries(counts).toSorted(([, a], [, b]) => Number(b) - Number(a));
  const [name, refused] = sorted[0] ?? [];
  return Number(refused) > 0 ? name : undefined;
}
