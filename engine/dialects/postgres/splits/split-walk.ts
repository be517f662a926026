import type { WritingWalk } from '../../../plan/walk.ts';
import type { TableSplit } from '../../splits.ts';
import { writingWalk } from '../copies/copy-walk.ts';
import { identifier } from '../quote.ts';
import { saysSomething } from './said.ts';

/** Copies what the old columns say, and compares both tables: a row that says nothing need not be in the new one. */
export const splitWalk = (split: TableSplit): WritingWalk => {
  const { table, into, columns, key, moved } = split;
  const identity = key.map(({ name }) => name);
  return writingWalk({
    from: table,
    to: into,
    key: split.walkedBy,
    sampled: table,
    written: columns.map(({ name }) => name),
    identity,
    only: saysSomething(
      split,
      moved.map(({ column }) => identifier(column)),
    ),
  });
};
