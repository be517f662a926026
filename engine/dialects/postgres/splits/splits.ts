import { brief } from '../../../plan/brief.ts';
import type { SplitsSql, TableSplit } from '../../splits.ts';
import { dropColumn, renameColumn } from '../columns.ts';
import { lockTable } from '../tables.ts';
import { dropFunction } from '../trigger.ts';
import { createHalf, dropHalf, triedHalf } from './half.ts';
import { endTriggers, followFunctions, startTriggers, triggersOf } from './halves.ts';
import { createLeftOut, dropLeftOut, ownDefaults, sayLeftOut } from './left-out.ts';
import { splitWalk } from './split-walk.ts';

/** A table and the new one that columns of it go to. */
export const splits: SplitsSql = {
  create: createHalf,
  drop: dropHalf,
  tried: triedHalf,
  // Each table in a call of its own: writers take the two locks in either order.
  start: (split) => [
    brief(`write every change of ${split.into.name} to ${split.table.name} too`, 'ACCESS EXCLUSIVE', [
      ...followFunctions(split, namesOf(split)),
      createLeftOut(split),
      ...sayLeftOut(split),
      ...startTriggers(split, 'new'),
    ]),
    brief(
      `write every change of ${split.table.name} to ${split.into.name} too`,
      'SHARE ROW EXCLUSIVE',
      startTriggers(split, 'old'),
    ),
  ],
  filled: (split) =>
    brief(
      `give the columns of ${split.into.name} their own defaults`,
      'ACCESS EXCLUSIVE',
      ownDefaults(split),
    ),
  end: (split) => [
    brief(`end the dual write of ${split.into.name}`, 'ACCESS EXCLUSIVE', [
      ...endTriggers(split, 'new'),
      ...ownDefaults(split),
    ]),
    brief(`end the dual write of ${split.table.name}`, 'ACCESS EXCLUSIVE', [
      ...endTriggers(split, 'old'),
      ...endFunctions(split),
    ]),
  ],
  rename: (split, does, now, then) =>
    brief(does, 'ACCESS EXCLUSIVE', [
      // Who is writing the new table is inside the function, and would look for the old columns by the names of before.
      lockTable(split.into, 'SHARE ROW EXCLUSIVE'),
      ...now.map((name, at) => renameColumn(split.table, name, then[at] ?? '')),
      ...followFunctions(split, then),
    ]),
  dropOld: (split, now) => {
    const [first, second] = splits.end(split);
    if (first === undefined || second === undefined) throw new Error('a dual write of two tables ends twice');
    const dropped = now.flatMap((name) => dropColumn(split.table, name).statements);
    const names = namesOf(split).join(', ');
    return [
      first,
      {
        ...second,
        does: `${second.does}, and drop ${names}`,
        statements: [...second.statements, ...dropped],
      },
    ];
  },
  walk: splitWalk,
  triggers: triggersOf,
};

const namesOf = ({ moved }: TableSplit): readonly string[] => moved.map(({ column }) => column);

const endFunctions = (split: TableSplit): readonly string[] => [
  dropFunction(split.migration, 'dual write'),
  dropFunction(split.migration, 'dual write back'),
  dropLeftOut(split),
];
