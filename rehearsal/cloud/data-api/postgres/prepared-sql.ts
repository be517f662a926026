import { ServiceError } from '../service-error.ts';
import { numberParameters, type PositionalSql } from './named-parameters.ts';

const REMEMBERED_STATEMENTS = 500;
const remembered = new Map<string, PositionalSql>();

/** A backfill sends the same text thousands of times: it is scanned once. Throws ValidationException. */
export function preparedSql(sql: string): PositionalSql {
  const known = remembered.get(sql);
  if (known !== undefined) return known;
  // PostgreSQL's protocol ends a statement at the first NUL: the rest would vanish without a word.
  if (sql.includes('\0'))
    throw new ServiceError('ValidationException', 'The statement contains a NUL character');
  const prepared = numberParameters(sql);
  if (remembered.size >= REMEMBERED_STATEMENTS) remembered.clear();
  remembered.set(sql, prepared);
  return prepared;
}
