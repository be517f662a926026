import type { CopiedFacts } from '../catalog/copied.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { CarriedReference, MovedColumn, TableSplit } from '../dialects/splits.ts';
import { brief } from '../plan/brief.ts';
import type { Brief } from '../plan/plan.ts';
import type { Fault } from '../spec/fault.ts';
import { unsaidIsNull } from './moved-columns.ts';
import type { LateParts } from './split-uniques.ts';
import { dropForeignKey } from './taken-parts.ts';

type ForeignKey = Pick<CopiedFacts['constraints'][number], 'name' | 'columns' | 'refersTo' | 'reference'>;

/** What is asked of a foreign key over columns that go. */
interface Asked {
  readonly foreignKey: ForeignKey;
  readonly moved: readonly Pick<MovedColumn, 'column' | 'unsaid'>[];
  readonly table: string;
  readonly into: string;
  readonly role: string;
}

const fault = (when: boolean, fact: string, remedy: string): readonly Fault[] =>
  when ? [{ fact, remedy }] : [];

/** Why the new table could not have it. */
export function referenceFaults({ foreignKey, moved, table, into, role }: Asked): readonly Fault[] {
  const { name, refersTo, reference } = foreignKey;
  if (reference === null) return [];
  const values = foreignKey.columns.map((column) => !isNullUnsaid(column, moved));
  return [
    ...fault(
      reference.onDelete === 'cascade',
      `the foreign key ${name} deletes rows of ${table} together with what they refer to (ON DELETE CASCADE); of ${into} it would delete the half of a row alone, and ${table} would keep the other`,
      `Leave its columns in ${table}; or drop it and add it again with another ON DELETE first.`,
    ),
    ...fault(
      reference.together !== null && isAskedBefore(reference),
      `a DELETE from ${reference.together ?? ''} may take rows of ${table} together with what they refer to by ${name}: it would be refused, for the halves of these rows in ${into} go after the key is asked`,
      `Let it be DEFERRABLE INITIALLY DEFERRED with ON DELETE NO ACTION, or ON DELETE SET NULL, first; or leave its columns in ${table}.`,
    ),
    ...fault(
      reference.full && values.includes(true) && values.includes(false),
      `the foreign key ${name} of ${table} is MATCH FULL, and what ${table} holds while ${into} has no row is NULL in some of its columns (${foreignKey.columns.join(', ')}) alone: every such row would be refused`,
      'Drop it and add it again without MATCH FULL first; or leave its columns.',
    ),
    ...fault(
      !reference.granted,
      `${role}, the role of the migration, may not refer to ${refersTo ?? ''}, as the foreign key ${name} does`,
      `GRANT REFERENCES ON ${refersTo ?? ''} TO ${role}, and USAGE on its schema, first.`,
    ),
  ];
}

/** Whether a row may not go before the halves that refer to it. RESTRICT cannot wait. */
const isAskedBefore = ({ onDelete, deferred }: NonNullable<ForeignKey['reference']>): boolean =>
  onDelete === 'restrict' || (onDelete === 'no action' && !deferred);

/** Whether a column holds NULL while nothing is said; that of the key, which both tables have, never does. */
const isNullUnsaid = (column: string, moved: Asked['moved']): boolean =>
  moved.some((each) => each.column === column && unsaidIsNull(each));

/**
 * Once every row is there, as the unique indexes: the walk then waits for nobody who is changing what rows refer to, and who meanwhile waits
 * for the walk. Until then the old table's foreign key holds for both.
 */
export const referencesBuilt = ({ migration, into, references }: TableSplit, sql: Dialect): LateParts => ({
  run: references.flatMap(({ name, definition, comment }) => [
    ...sql.constraints.add(migration, into, name, definition),
    ...(comment === null
      ? []
      : [
          brief(`carry over the comment of ${name}`, 'SHARE UPDATE EXCLUSIVE', [
            sql.constraints.comment(into, name, comment),
          ]),
        ]),
  ]),
  undo: references.toReversed().map(({ name }) => dropForeignKey({ on: into }, name, sql)),
});

/** Of the old table, while both are still kept equal: a stale one would keep others from deleting what nobody refers to any more. */
export const oldReferencesEnd = ({ table, references }: TableSplit, sql: Dialect): readonly Brief[] =>
  references.map(({ name }) => dropForeignKey({ on: table }, name, sql));

export function referenceWarnings({ table, into, references, moved }: TableSplit): readonly string[] {
  const alwaysRefers = references.filter(
    ({ columns }) => !columns.some((column) => isNullUnsaid(column, moved)),
  );
  return [
    ...alwaysRefers.map(
      ({ name, columns, refersTo }) =>
        `while ${into.name} has no row, ${columns.join(', ')} of ${table.name} ${columns.length > 1 ? 'refer' : 'refers'} to ${refersTo} by ${heldBy(columns, moved)}: let that row be there, or ${name} refuses whoever inserts into ${table.name} alone (23503)`,
    ),
    ...(references.length === 0
      ? []
      : [
          `${namesOf(references)} ${references.length > 1 ? 'come' : 'comes'} to ${into.name} in verify, with the same ${references.length > 1 ? 'names' : 'name'}: until then ${table.name} alone refuses what refers to nothing (23503), whichever table it was written to; until the contract both do, and from verify on one WITH that deletes what rows refer to and those rows, or their references, is refused unless the key is deferred`,
        ]),
  ];
}

const namesOf = (references: readonly CarriedReference[]): string =>
  references.map(({ name }) => name).join(', ');

const heldBy = (columns: readonly string[], moved: Asked['moved']): string =>
  columns
    .flatMap((column) => moved.find((each) => each.column === column) ?? [])
    .map(({ column, unsaid }) => `${column} ${unsaid}`)
    .join(', ');
