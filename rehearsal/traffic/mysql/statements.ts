import type { TableName } from '../../../engine/spec/table-name.ts';
import { identifier, qualified } from '../../data/mysql/connection.ts';
import { isSetByUpdates, type MysqlColumn } from '../../data/mysql/table-description.ts';
import type { ValuePair, WrittenSide } from '../acknowledged-writes.ts';
import { keyOf, valuesOf, type Key } from '../keys.ts';
import type { ApplicationStatements, InsertQuery, Tokens } from '../statements.ts';
import type { Query } from '../query.ts';
import { isAboutNoColumn, type WrittenColumn, type WrittenShape } from '../written-shape.ts';
import { dataTypeOf, fromText, toText } from './column-text.ts';
import type { MysqlTarget } from './target.ts';

interface Part {
  readonly column: Pick<MysqlColumn, 'name' | 'dataType'>;
  readonly value: string | null;
}

/** The application's statements on MySQL, which has no RETURNING and lets no UPDATE read its own table: what they write is known before. */
export class MysqlStatements implements ApplicationStatements {
  readonly #table: string;

  /** `table`: by the name that the application calls it. */
  constructor(
    private readonly target: MysqlTarget,
    table: TableName = target.table,
  ) {
    this.#table = qualified(table);
  }

  read(key: Key, side: 'old' | 'new' | 'none'): Query {
    const { other, key: keyColumns } = this.target;
    const named = side === 'none' ? [] : this.side(side);
    const names = [...named, ...(other ? [other] : keyColumns)].map(({ name }) => identifier(name));
    return {
      text: `SELECT ${names.join(', ')} FROM ${this.#table} WHERE ${this.where()}`,
      values: valuesOf(key),
    };
  }

  update(key: Key, side: WrittenSide, pair: ValuePair): Query {
    return this.set(key, this.parts(side, pair));
  }

  holds(key: Key, pair: ValuePair): Query {
    const { columns } = this.target;
    const same = columns.map(
      (column) =>
        `${toText(identifier(column.name), column)} <=> CAST(? AS CHAR CHARACTER SET utf8mb4) COLLATE utf8mb4_bin`,
    );
    return {
      text: `SELECT ${same.join(' AND ')} AS same FROM ${this.#table} WHERE ${this.where()}`,
      values: [...columns.map((_, at) => pair.old[at] ?? null), ...valuesOf(key)],
    };
  }

  elsewhere(): Query {
    return { text: 'SELECT 1', values: [] };
  }

  updateOther(key: Key, source: Key): Query | undefined {
    const { other, copied, samples, columns } = this.target;
    // Another value of any column gives it the moment, which nobody was promised.
    if (columns.some(isSetByUpdates)) return undefined;
    const at = other === undefined ? -1 : copied.indexOf(other);
    if (other === undefined || at < 0 || samples.length === 0) return undefined;
    const sample = samples[spread(source) % samples.length];
    return this.set(key, [{ column: other, value: sample?.[at] ?? null }]);
  }

  insert(source: Key, side: WrittenSide | 'none', pair: ValuePair, tokens: Tokens): InsertQuery {
    const { copied, key, samples } = this.target;
    const sample = samples[spread(source) % Math.max(1, samples.length)];
    const parts: Part[] = [
      ...copied.map((column, at) => ({
        column,
        value: this.fresh(column, tokens) ?? sample?.[at] ?? null,
      })),
      ...(side === 'none' ? [] : this.parts(side, pair)),
    ];
    const names = parts.map(({ column }) => identifier(column.name)).join(', ');
    return {
      text: `INSERT INTO ${this.#table} (${names}) VALUES (${parts.map(({ column }) => fromText(column)).join(', ')})`,
      values: parts.map(({ value }) => value),
      keyOf: ({ generated }) =>
        keyOf(
          key.map(({ name }) => parts.find(({ column }) => column.name === name)?.value ?? generated ?? ''),
        ),
    };
  }

  delete(key: Key): Query {
    return { text: `DELETE FROM ${this.#table} WHERE ${this.where()}`, values: valuesOf(key) };
  }

  /** A value that no other row has, where the column takes one. */
  private fresh({ name, dataType, length }: MysqlColumn, { small, great }: Tokens): string | undefined {
    const fresh = this.target.fresh.get(name);
    if (fresh === undefined) return undefined;
    if (/int$/iu.test(dataType)) return String(fresh.after + BigInt(small));
    // As HEX prints it.
    if (/binary$/iu.test(dataType))
      return great
        .toString(16)
        .toUpperCase()
        .padStart(Math.min(length ?? 6, 16) * 2, '0');
    return `u${great.toString(36)}`.slice(0, length ?? 100);
  }

  private set(key: Key, parts: readonly Part[]): Query {
    const set = parts.map(({ column }) => `${identifier(column.name)} = ${fromText(column)}`);
    return {
      text: `UPDATE ${this.#table} SET ${set.join(', ')} WHERE ${this.where()}`,
      values: [...parts.map(({ value }) => value), ...valuesOf(key)],
    };
  }

  private parts(side: WrittenSide, pair: ValuePair): Part[] {
    const sides = side === 'both' ? (['old', 'new'] as const) : [side];
    return sides.flatMap((one) =>
      this.side(one).map((column, at) => ({ column, value: pair[one][at] ?? null })),
    );
  }

  private side(side: 'old' | 'new'): readonly Part['column'][] {
    const { shape } = this.target;
    const written = columnsOf(shape, side);
    return written.map(({ column, type }) => ({ name: column, dataType: dataTypeOf(type) }));
  }

  private where(): string {
    return this.target.key.map((column) => `${identifier(column.name)} = ${fromText(column)}`).join(' AND ');
  }
}

function columnsOf(shape: WrittenShape, side: 'old' | 'new'): readonly WrittenColumn[] {
  if (isAboutNoColumn(shape)) return [];
  if (shape.kind === 'added') return [shape];
  return shape.kind === 'leaving' ? shape.old : shape[side];
}

/** A number that follows from a key. */
const spread = (key: Key): number =>
  Array.from(key).reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 1_000_003, 7);
