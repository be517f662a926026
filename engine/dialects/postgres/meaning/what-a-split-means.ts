import type { Plan } from '../../../plan/plan.ts';
import type { SplitShape } from '../../../shapes/shape.ts';
import { nodeNamesOf } from '../made-names.ts';
import type { Action } from './action.ts';
import { ownObjects } from './own-objects.ts';

type Is = (to: readonly string[]) => boolean;

/**
 * Whether the plan of columns that go to a table of their own means an action: of the old table its triggers and those
 * columns, and whatever it does else is done to the new one.
 */
export function meaningOfSplit(plan: Plan, shape: SplitShape): (action: Action) => boolean {
  const { old, new: fresh, quarantined } = shape;
  const { schema } = plan.table;
  const { isFunction, isTrigger, writes } = ownObjects(plan.migration);
  const isOf =
    (name: string): Is =>
    ([its, of]) =>
      its === schema && of === name;
  const [isOld, isNew] = [isOf(old.table.name), isOf(fresh.table.name)];
  const isEither: Is = (to) => isOld(to) || isNew(to);
  const leaving = [...old.columns.map(({ name }) => name), ...quarantined];
  const areLeaving: Is = ([, , ...names]) => names.every((name) => leaving.includes(name));
  const indexes = known(plan.expects.indexes);
  const constraints = known(plan.expects.constraints);
  const isIndex: Is = ([its, name = '']) => its === schema && indexes.has(name);
  const constraint: Is = (to) => isNew(to) && constraints.has(to[2] ?? '');
  const [isLate, isReference] = [among(shape.late), among(shape.references)];
  const trigger: Is = (to) => isEither(to) && isTrigger(to[2] ?? '');
  const means: Readonly<Record<string, Is>> = {
    'create table': (to) => isNew(to) && to.length === 2,
    'drop OBJECT_TABLE': isNew,
    AT_AddConstraint: constraint,
    AT_ValidateConstraint: (to) => isNew(to) && isReference(to[2]),
    AT_DropConstraint: (to) => (isNew(to) && isLate(to[2])) || (isOld(to) && isReference(to[2])),
    'drop OBJECT_INDEX': (to) => isIndex(to) && isLate(to[1]),
    AT_SetStatistics: isNew,
    AT_SetStorage: isNew,
    AT_SetCompression: isNew,
    AT_SetOptions: isNew,
    AT_ChangeOwner: isNew,
    'comment on OBJECT_COLUMN': isNew,
    'comment on OBJECT_INDEX': isIndex,
    'comment on OBJECT_TABCONSTRAINT': constraint,
    'AT_SetStatistics OBJECT_INDEX': isIndex,
    index: (to) => isNew(to) && indexes.has(to[2] ?? ''),
    grant: isNew,
    analyze: isNew,
    lock: isNew,
    'rename OBJECT_COLUMN': (to) => isOld(to) && areLeaving(to),
    AT_DropColumn: (to) => isOld(to) && quarantined.includes(to[2] ?? ''),
    trigger: (to) => trigger(to) && isFunction(to.slice(3)),
    AT_EnableAlwaysTrig: trigger,
    'drop OBJECT_TRIGGER': trigger,
    function: isFunction,
    'drop OBJECT_FUNCTION': isFunction,
    'revoke on a function': isFunction,
    // It says nothing but a new name; all others are the migrator's alone.
    'grant on a function': (to) => isFunction(to) && to[1] === nodeNamesOf(plan.migration),
    // A block does what its body does.
    block: () => true,
    'set a field': ([name = '']) => leaving.includes(name),
    INSERT: (to) => writes(to) || isNew(to),
    DELETE: (to) => writes(to) || isNew(to),
    UPDATE: (to) => writes(to) || isEither(to),
  };
  return ({ does, to, inside }) =>
    Object.hasOwn(means, does) && (inside !== true || inBodies.has(does)) && means[does]?.(to) === true;
}

/** What the triggers' functions do, and the block that reads statistics anew. */
const inBodies: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'set a field', 'analyze']);

const among =
  (names: readonly string[]) =>
  (name = ''): boolean =>
    names.includes(name);

const known = (all: readonly { readonly name: string }[]): ReadonlySet<string> =>
  new Set(all.map(({ name }) => name));
