import type { WalkSql } from '../dual-write.ts';
import { distinct } from './pair.ts';
import { identifier } from './quote.ts';
import { walkStatements } from './walk.ts';

/** A value that every UPDATE sets by itself stays as it is. */
export const walkOfPair: WalkSql['pair'] = (table, key, pair, touched = []) => {
  const [old, next] = [pair.old[0], pair.new[0]];
  if (old === undefined || next === undefined || pair.conversion !== null)
    throw new Error('one column takes the place of one, as it is');
  const [from, to] = [identifier(old.column), identifier(next.column)];
  const kept = touched.map((column) => `${identifier(column)} = ${identifier(column)}`);
  return walkStatements(table, key, {
    assigned: [`${to} = ${from}`, ...kept].join(', '),
    unfilled: distinct(to, from, old.type),
  });
};
