import type { Random } from '../../../../../rehearsal/traffic/random.ts';

interface Item {
  readonly sql: string;
  readonly alias: string;
  readonly columns: readonly string[];
}
interface Query {
  readonly sql: string;
  readonly columns: readonly string[];
}

const tables: Readonly<Record<string, readonly string[]>> = {
  users: ['id', 'email', 'name', 'email_address'],
  customers: ['id', 'user_id', 'email'],
  orders: ['id', 'user_id', 'buyer'],
};
const aliases = ['u', 'c', 'email', 'users', 'x'];
const names = ['email', 'name', 'email_address', 'buyer'];

/**
 * Writes statements over three tables that are nearly always sound, with the names that mislead chosen often.
 * No MERGE and no ON CONFLICT: of those PostgreSQL notes too little or too much.
 */
export class StatementWriter {
  #aliases = 0;

  constructor(private readonly random: Random) {}

  statement(): string {
    const kind = this.pick(['query', 'query', 'insert', 'update', 'delete'] as const);
    if (kind === 'query') return this.query([], 3).sql;
    const name = this.pick(Object.keys(tables));
    const alias = this.chance(0.5) ? this.pick(aliases) : name;
    const target = { sql: `${name} AS ${alias}`, alias, columns: tables[name] ?? [] };
    const set = this.pick(target.columns.slice(1));
    const inner = this.query([], 2);
    const value = `(SELECT max(r::text) FROM (${inner.sql}) AS r)`;
    const where = this.condition([target], 1);
    const returned = this.reference([target]);
    if (kind === 'insert')
      return `INSERT INTO ${target.sql} (${set}) SELECT ${this.cast(set, value)} RETURNING ${returned}`;
    if (kind === 'delete') return `DELETE FROM ${target.sql} WHERE ${where} RETURNING ${returned}`;
    return `UPDATE ${target.sql} SET ${set} = ${this.cast(set, value)} WHERE ${where} RETURNING ${returned}`;
  }

  private cast(column: string, value: string): string {
    return column.endsWith('id') ? `length(${value})` : value;
  }

  private query(outer: readonly Item[], depth: number): Query {
    const before = depth > 1 && this.chance(0.2) ? this.query([], depth - 1) : undefined;
    const called = this.pick(['customers', 'users', 'w']);
    const cte: Item | undefined = before && { sql: called, alias: called, columns: before.columns };
    const items = this.from(outer, depth, cte);
    const scope = [...items, ...outer.filter(({ alias }) => !items.some((item) => item.alias === alias))];
    const results = Array.from({ length: 1 + Math.floor(this.random() * 2) }, (_, place) => ({
      sql: this.expression(scope, items, depth),
      name: place === 0 ? this.pick(names) : `r${place}`,
    }));
    const order = this.chance(0.3)
      ? ` ORDER BY ${this.pick([results[0]?.name ?? '1', this.reference(items)])}`
      : '';
    return {
      sql: `${before ? `WITH ${called} AS (${before.sql}) ` : ''}SELECT ${results
        .map(({ sql, name }) => `${sql} AS ${name}`)
        .join(
          ', ',
        )} FROM ${items.map(({ sql }) => sql).join(', ')} WHERE ${this.condition(scope, depth - 1)}${order}`,
      columns: results.map(({ name }) => name),
    };
  }

  private from(outer: readonly Item[], depth: number, cte: Item | undefined): readonly Item[] {
    const items: Item[] = [];
    for (let left = this.chance(0.4) ? 2 : 1; left > 0; left -= 1) {
      const alias = this.alias(items);
      if (depth > 1 && this.chance(0.3)) {
        const lateral = this.chance(0.5);
        const inner = this.query(lateral ? [...items, ...outer] : outer, depth - 1);
        const renamed = this.chance(0.3);
        const columns = renamed ? ['email', ...inner.columns.slice(1)] : inner.columns;
        items.push({
          sql: `${lateral ? 'LATERAL ' : ''}(${inner.sql}) AS ${alias}${renamed ? ' (email)' : ''}`,
          alias,
          columns,
        });
      } else {
        const name = cte && this.chance(0.7) ? cte.alias : this.pick(Object.keys(tables));
        const columns = cte?.alias === name ? cte.columns : (tables[name] ?? []);
        items.push({ sql: `${name} AS ${alias}`, alias, columns });
      }
    }
    return items;
  }

  /** One that no item beside it has. */
  private alias(items: readonly Item[]): string {
    const wished = this.pick(aliases);
    return items.some(({ alias }) => alias === wished) ? `a${(this.#aliases += 1)}` : wished;
  }

  private expression(scope: readonly Item[], items: readonly Item[], depth: number): string {
    if (depth > 1 && this.chance(0.15)) {
      const { sql } = this.query(scope, depth - 1);
      return `(SELECT max(r::text) FROM (${sql}) AS r)`;
    }
    return this.pick([`${this.reference(scope)}::text`, `${this.reference(items)}::text`, "'email'"]);
  }

  private condition(scope: readonly Item[], depth: number): string {
    if (depth > 0 && this.chance(0.2)) return `EXISTS (${this.query(scope, depth).sql})`;
    return this.chance(0.3) ? 'true' : `${this.reference(scope)} IS NULL`;
  }

  /** A column by its bare name where that is sound, else by its relation's. */
  private reference(scope: readonly Item[]): string {
    const { alias, columns } = this.pick(scope);
    const column = columns.includes('email') && this.chance(0.5) ? 'email' : this.pick(columns);
    const owners = scope.filter((item) => item.columns.includes(column));
    return owners.length === 1 && this.chance(0.6) ? column : `${alias}.${column}`;
  }

  private pick<T>(from: readonly T[]): T {
    const picked = from[Math.floor(this.random() * from.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  private chance(share: number): boolean {
    return this.random() < share;
  }
}
