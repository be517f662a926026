import type { DualWrite, Pair } from '../dual-write.ts';
import { asksDefaults, movedAway, movingFunction } from './converting-functions.ts';
import { firstTriggerName } from './made-names.ts';
import { anyNotNull } from './null-test.ts';
import { identifier } from './quote.ts';
import { createTrigger, dropTriggers, dropFunction, type Trigger } from './trigger.ts';

const first = { isFirst: true, on: 'INSERT', when: null } as const;

/** By name, in this order. */
function triggersOf(pair: Pair): readonly Trigger[] {
  if (asksDefaults(pair))
    return [
      { ...first, event: '_0_defaults', calls: 'defaults' },
      { ...first, event: '_1_moved', calls: 'first' },
      { ...first, event: '_2_away', calls: 'defaults', argument: movedAway },
    ];
  // Who names the columns leaves NULL there, unless it has a default of its own.
  const staysNull = pair.old.every(
    ({ default: otherwise }) => otherwise === null || otherwise.varies === 'at each call',
  );
  const given = anyNotNull(
    pair.old.map(({ column }) => `NEW.${identifier(column)}`),
    pair.old,
  );
  return [{ ...first, event: '_1_moved', calls: 'first', when: staysNull ? given : null }];
}

const namesOf = (pair: Pair): readonly string[] =>
  triggersOf(pair).map(({ event }) => firstTriggerName(pair.migration, event));

export const byPosition: DualWrite['byPosition'] = {
  start: (pair) => [
    ...movingFunction(pair),
    ...triggersOf(pair).flatMap((trigger) => createTrigger(pair, trigger)),
  ],
  end: (pair) => [...dropTriggers(pair.table, namesOf(pair)), dropFunction(pair.migration, 'first')],
  triggers: namesOf,
};
