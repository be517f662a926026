import type { Pair, PairColumn } from '../dual-write.ts';
import { anyNotNull, isNull } from './null-test.ts';
import { namesOf, valueUnchanged } from './pair.ts';
import { identifier } from './quote.ts';
import type { Trigger } from './trigger.ts';
import { loadedBefore, namedNew } from './written-sides.ts';

/**
 * An UPDATE may name a column and give it the value that it had: on a row that nobody has filled yet, that is how a new
 * application writes NULL. UPDATE OF says that it was named; who names both is the old side's. `unchanged`: what is true of a
 * row that keeps its values.
 */
export const namingTriggers = (pair: Pair, unchanged: readonly string[]): readonly Trigger[] => {
  const when = unchanged.join('\n    AND ');
  return [
    { event: '_0_saved', on: updateOf(pair.old), when: savedAsLoaded(pair), argument: loadedBefore },
    { event: '_1_old', on: updateOf(pair.old), when },
    { event: '_2_new', on: updateOf(pair.new), when, argument: namedNew },
  ];
};

/** Names both sides, leaves the old one as it is, and gives the new one, which is filled by now, the NULL of before. */
const savedAsLoaded = (pair: Pair): string =>
  [
    ...valueUnchanged(pair.old),
    ...pair.new.map((column) => isNull(`NEW.${identifier(column.column)}`, column)),
    isAny(pair.new, 'OLD'),
    isAny(pair.old, 'NEW'),
  ].join('\n    AND ');

const isAny = (columns: readonly PairColumn[], row: 'OLD' | 'NEW'): string =>
  oneOf(
    anyNotNull(
      namesOf(columns).map((name) => `${row}.${identifier(name)}`),
      columns,
    ),
    columns.length,
  );

export const updateOf = (columns: readonly PairColumn[]): string =>
  `UPDATE OF ${namesOf(columns).map(identifier).join(', ')}`;

export const oneOf = (condition: string, columns: number): string =>
  columns > 1 ? `(${condition})` : condition;
