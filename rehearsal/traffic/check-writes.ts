import type { ClientBase } from 'pg';
import { identifier, literal, qualified } from '../database/postgres-names.ts';
import { noValue, type PromisedWrite } from './acknowledged-writes.ts';
import { downText, sameTexts, textsOf, upText, type PairShape } from './conversion.ts';
import { valuesOf, type Key } from './keys.ts';
import type { Target } from './target.ts';
import { presentTable } from './present-table.ts';
import { isAboutNoColumn, type WrittenColumn, type WrittenHalf } from './written-shape.ts';

/** What became of the acknowledged writes. */
export interface WritesChecked {
  /** Rows that the traffic wrote. */
  readonly checked: number;
  readonly lost: number;
  /** Keys of the first lost ones; never values. */
  readonly examples: readonly string[];
}

export interface CheckOptions {
  /** Look at this side alone: after a rollback that stopped the dual write, the new column may stand there, out of date. */
  readonly only?: 'old' | 'new';
}

const batch = 1000;
const examples = 10;

interface Claim {
  readonly key: Key;
  readonly promised: PromisedWrite;
}

/**
 * Holds every promise against the table, in the shapes that it has now. A value stands in the column that it was
 * written to, and on the other side as converted; of a lossy conversion it is enough that either direction holds.
 */
export async function checkWrites(
  client: ClientBase,
  target: Target,
  rows: readonly (readonly [Key, readonly PromisedWrite[]])[],
  options: CheckOptions = {},
): Promise<WritesChecked> {
  const present = await presentTable(client, target);
  // Where it is what leaves, every promise went with it; else nobody took it back, and the question fails.
  if (present === null && target.shape.kind === 'leaving table')
    return { checked: rows.length, lost: 0, examples: [] };
  // Through the view, where one has the table's name: it has the columns under the names that the application knows.
  const asked = isAboutNoColumn(target.shape) ? (present ?? target.table) : target.table;
  return checkPresent(client, { ...target, table: asked }, rows, options);
}

async function checkPresent(
  client: ClientBase,
  target: Target,
  rows: readonly (readonly [Key, readonly PromisedWrite[]])[],
  options: CheckOptions,
): Promise<WritesChecked> {
  const verdict = await verdictSql(client, target, options);
  const kept = new Set<Key>();
  const claims = rows.flatMap(([key, promises]) => promises.map((promised) => ({ key, promised })));
  for (let from = 0; from < claims.length; from += batch)
    for (const claim of await keptOf(client, target, verdict, claims.slice(from, from + batch)))
      kept.add(claim.key);
  const lost = rows.filter(([key]) => !kept.has(key)).map(([key]) => valuesOf(key).join(', '));
  return { checked: rows.length, lost: lost.length, examples: lost.slice(0, examples) };
}

async function keptOf(
  client: ClientBase,
  target: Target,
  verdict: string,
  claims: readonly Claim[],
): Promise<readonly Claim[]> {
  const keys = target.key.map(({ name, type }, place) => ({
    name: identifier(name),
    type: type.sql,
    alias: `k${place}`,
  }));
  const sql = `
    SELECT /* underpin: it asks both shapes on purpose */ e.place
      FROM unnest($1::int[], $2::text[], $3::jsonb[], $4::jsonb[], ${keys.map((_, place) => `$${place + 5}::text[]`).join(', ')})
           AS e (place, state, old, new, ${keys.map(({ alias }) => alias).join(', ')})
      LEFT JOIN ${qualified(target.table)} t
        ON ${keys.map(({ name, type, alias }) => `t.${name} = e.${alias}::${type}`).join(' AND ')}
     WHERE CASE e.state
             WHEN 'gone' THEN t.${keys[0]?.name} IS NULL
             WHEN 'there' THEN t.${keys[0]?.name} IS NOT NULL
             ELSE t.${keys[0]?.name} IS NOT NULL AND (${verdict})
           END`;
  const values = claims.map(({ promised }) => ('value' in promised ? promised.value : noValue));
  const parameters = [
    claims.map((_, place) => place),
    claims.map(({ promised }) => promised.state),
    values.map((value) => JSON.stringify(value.old)),
    values.map((value) => JSON.stringify(value.new)),
    ...keys.map((_, place) => claims.map(({ key }) => valuesOf(key)[place])),
  ];
  try {
    const { rows } = await client.query<{ place: number }>(sql, parameters);
    return rows.flatMap(({ place }) => claims[place] ?? []);
  } catch (error) {
    // What stands in the table may be such that the conversion refuses it. That row is lost; the others are not.
    if (!(error instanceof Error && 'code' in error && /^(?:2|P0)/u.test(String(error.code)))) throw error;
    if (claims.length === 1) return [];
    const half = Math.ceil(claims.length / 2);
    return [
      ...(await keptOf(client, target, verdict, claims.slice(0, half))),
      ...(await keptOf(client, target, verdict, claims.slice(half))),
    ];
  }
}

