import type { Brief } from '../../plan/plan.ts';
import type { Pair } from '../dual-write.ts';
import { conversionParts } from './converting-functions.ts';
import { convertingTriggers } from './converting-triggers.ts';
import { namingTriggers, oneOf } from './naming-triggers.ts';
import { distinct, namesOf, valueUnchanged } from './pair.ts';
import { pairFunctions } from './pair-function.ts';
import { identifier, qualifiedName } from './quote.ts';
import { createTrigger, dropFunction, dropTriggers, triggerName, type Trigger } from './trigger.ts';

/**
 * Starts dual write: whichever side a writer sets, the other follows inside the writer's own transaction.
 * Rows that agree pass by the WHEN clause and never enter plpgsql; so do the backfill's own updates.
 * Shape after pgroll's paired triggers (migrations/trigger.go), but one function for both directions, so that
 * neither can wake the other.
 */
export function startDualWrite(pair: Pair): Brief {
  const table = qualifiedName(pair.table);
  const defaults = pair.new.flatMap(({ column, default: otherwise }) =>
    otherwise === null || otherwise.varies === 'at each call' ? [] : [{ column, otherwise }],
  );
  return {
    kind: 'brief',
    does: `write every change to both ${namesOf(pair.old).join(', ')} and ${namesOf(pair.new).join(', ')}`,
    lock: pair.new.some((column) => column.default !== null) ? 'ACCESS EXCLUSIVE' : 'SHARE ROW EXCLUSIVE',
    statements: [
      ...defaults.map(
        ({ column, otherwise }) =>
          `ALTER TABLE ${table}\n  ALTER COLUMN ${identifier(column)} SET DEFAULT ${otherwise.expression}`,
      ),
      ...pairFunctions(pair, 'old', namesOf(pair.old)),
      ...pairTriggers(pair).flatMap((trigger) => createTrigger(pair, trigger)),
    ],
  };
}

export const triggersOfPair = (pair: Pair): string[] =>
  pairTriggers(pair).map(({ event }) => triggerName(pair.migration, event));

export const endDualWrite = (pair: Pair): string[] => [
  ...dropTriggers(
    pair.migration,
    pair.table,
    pairTriggers(pair).map(({ event }) => event),
  ),
  ...(['dual write', ...conversionParts(pair)] as const).map((part) => dropFunction(pair.migration, part)),
];

/** By name, in this order. */
function pairTriggers(pair: Pair): readonly Trigger[] {
  if (pair.conversion) return convertingTriggers(pair);
  const differ = pair.old
    .map((column, at) =>
      distinct(`NEW.${identifier(pair.new[at]?.column ?? '')}`, `NEW.${identifier(column.column)}`, column),
    )
    .join(' OR ');
  return [
    ...namingTriggers(pair, [oneOf(differ, pair.new.length), ...valueUnchanged([...pair.old, ...pair.new])]),
    { event: '_3_write', on: 'INSERT OR UPDATE', when: differ },
  ];
}
