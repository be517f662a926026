import type { Plan } from '../../../plan/plan.ts';
import type { TablesShape } from '../../../shapes/shape.ts';
import { asideName } from '../made-names.ts';
import type { Action } from './action.ts';
import { isIdentity } from './identity-sequences.ts';
import { ownObjects } from './own-objects.ts';

type Is = (to: readonly string[]) => boolean;

/**
 * Whether the plan of a table that is copied means an action: of the table itself its triggers, its identity and its names,
 * and whatever it does else is done to the copy, its partitions and, in the end, the old table.
 */
export function meaningOfCopy(plan: Plan, shape: TablesShape): (action: Action) => boolean {
  const { schema, name: table } = plan.table;
  const { isFunction, isTrigger, writes } = ownObjects(plan.migration);
  const fresh = shape.new.table.name;
  const before = plan.expectsBeforeSwap ?? plan.expects;
  const named = (pick: (expects: Plan['expects']) => readonly string[]): ReadonlySet<string> =>
    new Set([
      ...pick(plan.expects),
      ...pick(before),
      ...pick(plan.expects).map((name) => asideName(name, 'old')),
    ]);
  const indexes = named(({ indexes: all }) => all.map(({ name }) => name));
  const constraints = named(({ constraints: all }) => all.map(({ name }) => name));
  const statistics = named(({ statistics: all }) => all);
  const isOf =
    (...names: readonly string[]): Is =>
    ([its, name = '']) =>
      its === schema && names.includes(name);
  const [isTable, isFresh, isCopy] = [isOf(table), isOf(fresh), isOf(fresh, shape.aside)];
  const isAny = isOf(table, fresh, shape.aside);
  const isNew = isOf(fresh, ...shape.parts);
  const among =
    (known: ReadonlySet<string>): Is =>
    ([its, ...names]) =>
      its === schema && names.every((name) => name === '' || known.has(name));
  const ofFresh =
    (known: ReadonlySet<string>): Is =>
    (to) =>
      isFresh(to) && known.has(to[2] ?? '');
  const trigger: Is = (to) => isTable(to) && isTrigger(to[2] ?? '');
  const means: Readonly<Record<string, Is>> = {
    'create table': (to) => isNew(to) && isOf(table, fresh)(to.slice(2)) && to.length === 4,
    'comment on OBJECT_TABLE': isFresh,
    AT_AddConstraint: ofFresh(constraints),
    AT_SetStatistics: isFresh,
    AT_SetOptions: isFresh,
    AT_ChangeOwner: isNew,
    index: ofFresh(indexes),
    'AT_SetStatistics OBJECT_INDEX': among(new Set([...indexes, ''])),
    'comment on OBJECT_INDEX': among(indexes),
    'comment on OBJECT_TABCONSTRAINT': ofFresh(constraints),
    statistics: (to) => isFresh(to) && among(statistics)(to.slice(2)),
    'alter statistics': among(statistics),
    'comment on OBJECT_STATISTIC_EXT': among(statistics),
    grant: (to) => isFresh(to) || isIdentity(plan, to),
    'comment on OBJECT_SEQUENCE': (to) => isIdentity(plan, to),
    'sequence increment': (to) => isIdentity(plan, to),
    analyze: isFresh,
    'drop OBJECT_TABLE': isCopy,
    trigger: (to) => trigger(to) && isFunction(to.slice(3)),
    AT_EnableAlwaysTrig: trigger,
    'drop OBJECT_TRIGGER': trigger,
    function: isFunction,
    'drop OBJECT_FUNCTION': isFunction,
    'revoke on a function': isFunction,
    // A block does what its body does.
    block: () => true,
    AT_DropIdentity: isTable,
    AT_AddIdentity: isCopy,
    'sequence owned_by': isCopy,
    'rename OBJECT_INDEX': among(indexes),
    'rename OBJECT_STATISTIC_EXT': among(statistics),
    'rename OBJECT_TABLE': ([its = '', from = '', , to = '']) => isAny([its, from]) && isAny([its, to]),
    truncate: isCopy,
    INSERT: (to) => writes(to) || isCopy(to),
    DELETE: (to) => writes(to) || isCopy(to),
    UPDATE: writes,
  };
  return ({ does, to }) => Object.hasOwn(means, does) && means[does]?.(to) === true;
}
