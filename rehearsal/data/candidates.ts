import { identifier, literal, qualified } from '../database/postgres-names.ts';
import type { Hints } from './check-hints.ts';
import { applicableChecks, type Condition } from './conditions.ts';
import { DataError } from './data-error.ts';
import { nullPatterns } from './null-patterns.ts';
import { valueGivenBy, joinParents, type Parents } from './parent-rows.ts';
import type { Column, ForeignKey, TableDescription } from './table-description.ts';
import type { UniquePlan } from './unique-plan.ts';
import { valueExpression } from './value-expression.ts';

/** SQL over `base`, a row as it was made so far, that gives a column another value. */
export interface Mend {
  readonly column: string;
  readonly value: string;
}

export interface Plan {
  readonly description: TableDescription;
  readonly hints: Hints;
  readonly unique: UniquePlan;
  readonly parents: readonly Parents[];
  /** The greatest number in each fresh column, as text. */
  readonly after: ReadonlyMap<string, string | null>;
  /** Values that take the place of those made at first, one after the other. */
  readonly mends: readonly Mend[];
}

/** Rows as they are made, before a condition is asked. */
export interface Candidates {
  readonly columns: readonly Column[];
  readonly checks: readonly Condition[];
  /** Columns that may hold any value. */
  readonly free: ReadonlySet<string>;
  /** Columns that may hold no value twice. */
  readonly unique: ReadonlySet<string>;
  /** SQL of the rows with numbers `from, to`. */
  readonly rows: (numbers: string) => string;
}

const shareOfNulls = 0.05;
export const rowNumbers = (between: string): string =>
  `SELECT s::int8 AS n FROM generate_series(${between}) s`;

/**
 * Rows made from what the catalog knows, before a CHECK is asked. `root`: a foreign key to this very table, of a first row that has nobody
 * but itself to point at.
 */
export function candidates(plan: Plan, root?: ForeignKey): Candidates {
  const { description, unique, parents, mends } = plan;
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
  const drawn = (between: string): string => {
    const layers = joinParents(rowNumbers(between), parents, (key) => unique.foreignKeys.get(key.name));
    return `SELECT ${[...values, `g.n AS ${numbered}`].join(', ')} FROM (${layers}) g`;
  };
  const selfPointing = ({ name }: Column): string =>
    `${identifier(pointing.get(name) ?? name)} AS ${identifier(name)}`;
  const ofRoot = (between: string): string =>
    root === undefined
      ? drawn(between)
      : `SELECT ${columns.map(selfPointing).join(', ')}, ${numbered} FROM (${drawn(between)}) g`;
  return {
    columns,
    checks: applicableChecks(description, columns),
    free: new Set(made.map(({ name }) => name).filter((name) => !isInKey(name, description))),
    unique: new Set([...unique.columns].flatMap(([name, role]) => (role === 'fresh' ? [name] : []))),
    rows: (between) => mends.reduce((rows, mend) => mended(rows, mend, columns), ofRoot(between)),
  };
}

/** A row's number, in every row. */
const numbered = identifier('underpin n');

const isInKey = (name: string, { foreignKeys }: TableDescription): boolean =>
  foreignKeys.some((key) => key.columns.includes(name));

const mended = (rows: string, { column, value }: Mend, columns: readonly Column[]): string => {
  const values = columns.map(({ name }) =>
    name === column ? `${value} AS ${identifier(name)}` : `base.${identifier(name)}`,
  );
  return `SELECT ${values.join(', ')}, base.${numbered} FROM (${rows}) base`;
};

export function isLeftToDatabase(column: Column): boolean {
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
  // A rule can be held against a candidate only if it has all columns of it; a constant may break one of its own column.
  const rules = description.checks.filter(({ columns }) => columns.includes(column.name));
  if (rules.some(({ columns }) => columns.length > 1) || (rules.length > 0 && !isVolatile(column.default)))
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
