import { tokenAt } from './sql-token.ts';
import { checkParameterName, refuseName } from '../parameters-in-order.ts';

/** SQL as PostgreSQL takes it: `names[i]` stands behind `$i+1`. A name used twice has one number. */
export interface PositionalSql {
  readonly text: string;
  readonly names: readonly string[];
}

const NAME = /[\w$\u0080-\uffff]+/y;

/**
 * Turns `:name` into `$1`, leaving literals, quoted identifiers, comments, dollar quotes and `::` alone.
 * Throws ValidationException for names that the service refuses and for `$1` of the caller's own.
 */
export function numberParameters(sql: string): PositionalSql {
  const numbers = new Map<string, number>();
  let text = '';
  let copied = 0;
  for (let at = 0; at < sql.length;) {
    const token = tokenAt(sql, at);
    if (token.kind === 'positional') refuseName(sql.slice(at, token.end));
    const name =
      token.kind === 'symbol' && sql.slice(at, token.end) === ':' ? nameAt(sql, at + 1) : undefined;
    if (name === undefined) {
      at = token.end;
      continue;
    }
    checkParameterName(name);
    const number = numbers.get(name) ?? numbers.size + 1;
    numbers.set(name, number);
    text += `${sql.slice(copied, at)}$${number}`;
    at += 1 + name.length;
    copied = at;
  }
  return { text: text + sql.slice(copied), names: [...numbers.keys()] };
}

function nameAt(sql: string, at: number): string | undefined {
  NAME.lastIndex = at;
  return NAME.exec(sql)?.[0];
}
