import type { Brief } from '../../plan/plan.ts';
import { asksDefaults, namedNew, pairFunctions } from './pair-function.ts';
import type { Pair } from '../dual-write.ts';
import { valueChanged, distinct, valueUnchanged } from './pair.ts';
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
  const newDefault = pair.new.default;
  return {
    kind: 'brief',
    does: `write every change to both ${pair.old.column} and ${pair.new.column}`,
    lock: newDefault ? 'ACCESS EXCLUSIVE' : 'SHARE ROW EXCLUSIVE',
    statements: [
      ...(newDefault && newDefault.varies !== 'at each call'
        ? [
            `ALTER TABLE ${table}\n  ALTER COLUMN ${identifier(pair.new.column)} SET DEFAULT ${newDefault.expression}`,
          ]
        : []),
      ...pairFunctions(pair, 'old', pair.old.column),
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
  dropFunction(pair.migration, 'dual write'),
  ...(asksDefaults(pair) ? [dropFunction(pair.migration, 'defaults')] : []),
];

/**
 * By name, in this order. An UPDATE may name a column and give it the value that it had: on a row that nobody has filled
 * yet, that is how a new application writes NULL. UPDATE OF tells that it was named; who names both is the old side's.
 */
function pairTriggers(pair: Pair): readonly Trigger[] {
  const oldColumn = identifier(pair.old.column);
  const newColumn = identifier(pair.new.column);
  const differ = distinct(`NEW.${newColumn}`, `NEW.${oldColumn}`, pair.old);
  const oldChanged = valueChanged(pair.old.column, pair.old);
  const newChanged = valueChanged(pair.new.column, pair.new);
  const named = [
    ...(pair.conversion ? [notOurWorker] : [differ]),
    valueUnchanged(pair.old.column, pair.old),
    valueUnchanged(pair.new.column, pair.new),
  ].join('\n    AND ');
  const explicit: readonly Trigger[] = [
    { event: '_1_old', on: `UPDATE OF ${oldColumn}`, when: named },
    { event: '_2_new', on: `UPDATE OF ${newColumn}`, when: named, argument: namedNew },
  ];
  if (!pair.conversion) return [...explicit, { event: '_3_write', on: 'INSERT OR UPDATE', when: differ }];
  // The conversion is not evaluated here: one that fails must be caught, and a WHEN clause cannot catch. A row whose key
  // changes is converted at once, for it may pass by every walk that is under way.
  const written = [
    oldChanged,
    ...pair.key.map((column) => `NEW.${identifier(column)} IS DISTINCT FROM OLD.${identifier(column)}`),
    `(${newChanged}\n      AND ${notOurWorker})`,
  ].join('\n    OR ');
  return [
    ...(asksDefaults(pair)
      ? [{ event: '_0_defaults', on: 'INSERT', when: null, calls: 'defaults' as const }]
      : []),
    ...explicit,
    { event: '_3_insert', on: 'INSERT', when: null },
    { event: '_3_update', on: 'UPDATE', when: written },
  ];
}

// The backfill computes the new side itself and says so for the length of its own transaction; in that transaction, what
// other triggers write on its account runs deeper and is somebody else's.
const notOurWorker = `(current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0)`;
