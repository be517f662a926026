import type { Plan } from '../../../plan/plan.ts';
import {
  aliasOf,
  columnNames,
  isAliased,
  isSwapped,
  leavingColumns,
  leavingTable,
  newColumns,
} from '../../../shapes/shape.ts';
import type { TableName } from '../../../spec/table-name.ts';
import type { Action } from './action.ts';
import { leavingName } from '../alias-view.ts';
import { partitionIndexName } from '../made-names.ts';
import { isIdentity } from './identity-sequences.ts';
import { ownObjects } from './own-objects.ts';
import { meaningOfCopy } from './what-a-copy-means.ts';
import { meaningOfSplit } from './what-a-split-means.ts';

/** The prefixes that Underpin's own objects bear. */
const ours = { constraint: /^underpin_/u, between: /^underpin_between_/u };

/**
 * Whether a plan means an action: it is about its table and the foreign keys that refer to it, and there about the columns of its shape, the indexes and
 * constraints that it expects, and what bears Underpin's name.
 */
export function meaningOf(plan: Plan): (action: Action) => boolean {
  if (plan.shape.kind === 'tables') return meaningOfCopy(plan, plan.shape);
  if (plan.shape.kind === 'split') return meaningOfSplit(plan, plan.shape);
  const { table, expects, expectsBeforeSwap } = plan;
  const columns = columnsOf(plan);
  const own = ownObjects(plan.migration);
  const all = [expects, ...(expectsBeforeSwap === undefined ? [] : [expectsBeforeSwap])];
  const indexes = new Set(
    all.flatMap((each) => [...each.indexes.map(({ name }) => name), ...(each.gone ?? [])]),
  );
  const constraints = new Set([
    ...indexes,
    ...all.flatMap((each) => each.constraints.map(({ name }) => name)),
  ]);
  const statistics = new Set(all.flatMap((each) => each.statistics));
  // Two exchange their names by a third one.
  const exchanged =
    (known: ReadonlySet<string>) =>
    (...ends: readonly string[]): boolean =>
      expectsBeforeSwap !== undefined &&
      ends.every((end) => end === '' || known.has(end) || ours.between.test(end));
  const alias = aliasOf(plan.shape);
  const onTable =
    (isMeant: (...names: readonly string[]) => boolean) =>
    ([schema = '', name = '', ...names]: readonly string[]): boolean =>
      isAny([table, ...(alias === null ? [] : [alias.base])], [schema, name]) && isMeant(...names);
  const replaced = ([schema, name]: readonly string[]): boolean =>
    isAny(plan.replacesViews ?? [], [schema ?? '', name ?? '']);
  const view = ([schema = '', ...names]: readonly string[]): boolean =>
    alias !== null &&
    names.every((name) =>
      isAny([...alias.views, { ...table, name: leavingName(table.name) }], [schema, name]),
    );
  const made = onTable((name = '') => columns.made.includes(name));
  const written = onTable((name = '') => columns.written.includes(name));
  const kept = onTable((name = '') => columns.kept.includes(name));
  const gone = onTable((name = '') => columns.made.includes(name) || columns.away.includes(name));
  const ofTableItself = onTable((name = '') => constraints.has(name) || ours.constraint.test(name));
  const constraint = (to: readonly string[]): boolean => ofTableItself(to) || referring(expects, to);
  const trigger = onTable((name = '') => own.isTrigger(name));
  const parts = (plan.partitions ?? []).flatMap(({ schema, name }) =>
    [...indexes].map((each) => [schema, name, partitionIndexName(name, each)] as const),
  );
  const index = ([schema, name = '']: readonly string[]): boolean =>
    (schema === table.schema && indexes.has(name)) ||
    parts.some(([where, , part]) => where === schema && part === name);
  const ofPartition = (to: readonly string[]): boolean =>
    to.length === 3 && parts.some((part) => part.every((name, at) => name === to[at]));
  const statisticsObject = ([schema, name = '']: readonly string[]): boolean =>
    schema === table.schema && statistics.has(name);
  const leaving = leavingTable(plan.shape);
  const tables = [
    ...(leaving === null ? [] : [leaving.name, leaving.quarantined].map((name) => ({ ...table, name }))),
    ...(alias?.tables ?? []),
  ];
  const ofTable = (schema = '', name = ''): boolean => isAny(tables, [schema, name]);
  const owned = plan.shape.kind === 'name' ? (plan.shape.sequences ?? []) : [];
  const sequence = ([schema, name]: readonly string[]): boolean =>
    schema === table.schema && owned.some((each) => each.name === name);
  const owner = onTable((name = '') => owned.some(({ column }) => column === name));
  const means: Readonly<Record<string, (to: readonly string[]) => boolean>> = {
    AT_AddColumn: made,
    // Also of an old column, which may be left out while others take its place.
    AT_ColumnDefault: (to) => kept(to) || gone(to),
    AT_AlterColumnType: kept,
    AT_SetNotNull: kept,
    AT_DropNotNull: kept,
    AT_DropColumn: gone,
    AT_DropIdentity: gone,
    AT_AddIdentity: gone,
    AT_SetIdentity: kept,
    AT_AddConstraint: (to) => constraint(to) || ofPartition(to),
    AT_ValidateConstraint: constraint,
    AT_DropConstraint: constraint,
    AT_EnableAlwaysTrig: trigger,
    'rename OBJECT_COLUMN': onTable((...ends) => ends.every((end) => columns.renamed.includes(end))),
    'rename OBJECT_TABLE': ([schema, name = '', , to = '']) => ofTable(schema, name) && ofTable(schema, to),
    'set schema OBJECT_TABLE': ([schema, name, to]) => ofTable(schema, name) && ofTable(to, name),
    'set schema OBJECT_SEQUENCE': ([schema = '', name = '', to]) =>
      sequence([schema, name]) && to === alias?.base.schema,
    'sequence owned_by nothing': sequence,
    view: ([schema = '', name = '', ...base]) =>
      replaced([schema, name]) ||
      (view([schema, name]) && alias !== null && base.length === 2 && isAny([alias.base], base)),
    'AT_ColumnDefault OBJECT_VIEW': replaced,
    'drop OBJECT_VIEW': view,
    'rename OBJECT_VIEW': ([schema = '', name = '', , to = '']) => view([schema, name, to]),
    'AT_ChangeOwner OBJECT_VIEW': ([schema = '', name = '']) => view([schema, name]),
    'comment on OBJECT_VIEW': view,
    'drop OBJECT_TABLE': ([schema, name]) => ofTable(schema, name),
    'rename OBJECT_INDEX': ([schema, ...ends]) => schema === table.schema && exchanged(indexes)(...ends),
    'rename OBJECT_TABCONSTRAINT': ([schema = '', name = '', from = '', to = '']) =>
      onTable(exchanged(constraints))([schema, name, from, to]) ||
      [from, to].every((end) => referring(expects, [schema, name, end])),
    'rename OBJECT_STATISTIC_EXT': ([schema, ...ends]) =>
      schema === table.schema && exchanged(statistics)(...ends),
    'comment on OBJECT_COLUMN': kept,
    grant: (to) => kept(to) || view(to.slice(0, 2)) || isIdentity(plan, to),
    'comment on OBJECT_SEQUENCE': (to) => isIdentity(plan, to),
    'sequence increment': (to) => isIdentity(plan, to),
    'sequence owned_by': (to) => kept(to) || owner(to),
    AT_SetStatistics: kept,
    AT_SetStorage: kept,
    AT_SetCompression: kept,
    AT_SetOptions: kept,
    index: (to) => onTable((name = '') => indexes.has(name))(to) || ofPartition(to),
    'drop OBJECT_INDEX': index,
    'AT_SetStatistics OBJECT_INDEX': index,
    'comment on OBJECT_INDEX': index,
    'comment on OBJECT_TABCONSTRAINT': constraint,
    // The undo gives it back to the old column's index.
    AT_ReplicaIdentity: onTable(() => true),
    AT_ClusterOn: onTable(() => true),
    statistics: onTable((...names) => statisticsObject(names)),
    'alter statistics': statisticsObject,
    'drop OBJECT_STATISTIC_EXT': statisticsObject,
    'comment on OBJECT_STATISTIC_EXT': statisticsObject,
    analyze: onTable(() => true),
    'alter policy': onTable(
      (name = '', ...more) => more.length === 0 && (plan.altersPolicies ?? []).includes(name),
    ),
    // Changes nothing.
    lock: onTable(() => true),
    // A block does what its body does.
    block: () => true,
    // It belongs to the old column, and how far it counts changes no row.
    'sequence as': () => true,
    trigger: onTable((name = '', ...calls) => own.isTrigger(name) && own.isFunction(calls)),
    'drop OBJECT_TRIGGER': trigger,
    function: own.isFunction,
    'drop OBJECT_FUNCTION': own.isFunction,
    'revoke on a function': own.isFunction,
    'set a field': ([name = '']) => [...columns.written, ...columns.away].includes(name),
    UPDATE: (to) => own.writes(to) || written(to),
    INSERT: own.writes,
    DELETE: own.writes,
  };
  return ({ does, to }) => Object.hasOwn(means, does) && means[does]?.(to) === true;
}

