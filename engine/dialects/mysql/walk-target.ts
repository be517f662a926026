import type { Pair, WalkSql } from '../dual-write.ts';
import { agreement, conversionOf, convertedValue } from './conversion.ts';
import { distinct } from './pair.ts';
import { identifier } from './quote.ts';
import { walkStatements, type Target } from './walk.ts';

/** A value that every UPDATE sets by itself stays as it is. */
export const walkOfPair: WalkSql['pair'] = (table, key, pair, touched = []) => {
  const { assigned, unfilled } = targetOf(pair);
  const kept = touched.map((column) => `${identifier(column)} = ${identifier(column)}`);
  return walkStatements(table, key, { assigned: [assigned, ...kept].join(', '), unfilled });
};

function targetOf(pair: Pair): Target {
  const [old, next] = [pair.old[0], pair.new[0]];
  if (old === undefined || next === undefined) throw new Error('one column takes the place of one');
  const [from, to] = [identifier(old.column), identifier(next.column)];
  const conversion = conversionOf(pair);
  return conversion === undefined
    ? { assigned: `${to} = ${from}`, unfilled: distinct(to, from, old.type) }
    : {
        assigned: `${to} = ${convertedValue(conversion, 'up', from)}`,
        unfilled: `NOT (${agreement(conversion, { old: from, new: to })})`,
      };
}
