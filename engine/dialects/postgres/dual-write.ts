import { brief } from '../../plan/brief.ts';
import type { Brief } from '../../plan/plan.ts';
import type { Authority, Pair } from '../dual-write.ts';
import {
  absentDefaults,
  asksRequired,
  endAbsentDefaults,
  requiredFunction,
  requiredTriggers,
} from './absent.ts';
import { setDefault } from './columns.ts';
import { conversionParts, convertingFunctions } from './converting-functions.ts';
import { convertingTriggers } from './converting-triggers.ts';
import { triggerName } from './made-names.ts';
import { namingTriggers, oneOf } from './naming-triggers.ts';
import { distinct, namesOf, valueUnchanged } from './pair.ts';
import { identifier } from './quote.ts';
import { createFunction, createTrigger, dropFunction, dropTriggers, type Trigger } from './trigger.ts';
import { assigned, by4, end, newWins, WrittenSides } from './written-sides.ts';

/**
 * Rows that agree pass by the WHEN clause and never enter plpgsql; so do the backfill's own updates.
 * Shape after pgroll's paired triggers (migrations/trigger.go), but one function for both directions, so that
 * neither can wake the other.
 */
export function startDualWrite(pair: Pair): Brief {
  const written = [pair.old, pair.new].map((side) => namesOf(side).join(', ')).join(' and ');
  const isAltered = asksRequired(pair) || pair.new.some((column) => column.default !== null);
  const lock = isAltered ? 'ACCESS EXCLUSIVE' : 'SHARE ROW EXCLUSIVE';
  return brief(`write every change to both ${written}`, lock, [
    ...pair.new.flatMap(({ column, default: otherwise }) =>
      otherwise === null || otherwise.varies === 'at each call'
        ? []
        : [setDefault(pair.table, column, otherwise.expression)],
    ),
    ...absentDefaults(pair),
    ...pairFunctions(pair, 'old'),
    ...requiredFunction(pair),
    ...pairTriggers(pair).flatMap((trigger) => createTrigger(pair, trigger)),
  ]);
}

export const triggersOfPair = (pair: Pair): string[] =>
  pairTriggers(pair).map(({ event }) => triggerName(pair.migration, event));

export const endDualWrite = (pair: Pair, oldNow = namesOf(pair.old)): string[] => [
  ...dropTriggers(pair.table, triggersOfPair(pair)),
  ...(['dual write', ...conversionParts(pair)] as const).map((part) => dropFunction(pair.migration, part)),
  ...endAbsentDefaults(pair, oldNow),
];

/** By name, in this order. */
function pairTriggers(pair: Pair): readonly Trigger[] {
  if (pair.conversion) return [...convertingTriggers(pair), ...requiredTriggers(pair)];
  const differ = pair.old
    .map((column, at) =>
      distinct(`NEW.${identifier(pair.new[at]?.column ?? '')}`, `NEW.${identifier(column.column)}`, column),
    )
    .join(' OR ');
  return [
    ...namingTriggers(pair, [oneOf(differ, pair.new.length), ...valueUnchanged([...pair.old, ...pair.new])]),
    { event: '_3_write', on: 'INSERT OR UPDATE', when: differ },
    ...requiredTriggers(pair),
  ];
}

/**
 * When both sides were written and disagree, the authority wins; when neither was, the row has not been written since dual write
 * began, and the old side is the truth. Replacing the functions changes the authority, or follows renamed old columns, without a
 * lock on the table.
 */
export function pairFunctions(
  pair: Pair,
  authority: Authority,
  oldNow = namesOf(pair.old),
): readonly string[] {
  if (pair.conversion) return convertingFunctions(pair, authority, oldNow);
  const sides = new WrittenSides(pair, oldNow);
  const hasDefault = [...pair.old, ...pair.new].some((column) => column.default !== null);
  return createFunction(pair, 'dual write', hasDefault ? 'writer, by our path' : 'writer', [
    ...sides.whoWrote(authority),
    `  IF ${newWins(authority)} THEN`,
    ...by4(assigned(sides.old, sides.new)),
    '  ELSE',
    ...by4(assigned(sides.new, sides.old)),
    '  END IF;',
    ...end,
  ]);
}
