import {
  leavingTable,
  newColumns,
  replacedColumns,
  type Shape,
  type SplitShape,
} from '../../engine/shapes/shape.ts';
import type { ColumnsShape, ShapeColumn } from '../../engine/shapes/columns-shape.ts';
import type { TableName } from '../../engine/spec/table-name.ts';
import { identifier } from '../database/postgres-names.ts';

export interface WrittenColumn {
  readonly column: string;
  readonly type: string;
}

/** The new table of columns that go to one. */
export interface WrittenHalf {
  readonly table: TableName;
  /** What each column holds where it has no row. */
  readonly unsaid: readonly string[];
}

/**
 * What the versions of the application write: the same fact on one of two sides, a column that the old version does
 * not know, or nothing that the migration is about. The traffic writes all columns of a side at once.
 */
export type WrittenShape =
  | {
      readonly kind: 'pair';
      readonly old: readonly WrittenColumn[];
      readonly new: readonly WrittenColumn[];
      /** An expression for each new column. */
      readonly up: readonly string[];
      /** An expression for each old column. */
      readonly down: readonly string[];
      readonly quarantined: readonly string[];
      /** What the table is called while a view has its name and the column under both: one statement may name one of them. */
      readonly base?: string;
      /** The new columns are another table's, with the same key: the new version writes them by statements of their own. */
      readonly half?: WrittenHalf;
    }
  | {
      /** Another type under the same name: both versions send the same SQL, and are told nothing. */
      readonly kind: 'kept';
      readonly column: string;
      readonly old: readonly WrittenColumn[];
      readonly new: readonly WrittenColumn[];
      readonly up: readonly string[];
      readonly down: readonly string[];
      /** The names that either side has while the other has the column's. */
      readonly aside: readonly string[];
    }
  | { readonly kind: 'added'; readonly column: string; readonly type: string; readonly fill: string | null }
  /** The old version alone writes it. */
  | {
      readonly kind: 'leaving';
      readonly old: readonly WrittenColumn[];
      readonly quarantined: readonly string[];
    }
  /** The old version alone uses the table. `quarantined`: its name once it is hidden. */
  | { readonly kind: 'leaving table'; readonly quarantined: string }
  /** The old version calls the table by its old name, the new one by either. */
  | { readonly kind: 'renamed table'; readonly to: TableName }
  /** `breaks`: SQL that is true of a row that the application takes care not to write; null where there is no such rule. */
  | { readonly kind: 'none'; readonly breaks: string | null };

type ColumnlessShape = Extract<WrittenShape, { readonly kind: 'none' | 'leaving table' | 'renamed table' }>;

/** Whether versions of the application differ in no column. */
export const isAboutNoColumn = (shape: WrittenShape): shape is ColumnlessShape =>
  shape.kind === 'none' || shape.kind === 'leaving table' || shape.kind === 'renamed table';

export function writtenShape(shape: Shape): WrittenShape {
  if (shape.kind === 'none') return shape;
  // Under its own name, a table is written as before.
  if (shape.kind === 'own' || shape.kind === 'tables') return { kind: 'none', breaks: null };
  const leaving = leavingTable(shape);
  if (leaving !== null) return { kind: 'leaving table', quarantined: leaving.quarantined };
  if (shape.kind === 'name') return { kind: 'renamed table', to: shape.new.table };
  if (shape.kind === 'split') return splitShape(shape);
  if (shape.kind === 'farewell')
    return { kind: 'leaving', old: shape.leaving.columns.map(written), quarantined: shape.quarantined };
  const up = shape.up.filter((expression) => expression !== null);
  // No reads move away from its old columns.
  if (shape.keepsNames === true) return keptShape(shape, up);
  const old = replacedColumns(shape).map(written);
  const fresh = newColumns(shape).map(written);
  const [added] = fresh;
  if (added === undefined) return { kind: 'none', breaks: null };
  if (old.length === 0) return { kind: 'added', ...added, fill: shape.up[0] ?? null };
  const { down, quarantined } = shape;
  // Where no trigger follows a column to another name there is no quarantine.
  const isSetAside = quarantined.length === 0 || quarantined.length === old.length;
  if (up.length < fresh.length || down.length < old.length || !isSetAside)
    throw new Error(
      `a column that is replaced has no way there or back: ${old.map(({ column }) => column).join(', ')}`,
    );
  return {
    kind: 'pair',
    old,
    new: fresh,
    up,
    down,
    quarantined,
    ...(shape.base === undefined ? {} : { base: shape.base }),
  };
}

function splitShape({ old, new: fresh, unsaid, quarantined }: SplitShape): WrittenShape {
  const itself = old.columns.map(({ name }) => identifier(name));
  return {
    kind: 'pair',
    old: old.columns.map(written),
    new: fresh.columns.map(written),
    up: itself,
    down: itself,
    quarantined,
    half: { table: fresh.table, unsaid },
  };
}

function keptShape(
  { old, new: fresh, down, quarantined }: ColumnsShape,
  up: readonly string[],
): WrittenShape {
  const names = old.columns.map(({ name }) => name);
  const [column = ''] = names;
  return {
    kind: 'kept',
    column,
    old: old.columns.map(written),
    // Its author calls both by the one name.
    new: fresh.columns.map(({ type }, at) => ({ column: names[at] ?? '', type })),
    up,
    down,
    aside: [...fresh.columns.map(({ name }) => name), ...quarantined],
  };
}

const written = ({ name, type }: ShapeColumn): WrittenColumn => ({ column: name, type });
