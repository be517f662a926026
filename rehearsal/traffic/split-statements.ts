import { identifier, qualified } from '../database/postgres-names.ts';
import type { ValuePair, WrittenSide } from './acknowledged-writes.ts';
import { valuesOf, type Key } from './keys.ts';
import type { Query } from './query.ts';
import { Statements, typed, type InsertQuery, type Tokens } from './statements.ts';
import type { Target } from './target.ts';
import type { WrittenColumn, WrittenHalf } from './written-shape.ts';

/** The statements of an application whose new version has some columns in a table of their own. */
export class SplitStatements extends Statements {
  private readonly half: string;
  private readonly unsaid: readonly string[];

  constructor(
    target: Target,
    { table, unsaid }: WrittenHalf,
    private readonly columns: readonly WrittenColumn[],
  ) {
    super(target);
    this.half = qualified(table);
    this.unsaid = unsaid;
  }

  override read(key: Key, side: 'old' | 'new' | 'none'): Query {
    if (side !== 'new') return super.read(key, side);
    const { other, key: keyColumns } = this.target;
    const [first] = keyColumns;
    const named = this.columns.map(
      ({ column }, at) =>
        `CASE WHEN h.${identifier(first?.name ?? '')} IS NULL THEN ${this.unsaid[at] ?? 'NULL'} ELSE h.${identifier(column)} END`,
    );
    const others = (other ? [other] : keyColumns).map(({ name }) => `t.${identifier(name)}`);
    return {
      text: `SELECT ${[...named, ...others].join(', ')} FROM ${this.table} t LEFT JOIN ${this.half} h USING (${this.keyNames()}) WHERE ${this.where(1, 't.')}`,
      values: valuesOf(key),
    };
  }

  override update(key: Key, side: WrittenSide, pair: ValuePair): Query {
    if (side !== 'new') return super.update(key, side, pair);
    const names = this.columns.map(({ column }) => identifier(column));
    const values = this.columns.map(({ type }, at) => typed(at + 1, type));
    const keys = this.target.key.map(({ type }, at) => typed(names.length + at + 1, type.sql));
    return {
      text: `INSERT INTO ${this.half} (${[...names, this.keyNames()].join(', ')}) VALUES (${[...values, ...keys].join(', ')})
             ON CONFLICT (${this.keyNames()}) DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`,
      values: [...names.map((_, at) => pair.new[at] ?? null), ...valuesOf(key)],
    };
  }

  override insert(source: Key, side: WrittenSide | 'none', pair: ValuePair, tokens: Tokens): InsertQuery {
    if (side !== 'new') return super.insert(source, side, pair, tokens);
    const row = super.insert(source, 'none', pair, tokens);
    const from = row.values.length;
    const names = this.columns.map(({ column }) => identifier(column));
    const values = this.columns.map(({ type }, at) => typed(from + at + 1, type));
    const keys = this.target.key.map(({ type }, at) => `k${at}::${type.sql}`);
    return {
      text: `WITH row AS (${row.text}), half AS (
               INSERT INTO ${this.half} (${this.keyNames()}, ${names.join(', ')}) SELECT ${[...keys, ...values].join(', ')} FROM row)
             SELECT * FROM row`,
      values: [...row.values, ...names.map((_, at) => pair.new[at] ?? null)],
      keyOf: row.keyOf,
    };
  }

  private keyNames(): string {
    return this.target.key.map(({ name }) => identifier(name)).join(', ');
  }
}