const isAny = (tables: readonly TableName[], [schema, name]: readonly string[]): boolean =>
  tables.some((each) => each.schema === schema && each.name === name);

/** Another table's foreign key, or this one's, that follows the column to which it refers. */
const referring = ({ referring: keys = [] }: Plan['expects'], to: readonly string[]): boolean =>
  keys.some(
    ({ on, name, replaces }) =>
      to.length === 3 && to[0] === on.schema && to[1] === on.name && (to[2] === name || to[2] === replaces),
  );

interface Columns {
  /** Those that come. */
  readonly made: readonly string[];
  /** Those whose properties the plan is about. */
  readonly kept: readonly string[];
  /** Those that hold other values afterwards: where no data moves, those that are repaired. */
  readonly written: readonly string[];
  /** The names of those whose place others take. */
  readonly away: readonly string[];
  /** The names that a rename may give or take. */
  readonly renamed: readonly string[];
}

function columnsOf({ shape, expects, follow }: Plan): Columns {
  const made = newColumns(shape).map(({ name }) => name);
  const away = columnNames(shape).filter((name) => !made.includes(name));
  const named = isSwapped(shape) ? [...made, ...away] : made;
  // Without a trigger the old columns are brought up to the new ones, and may be left out from then on.
  const followed = follow === 'application' ? away : [];
  const until = shape.kind === 'farewell' ? leavingColumns(shape) : [];
  const kept = [...named, ...followed, ...[...expects.columns, ...until].map(({ name }) => name)];
  const written = shape.kind === 'none' ? kept : [...made, ...followed];
  return {
    made,
    kept,
    written,
    away,
    renamed: isSwapped(shape) || isAliased(shape) ? [...made, ...away] : away,
  };
}
