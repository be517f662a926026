import { brief } from '../../../plan/brief.ts';
import type { Brief } from '../../../plan/plan.ts';
import type { SplitsSql, TableSplit } from '../../splits.ts';
import { dropColumn, renameColumn } from '../columns.ts';
import { lockTable } from '../tables.ts';
import { dropFunction } from '../trigger.ts';
import { ofTwoTables } from '../two-locks.ts';
import { createNodeNames } from './branch.ts';
import { createHalf, dropHalf, triedHalf } from './half.ts';
import { followFunctions } from './following.ts';
import { endFilling, endFollowing, endTriggers, startTriggers, triggersOf } from './halves.ts';
import { splitWalk } from './split-walk.ts';

/** A table and the new one that columns of it go to. */
export const splits: SplitsSql = {
  create: createHalf,
  drop: dropHalf,
  tried: triedHalf,
  // Each table in a call of its own: writers take the two locks in either order.
  start: (split) => [
    brief(`write every change of ${split.into.name} to ${split.table.name} too`, 'SHARE ROW EXCLUSIVE', [
      ...createNodeNames(split),
      ...followFunctions(split, namesOf(split)),
      ...startTriggers(split, 'new'),
    ]),
    brief(
      `write every change of ${split.table.name} to ${split.into.name} too`,
      'SHARE ROW EXCLUSIVE',
      startTriggers(split, 'old'),
    ),
  ],
  end: (split) => [
    endOfNew(split),
    brief(`end the dual write of ${split.table.name}`, 'ACCESS EXCLUSIVE', [
      ...endTriggers(split, 'old'),
      ...endFunctions(split),
    ]),
  ],
  rename: (split, does, now, then) =>
    ofTwoTables(
      brief(does, 'ACCESS EXCLUSIVE', [
        // Who is writing the new table is inside the function, and would look for the old columns by the names of before.
        lockTable(split.into, 'SHARE ROW EXCLUSIVE'),
        ...now.map((name, at) => renameColumn(split.table, name, then[at] ?? '')),
        ...followFunctions(split, then),
      ]),
    ),
  // The old columns stop being followed before they stop following: from then on they are stale, and nothing may read them.
  dropOld: (split, now) => [
    brief(`end the dual write of ${split.table.name}`, 'ACCESS EXCLUSIVE', endFollowing(split)),
    endOfNew(split),
    brief(`drop ${namesOf(split).join(', ')} of ${split.table.name}`, 'ACCESS EXCLUSIVE', [
      ...endFilling(split),
      ...endFunctions(split),
      ...now.flatMap((name) => dropColumn(split.table, name).statements),
    ]),
  ],
  walk: splitWalk,
  triggers: triggersOf,
};

const namesOf = ({ moved }: TableSplit): readonly string[] => moved.map(({ column }) => column);

const endOfNew = (split: TableSplit): Brief =>
  brief(`end the dual write of ${split.into.name}`, 'ACCESS EXCLUSIVE', endTriggers(split, 'new'));

const endFunctions = (split: TableSplit): readonly string[] => [
  dropFunction(split.migration, 'dual write'),
  dropFunction(split.migration, 'dual write back'),
  dropFunction(split.migration, 'node'),
];
