import { identifier, shortName } from './quote.ts';

// What Underpin calls the objects that it makes.

/** `~` sorts after every letter: PostgreSQL runs triggers by name, and ours must see what all others did to the row. */
export const triggerPrefix = '~underpin_';

export const triggerName = (migration: string, event: string): string =>
  `${triggerPrefix}${migration}${event}`;

/** `!` sorts before every letter and digit: others find in the row what these have set. */
export const firstTriggerName = (migration: string, event: string): string =>
  `!underpin_${migration}${event}`;

/** Of a trigger's name in SQL. */
export const isOurTrigger = (name: string): string => `${name} ~ '^[~!]underpin_'`;

/** Of a row of pg_trigger: it stands on the table, or on one of its partitions and is no clone of the table's. */
export const isOnTableOrPartition = (trigger: string, table: string): string =>
  `(${trigger}.tgrelid = ${table} OR ${trigger}.tgparentid = 0 AND ${trigger}.tgrelid IN (SELECT relid FROM pg_partition_tree(${table})))`;

/** Triggers that sort after ours run after them. */
export const overruledBy = (
  migration: string,
  triggers: readonly string[],
): readonly { readonly trigger: string; readonly remedy: string }[] =>
  triggers
    .filter((each) => each > `${triggerPrefix}${migration}`)
    .map((each) => ({ trigger: each, remedy: `Rename it to sort before "${triggerPrefix}".` }));

const suffixes = {
  'dual write': '_dual_write',
  'dual write back': '_dual_write_back',
  defaults: '_dual_write_defaults',
  first: '_dual_write_first',
  names: '_dual_write_names',
  node: '_dual_write_node',
  refused: '_dual_write_refused',
  required: '_dual_write_required',
} as const;
export type Part = keyof typeof suffixes;

export const functionName = (migration: string, part: Part): string =>
  `${identifier('underpin')}.${identifier(`${migration}${suffixes[part]}`)}`;

/** Of the function that names the nodes of a statement, without its schema. */
export const nodeNamesOf = (migration: string): string => `${migration}${suffixes.node}`;

/** The functions that a migration may have behind its triggers and defaults, without their schema. */
export const functionNames = (migration: string): readonly string[] => [
  ...Object.values(suffixes).map((suffix) => `${migration}${suffix}`),
  absentName(migration),
];

/** Of the function behind the defaults of columns whose type refuses NULL. */
export const absentName = (migration: string): string => `${migration}_absent`;

/** Of a partition's part of an index. */
export const partitionIndexName = (partition: string, index: string): string =>
  shortName(`${partition}_${index}`);

export const notNullCheck = (migration: string): string => shortName(`underpin_${migration}_not_null`);

/** Of the other side where two exchange their names: what is to be new, until then; what is old, from then on. */
export const asideName = (name: string, side: 'old' | 'new'): string => shortName(`${name}_underpin_${side}`);

export const quarantinedName = (column: string): string => shortName(`underpin_quarantined_${column}`);
