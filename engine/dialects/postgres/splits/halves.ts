import type { TableSplit } from '../../splits.ts';
import { notOurWorker } from '../converting-triggers.ts';
import { identifier } from '../quote.ts';
import { triggerName } from '../made-names.ts';
import { isNull } from '../null-test.ts';
import { createTrigger, dropTriggers, type Trigger } from '../trigger.ts';
import { branchTriggers } from './branch.ts';
import { ofRow, saysOther, saysSomething } from './said.ts';
import { keyMoved } from './same-key.ts';

type Which = 'old' | 'new';

/**
 * Whichever table is written, the other one follows. What a trigger was told may be old, so the row is read once more, and
 * the other side is made equal to what is there now; where it is already, nothing is written, and nobody is woken again.
 */
const triggers = (split: TableSplit, which: Which): readonly Trigger[] =>
  which === 'old' ? ofOld(split) : ofNew(split);

const fill = '_0_fill';

/**
 * The foreign key moves rows of the new table together with those of the old one, which wakes the new table's trigger. PostgreSQL
 * queues that behind ours of the same statement: by then both sides are equal, and nothing is written.
 */
function ofOld({ moved, key }: TableSplit): readonly Trigger[] {
  const names = moved.map(({ column }) => column);
  const filled = moved
    .filter(({ isFilled }) => isFilled)
    .map((column) => isNull(`NEW.${identifier(column.column)}`, column));
  return [
    ...(filled.length === 0 ? [] : [{ event: fill, on: 'INSERT', when: filled.join(' OR ') }]),
    { event: '_2_insert', isAfter: true, on: 'INSERT', when: saysSomething({ moved }, ofRow('NEW', names)) },
    {
      event: '_2_update',
      isAfter: true,
      on: 'UPDATE',
      when: `${saysOther({ moved }, ofRow('NEW', names), ofRow('OLD', names))} OR ${keyMoved(key)}`,
    },
    { event: '_2_delete', isAfter: true, on: 'DELETE', when: null },
  ];
}

/** What our worker copies says what is there already. */
function ofNew(split: TableSplit): readonly Trigger[] {
  const { moved, key } = split;
  const names = moved.map(({ column }) => column);
  const differs = `${saysOther({ moved }, ofRow('NEW', names), ofRow('OLD', names))} OR ${keyMoved(key)}`;
  const back = { isAfter: true, calls: 'dual write back' } as const;
  return [
    ...branchTriggers(split),
    { event: '_1_half', on: 'INSERT', when: notOurWorker, calls: 'dual write back' },
    { ...back, event: '_2_insert', on: 'INSERT', when: notOurWorker },
    { ...back, event: '_2_update', on: 'UPDATE', when: `${notOurWorker}\n    AND (${differs})` },
    { ...back, event: '_2_delete', on: 'DELETE', when: null },
    { ...back, event: '_3_truncate', isOfStatement: true, on: 'TRUNCATE', when: null },
  ];
}

const tableOf = (split: TableSplit, which: Which) => (which === 'old' ? split.table : split.into);

export const startTriggers = (split: TableSplit, which: Which): readonly string[] =>
  triggers(split, which).flatMap((trigger) =>
    createTrigger({ migration: split.migration, table: tableOf(split, which) }, trigger),
  );

export const endTriggers = (split: TableSplit, which: Which): readonly string[] =>
  dropTriggers(tableOf(split, which), namesOf(split, which));

/** The new table follows no more; an INSERT that leaves the old columns out goes on until `endFilling`. */
export const endFollowing = (split: TableSplit): readonly string[] =>
  endOfOld(split, (event) => event !== fill);

export const endFilling = (split: TableSplit): readonly string[] =>
  endOfOld(split, (event) => event === fill);

const endOfOld = (split: TableSplit, which: (event: string) => boolean): readonly string[] =>
  dropTriggers(
    split.table,
    triggers(split, 'old')
      .filter(({ event }) => which(event))
      .map(({ event }) => triggerName(split.migration, event)),
  );

export const triggersOf = (split: TableSplit) => ({
  old: namesOf(split, 'old'),
  new: namesOf(split, 'new'),
});

const namesOf = (split: TableSplit, which: Which): readonly string[] =>
  triggers(split, which).map(({ event }) => triggerName(split.migration, event));
