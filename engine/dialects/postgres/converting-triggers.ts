import type { Pair } from '../dual-write.ts';
import { isByPlace } from './block-address.ts';
import { asksDefaults, asksNames } from './converting-functions.ts';
import { namingTriggers, oneOf, updateOf } from './naming-triggers.ts';
import { isNull } from './null-test.ts';
import { valueChanged, valueUnchanged } from './pair.ts';
import { identifier } from './quote.ts';
import { placeTriggers } from './refused-rows.ts';
import type { Trigger } from './trigger.ts';

/** The triggers of a pair whose values are converted. */
export function convertingTriggers(pair: Pair): readonly Trigger[] {
  // The conversion is not evaluated here: one that fails must be caught, and a WHEN clause cannot catch. A row whose key
  // changes is converted at once, for it may pass by every walk that is under way; one without a key may at every UPDATE.
  const written = [
    valueChanged(pair.old),
    ...(isByPlace(pair.key)
      ? [notOurWorker]
      : [
          ...pair.key.map(({ name }) => `NEW.${identifier(name)} IS DISTINCT FROM OLD.${identifier(name)}`),
          `(${oneOf(valueChanged(pair.new), pair.new.length)}\n      AND ${notOurWorker})`,
        ]),
  ].join('\n    OR ');
  return [
    ...(asksDefaults(pair)
      ? [{ event: '_0_defaults', on: 'INSERT', when: null, calls: 'defaults' as const }]
      : []),
    ...(asksNames(pair) ? partTriggers(pair) : []),
    ...namingTriggers(pair, unchangedByOthers(pair)),
    { event: '_3_insert', on: 'INSERT', when: null },
    { event: '_3_update', on: 'UPDATE', when: written },
    ...placeTriggers(
      pair,
      pair.new.map((column) => isNull(`NEW.${identifier(column.column)}`, column)).join('\n    AND '),
    ),
  ];
}

/** Cheapest first, for every row of the backfill goes through it: a setting costs ten plain comparisons, an image more. */
function unchangedByOthers(pair: Pair): readonly string[] {
  const sides = [...pair.old, ...pair.new];
  return [
    ...valueUnchanged(sides.filter(({ plain }) => plain)),
    notOurWorker,
    ...valueUnchanged(sides.filter(({ plain }) => !plain)),
  ];
}

/** On a row that nobody has filled: the first forgets what an earlier statement named, then each named column says so. */
function partTriggers(pair: Pair): readonly Trigger[] {
  const unfilled = [
    notOurWorker,
    ...pair.new.map((column) => isNull(`OLD.${identifier(column.column)}`, column)),
  ].join('\n    AND ');
  return [
    { event: '_0_names', on: 'UPDATE', when: unfilled, calls: 'names' },
    ...pair.new.map((column, at): Trigger => ({
      event: `_0_names_${at + 1}`,
      on: updateOf([column]),
      when: unfilled,
      calls: 'names',
      argument: String(at + 1),
    })),
  ];
}

// The backfill computes the new side itself and says so for the length of its own transaction; in that transaction, what
// other triggers write on its account runs deeper and is somebody else's.
export const notOurWorker = `(current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0)`;
