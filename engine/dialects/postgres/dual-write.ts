import type { Brief } from '../../plan/plan.ts';
import { isByPlace } from './block-address.ts';
import { asksDefaults, asksNames, loadedBefore, namedNew, pairFunctions } from './pair-function.ts';
import type { Pair, PairColumn } from '../dual-write.ts';
import { valueChanged, distinct, namesOf, valueUnchanged } from './pair.ts';
import { identifier, qualifiedName } from './quote.ts';
import { placeTriggers } from './refused-rows.ts';
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

const notesPlaces = (pair: Pair): boolean => pair.conversion !== null && isByPlace(pair.key);

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
  ...(asksNames(pair) ? [dropFunction(pair.migration, 'names')] : []),
  ...(notesPlaces(pair) ? [dropFunction(pair.migration, 'refused')] : []),
];

/**
 * By name, in this order. An UPDATE may name a column and give it the value that it had: on a row that nobody has filled
 * yet, that is how a new application writes NULL. UPDATE OF says that it was named; who names both is the old side's.
 */
function pairTriggers(pair: Pair): readonly Trigger[] {
  const differ = pair.old
    .map((column, at) =>
      distinct(`NEW.${identifier(pair.new[at]?.column ?? '')}`, `NEW.${identifier(column.column)}`, column),
    )
    .join(' OR ');
  const named = (
    pair.conversion
      ? unchangedByOthers(pair)
      : [oneOf(differ, pair.new.length), ...valueUnchanged(sides(pair))]
  ).join('\n    AND ');
  const explicit: readonly Trigger[] = [
    { event: '_0_saved', on: updateOf(pair.old), when: savedAsLoaded(pair), argument: loadedBefore },
    { event: '_1_old', on: updateOf(pair.old), when: named },
    { event: '_2_new', on: updateOf(pair.new), when: named, argument: namedNew },
  ];
  if (!pair.conversion) return [...explicit, { event: '_3_write', on: 'INSERT OR UPDATE', when: differ }];
  // The conversion is not evaluated here: one that fails must be caught, and a WHEN clause cannot catch. A row whose key
  // changes is converted at once, for it may pass by every walk that is under way; one without a key may at every UPDATE.
  const written = [
    valueChanged(pair.old),
    ...(isByPlace(pair.key)
      ? [notOurWorker]
      : [
          ...pair.key.map((column) => `NEW.${identifier(column)} IS DISTINCT FROM OLD.${identifier(column)}`),
          `(${oneOf(valueChanged(pair.new), pair.new.length)}\n      AND ${notOurWorker})`,
        ]),
  ].join('\n    OR ');
  return [
    ...(asksDefaults(pair)
      ? [{ event: '_0_defaults', on: 'INSERT', when: null, calls: 'defaults' as const }]
      : []),
    ...(asksNames(pair) ? namingTriggers(pair) : []),
    ...explicit,
    { event: '_3_insert', on: 'INSERT', when: null },
    { event: '_3_update', on: 'UPDATE', when: written },
    ...placeTriggers(
      pair,
      pair.new.map(({ column }) => `NEW.${identifier(column)} IS NULL`).join('\n    AND '),
    ),
  ];
}

const sides = ({ old, new: fresh }: Pair): readonly PairColumn[] => [...old, ...fresh];

/** Cheapest first, for every row of the backfill goes through it: a setting costs ten plain comparisons, an image more. */
const unchangedByOthers = (pair: Pair): readonly string[] => [
  ...valueUnchanged(sides(pair).filter(({ plain }) => plain)),
  notOurWorker,
  ...valueUnchanged(sides(pair).filter(({ plain }) => !plain)),
];

/** Names both sides, leaves the old one as it is, and gives the new one, which is filled by now, the NULL of before. */
const savedAsLoaded = (pair: Pair): string =>
  [
    ...valueUnchanged(pair.old),
    ...pair.new.map(({ column }) => `NEW.${identifier(column)} IS NULL`),
    isAny(pair.new, 'OLD'),
    isAny(pair.old, 'NEW'),
  ].join('\n    AND ');

const isAny = (columns: readonly PairColumn[], row: 'OLD' | 'NEW'): string =>
  oneOf(columns.map(({ column }) => `${row}.${identifier(column)} IS NOT NULL`).join(' OR '), columns.length);

const updateOf = (columns: readonly PairColumn[]): string =>
  `UPDATE OF ${namesOf(columns).map(identifier).join(', ')}`;

const oneOf = (condition: string, columns: number): string => (columns > 1 ? `(${condition})` : condition);

/** On a row that nobody has filled: the first forgets what an earlier statement named, then each named column says so. */
function namingTriggers(pair: Pair): readonly Trigger[] {
  const unfilled = [notOurWorker, ...pair.new.map(({ column }) => `OLD.${identifier(column)} IS NULL`)].join(
    '\n    AND ',
  );
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
const notOurWorker = `(current_setting('underpin.worker', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0)`;
