import { brief } from '../../../plan/brief.ts';
import { emptyPhase } from '../../../plan/plan.ts';
import type { Fault } from '../../../spec/fault.ts';
import type { RetypedCopy, RetypedCopyPlan, RetypedCopySql } from '../../retyped-copy.ts';
import { qualifiedName } from '../quote.ts';
import { noteUnit } from '../settled.ts';
import { longestName, namesOf } from './copied-names.ts';
import { compareSwapped, copyWalk } from './copy-walk.ts';
import { differences } from './differences.ts';
import { swap, swapBack } from './exchange.ts';
import { endCopying, endReturning, mirrorNames, prepareReturning, startCopying } from './mirror.ts';
import { numbersLeft } from './numbers-left.ts';
import { addKeys, dropKeys, keyWarnings, namedKeys, nameKeys } from './own-keys.ts';
import { isComparable } from './same-in-copy.ts';
import { carryCounter, createShadow, dropOld, dropShadow } from './shadow.ts';
import { isWider, wholeNumber } from './whole-numbers.ts';

const typed: RetypedCopySql['typed'] = ({ table, column, type }): Fault | { readonly type: string } => {
  const [old, next] = [column.type, type].map(wholeNumber);
  const name = `${table.schema}.${table.name}.${column.name}`;
  if (old === undefined || next === undefined)
    return {
      fact: `MySQL: not supported yet: ${name} from ${column.type} to ${type}, in a key`,
      remedy: 'Whole numbers get a wider type, such as bigint; docs/mysql.md says what is supported.',
    };
  if (!isWider(next, old))
    return {
      fact: `${type} does not hold every value that ${name} may have as ${column.type}, or is no wider`,
      remedy: 'Write a wider type, such as `bigint`, or `bigint unsigned` where the column is unsigned.',
    };
  const printed = type
    .trim()
    .toLowerCase()
    .replace('integer', 'int')
    .replace(/\(\d+\)/u, '');
  return { type: printed };
};

const plan = (copy: RetypedCopy): RetypedCopyPlan => {
  const { table, fresh, aside, marker, spare } = namesOf(copy.table);
  const { migration } = copy;
  const keys = namedKeys(migration, table, copy.keys);
  return {
    fresh,
    aside,
    names: [fresh, aside, marker, spare].map(({ name }) => name),
    phases: {
      expand: { run: createShadow(copy), undo: dropShadow(copy) },
      'dual-write': {
        run: [noteUnit('that the dual write begins'), ...startCopying(copy), ...carryCounter(copy)],
        undo: endCopying(copy),
      },
      backfill: emptyPhase,
      verify: {
        run: [
          brief(`count what ${fresh.name} holds, for the planner`, 'none', [
            `ANALYZE TABLE ${qualifiedName(fresh)}`,
          ]),
        ],
        undo: [],
      },
      swap: {
        run: [
          noteUnit('that both tables are to exchange their names'),
          ...prepareReturning(copy),
          ...addKeys(fresh, keys),
          swap(copy),
        ],
        undo: [swapBack(copy), ...dropKeys(fresh, keys, 'meanwhile'), ...endReturning(copy, fresh)],
      },
      confidence: emptyPhase,
      contract: {
        run: [
          noteUnit('that there is no way back any more'),
          ...dropKeys(aside, keys, 'aside'),
          ...nameKeys(table, keys),
          ...endReturning(copy, table),
          ...dropOld(copy),
        ],
        undo: { irreversible: `${table.schema}.${table.name} is the copy, and the old table is gone` },
      },
    },
    walk: copyWalk(copy),
    compareSwapped: compareSwapped(copy),
    differences: differences(copy),
    remarks: numbersLeft(copy.table, copy.column),
    triggers: {
      beforeSwap: mirrorNames(migration, 'old'),
      afterSwap: mirrorNames(migration, 'new'),
    },
    warnings: [...warningsOf(copy), ...keyWarnings(table, keys)],
  };
};

function warningsOf({ table, column }: RetypedCopy): readonly string[] {
  const name = `${table.schema}.${table.name}`;
  const { fresh } = namesOf(table);
  return [
    `a transaction at REPEATABLE READ or SERIALIZABLE that began before ${fresh.name} was made, and then writes ${name}, fails with 1412, and is to be tried again`,
    `TRUNCATE TABLE fires no trigger: do not run it on ${name} from the start until the contract. The rows would stay in the other table; the comparison before each gate finds them`,
    `do not change ${name} from the start until the contract: ${fresh.name} would not have it, and the gate before the swap stays shut until both are alike again`,
    `until the contract the old table is kept fresh, and a value of ${column.name} that ${column.type} does not hold is refused (1264)`,
    'each row takes its space twice until the contract, and from dual-write until then each write is done twice',
  ];
}

/** What keeps a table from being copied, by what the plan knows of it. */
export function copyFaults({ table, columns }: Pick<RetypedCopy, 'table' | 'columns'>): readonly Fault[] {
  const name = `${table.schema}.${table.name}`;
  const { length } = Array.from(table.name);
  return [
    ...(length > longestName
      ? [
          {
            fact: `the name ${table.name} is ${length} characters long, and ${longestName} is the most for a table whose copy is to be called by it`,
            remedy: 'Give it a shorter name first.',
          },
        ]
      : []),
    ...columns
      .filter(({ type }) => !isComparable(type))
      .map((each) => ({
        fact: `MySQL: not supported yet: copies of ${name}.${each.name} of type ${each.type}`,
        remedy: 'docs/mysql.md says what is supported.',
      })),
  ];
}

export const retypedCopy: RetypedCopySql = { typed, plan };
