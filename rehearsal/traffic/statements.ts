import type { TableName } from '../../engine/spec/table-name.ts';
import { identifier, qualified } from '../database/postgres-names.ts';
import type { ValuePair, WrittenSide } from './acknowledged-writes.ts';
import type { Answer, Query } from './query.ts';
import { keyOf, valuesOf, type Key } from './keys.ts';
import type { Target } from './target.ts';
import { isAboutNoColumn, type WrittenColumn } from './written-shape.ts';

export interface InsertQuery extends Query {
  /** The key of the row that was inserted; undefined where none was. */
  readonly keyOf: (answer: Answer) => Key | undefined;
}

/** What an INSERT takes for its new values: whole numbers that no other INSERT of this run had. */
export interface Tokens {
  readonly small: number;
  readonly great: number;
}

/** `type`: what the driver is told; empty where the column's own type decides. */
type Part = { readonly column: string; readonly type: string; readonly value: string | null };

export const typed = (place: number, type: string): string =>
  type === '' ? `$${place}` : `$${place}::${type}`;

/** The application's statements. Columns are named one by one, as in code that must survive a new column. */
export interface ApplicationStatements {
  /** `side`: which shape is read; `none` where the version knows of no such column. */
  read(key: Key, side: 'old' | 'new' | 'none'): Query;
  update(key: Key, side: WrittenSide, pair: ValuePair): Query;
  /** Whether the row holds the old side of a value, as `same`. */
  holds(key: Key, pair: ValuePair): Query;
  /** What has nothing to do with the table. */
  elsewhere(): Query;
  /** Gives a row another row's value in a column that has nothing to do with the migration. */
  updateOther(key: Key, source: Key): Query | undefined;
  /** A row like another, new where rows must differ, with the column's value on the sides named. */
  insert(source: Key, side: WrittenSide | 'none', pair: ValuePair, tokens: Tokens): InsertQuery;
  delete(key: Key): Query;
}

export class Statements implements ApplicationStatements {
  protected readonly target: Target;
  protected readonly table: string;
  readonly #own: string;

  /** `table`: by the name that the application calls it. */
  constructor(target: Target, table: TableName = target.table) {
    this.target = target;
    this.table = qualified(table);
    this.#own = identifier(table.name);
  }

  read(key: Key, side: 'old' | 'new' | 'none'): Query {
    const { other, key: keyColumns } = this.target;
    const named = side === 'none' ? [] : this.#side(side).map(({ column }) => column);
    const names = [...named, ...(other ? [other.name] : keyColumns.map(({ name }) => name))].map(identifier);
    return {
      text: `SELECT ${names.join(', ')} FROM ${this.table} WHERE ${this.where(1)}`,
      values: valuesOf(key),
    };
  }

  update(key: Key, side: WrittenSide, pair: ValuePair): Query {
    const parts = this.parts(side, pair);
    const set = parts.map(({ column, type }, place) => `${identifier(column)} = ${typed(place + 1, type)}`);
    return {
      text: `UPDATE ${this.table} SET ${set.join(', ')} WHERE ${this.where(parts.length + 1)}`,
      values: [...parts.map(({ value }) => value), ...valuesOf(key)],
    };
  }

  holds(key: Key, pair: ValuePair): Query {
    const { columns } = this.target;
    const same = columns.map(
      ({ name, type }, at) =>
        `${identifier(name)}::text IS NOT DISTINCT FROM ($${at + 1}::${type.sql})::text`,
    );
    return {
      text: `SELECT ${same.join(' AND ')} AS same FROM ${this.table} WHERE ${this.where(columns.length + 1)}`,
      values: [...columns.map((_, at) => pair.old[at] ?? null), ...valuesOf(key)],
    };
  }

  elsewhere(): Query {
    return { text: 'SELECT 1', values: [] };
  }

  updateOther(key: Key, source: Key): Query | undefined {
    const { other, key: keyColumns } = this.target;
    if (other === undefined) return undefined;
    const name = identifier(other.name);
    const from = `(SELECT s.${name} FROM ${this.table} s WHERE ${this.where(keyColumns.length + 1, 's.')}${this.#keepsRule()})`;
    return {
      // Under its own name: PostgreSQL 18 counts statements on two tables as one where both have one alias.
      text: `UPDATE ${this.table} SET ${name} = coalesce(${from}, ${this.#own}.${name}) WHERE ${this.where(1, `${this.#own}.`)}`,
      values: [...valuesOf(key), ...valuesOf(source)],
    };
  }

  insert(source: Key, side: WrittenSide | 'none', pair: ValuePair, { small, great }: Tokens): InsertQuery {
    const { copied, key } = this.target;
    const parts = side === 'none' ? [] : this.parts(side, pair);
    const columns = [...copied.map(({ column }) => column), ...parts.map(({ column }) => column)];
    const values = [
      ...copied.map(({ expression }) => expression),
      ...parts.map(({ type }, place) => typed(place + 3, type)),
    ];
    return {
      // The numbers appear once more so that their types are known where no column uses them.
      text: `INSERT INTO ${this.table} (${columns.map(identifier).join(', ')})
             SELECT ${values.join(', ')} FROM ${this.table} s
              WHERE ${this.where(parts.length + 3, 's.')} AND $1::int8 > 0 AND $2::int8 > 0${this.#keepsRule()}
             RETURNING ${key.map(({ name }, place) => `${identifier(name)}::text AS k${place}`).join(', ')}`,
      values: [small, great, ...parts.map(({ value }) => value), ...valuesOf(source)],
      keyOf: ({ rows: [row] }) => row && keyOf(Object.values(row).map(String)),
    };
  }

  delete(key: Key): Query {
    return { text: `DELETE FROM ${this.table} WHERE ${this.where(1)}`, values: valuesOf(key) };
  }

  protected parts(side: WrittenSide, pair: ValuePair): Part[] {
    const sides = side === 'both' ? (['old', 'new'] as const) : [side];
    return sides.flatMap((one) =>
      this.#side(one).map((column, at) => ({ ...column, value: pair[one][at] ?? null })),
    );
  }

  #side(side: 'old' | 'new'): readonly WrittenColumn[] {
    const { shape } = this.target;
    if (shape.kind === 'pair') return shape[side];
    if (shape.kind === 'kept') return [{ column: shape.column, type: '' }];
    if (shape.kind === 'leaving' && side === 'old') return shape.old;
    if (isAboutNoColumn(shape) || shape.kind === 'leaving') throw new Error('nothing changes sides');
    if (side === 'old') throw new Error('a column that is added has no old side');
    return [{ column: shape.column, type: shape.type }];
  }

  /** Where a rule comes, the application has been mended first: it copies no row that breaks it. */
  #keepsRule(): string {
    const { shape, table } = this.target;
    if (shape.kind !== 'none' || shape.breaks === null) return '';
    return ` AND NOT (SELECT (${shape.breaks}) FROM (SELECT s.*) AS ${identifier(table.name)})`;
  }

  protected where(from: number, alias = ''): string {
    return this.target.key
      .map(({ name, type }, place) => `${alias}${identifier(name)} = $${from + place}::${type.sql}`)
      .join(' AND ');
  }
}