/** SQL over `t` (the row) and `e` (the promise): whether the promise holds in the columns that exist now. */
async function verdictSql(client: ClientBase, target: Target, { only }: CheckOptions): Promise<string> {
  const existing = await columnsNow(client, target);
  const { shape } = target;
  if (isAboutNoColumn(shape)) return 'true';
  if (shape.kind === 'leaving') {
    const now = namesNow(shape, existing);
    return now === undefined ? 'true' : same(now.map(ofRow), 'e.old', shape.old);
  }
  if (shape.kind === 'added')
    return existing.has(shape.column) && only !== 'old'
      ? same([`t.${identifier(shape.column)}`], 'e.new', [shape])
      : 'true';
  if (shape.kind === 'kept') return keptVerdict(shape);
  const names = namesNow(shape, existing);
  const old = only === 'new' ? undefined : names?.map(ofRow);
  const fresh = only === 'old' ? undefined : await freshNow(client, target, shape);
  if (old === undefined && fresh === undefined)
    throw new Error(`neither side of ${namesOf(shape.old).join(', ')} exists any more`);
  const oldText = textsOf(shape.old, 'e.old');
  const newText = textsOf(shape.new, 'e.new');
  const oldStands = old && same(old, 'e.old', shape.old);
  const newStands = fresh && same(fresh, 'e.new', shape.new);
  const newFollows =
    fresh &&
    `(${sameTexts(asText(fresh), upText(shape, oldText))}) OR (${sameTexts(downText(shape, fresh), typed('e.old', shape.old))})`;
  const oldFollows =
    old &&
    `(${sameTexts(asText(old), downText(shape, newText))}) OR (${sameTexts(upText(shape, old), typed('e.new', shape.new))})`;
  return `CASE e.state
            WHEN 'old' THEN ${all(oldStands, newFollows)}
            WHEN 'new' THEN ${all(newStands, oldFollows)}
            ELSE ${all(oldStands, newStands)}
          END`;
}

/** What was written before the swap is there converted, what was written after it as it was sent; after a rollback likewise. */
function keptVerdict(shape: PairShape): string {
  const columns = namesOf(shape.old).map(ofRow);
  const isNew = columns
    .map((column, at) => `pg_typeof(${column}) = (${literal(shape.new[at]?.type ?? '')})::regtype`)
    .join(' AND ');
  const given = textsOf(shape.old, 'e.old');
  const text = asText(columns);
  return `CASE WHEN ${isNew}
            THEN (${same(columns, 'e.old', shape.new)}) OR (${sameTexts(text, upText(shape, given))})
            ELSE (${same(columns, 'e.old', shape.old)}) OR (${sameTexts(text, downText(shape, given))}) END`;
}

/** The old columns, as they are called before or in quarantine; undefined where they are gone. */
const namesNow = (
  { old, quarantined }: Pick<PairShape & { readonly kind: 'pair' }, 'old' | 'quarantined'>,
  existing: ReadonlySet<string>,
): readonly string[] | undefined =>
  [namesOf(old), quarantined].find((each) => each.every((name) => existing.has(name)));

/** SQL of the new columns over the row; undefined where they are not there. */
async function freshNow(
  client: ClientBase,
  target: Target,
  { new: side, half }: PairShape & { readonly half?: WrittenHalf },
): Promise<readonly string[] | undefined> {
  const existing =
    half === undefined
      ? await columnsNow(client, target)
      : await columnsOf(client, 'to_regclass($1)', half.table);
  const names = namesOf(side);
  if (!names.every((name) => existing.has(name))) return undefined;
  return half === undefined ? names.map(ofRow) : ofHalf(half, names, target.key);
}

/** Where the other table has no row, the columns hold what they hold when nothing is said. */
function ofHalf(
  { table, unsaid }: WrittenHalf,
  names: readonly string[],
  key: Target['key'],
): readonly string[] {
  const keys = key.map(({ name }) => identifier(name));
  const same = keys.map((name) => `h.${name} = t.${name}`).join(' AND ');
  return names.map(
    (name, at) =>
      `(SELECT CASE WHEN h.${keys[0] ?? ''} IS NULL THEN ${unsaid[at] ?? 'NULL'} ELSE h.${identifier(name)} END` +
      ` FROM (SELECT) AS one LEFT JOIN ${qualified(table)} h ON ${same})`,
  );
}

const namesOf = (side: readonly WrittenColumn[]): readonly string[] => side.map(({ column }) => column);
const ofRow = (name: string): string => `t.${identifier(name)}`;
const all = (...tests: readonly (string | undefined)[]): string =>
  tests
    .filter((test) => test !== undefined)
    .map((test) => `(${test})`)
    .join(' AND ') || 'true';
// As text: json has no equality, and a numeric's scale is part of what was written.
const asText = (columns: readonly string[]): readonly string[] => columns.map((column) => `${column}::text`);
/** What a promise says, as the columns' types print it. */
const typed = (array: string, side: readonly WrittenColumn[]): readonly string[] =>
  textsOf(side, array).map((text, at) => `(${text}::${side[at]?.type ?? ''})::text`);
const same = (columns: readonly string[], array: string, side: readonly WrittenColumn[]): string =>
  sameTexts(asText(columns), typed(array, side));

/** Raises the database's error where the table is gone. */
const columnsNow = (client: ClientBase, { table }: Target): Promise<ReadonlySet<string>> =>
  columnsOf(client, '$1::regclass', table);

async function columnsOf(
  client: ClientBase,
  relation: string,
  table: Target['table'],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = ${relation} AND attnum > 0 AND NOT attisdropped`,
    [qualified(table)],
  );
  return new Set(rows.map(({ name }) => name));
}
