import {
  isSwapped,
  newColumns,
  replacedColumns,
  type ColumnsShape,
  type FarewellShape,
  type Shape,
} from '../../engine/shapes/shape.ts';
import { TrafficError } from './traffic-error.ts';

interface WrittenColumn {
  readonly column: string;
  readonly type: string;
}

/**
 * What the versions of the application write: the same fact in one of two columns, a column that the old version does
 * not know, or nothing that the migration is about. The traffic writes one column a side.
 */
export type WrittenShape =
  | {
      readonly kind: 'pair';
      readonly old: WrittenColumn;
      readonly new: WrittenColumn;
      readonly up: string;
      readonly down: string;
      readonly quarantined: string;
    }
  | {
      /** Another type under the same name: both versions send the same SQL, and are told nothing. */
      readonly kind: 'kept';
      readonly column: string;
      readonly old: WrittenColumn;
      readonly new: WrittenColumn;
      readonly up: string;
      readonly down: string;
      /** The names that either side has while the other has the column's. */
      readonly aside: readonly string[];
    }
  | { readonly kind: 'added'; readonly column: string; readonly type: string; readonly fill: string | null }
  /** The old version alone writes it. */
  | { readonly kind: 'leaving'; readonly old: WrittenColumn; readonly quarantined: string }
  /** `breaks`: SQL that is true of a row that the application takes care not to write; null where there is no such rule. */
  | { readonly kind: 'none'; readonly breaks: string | null };

function leaving({ leaving: { columns }, quarantined }: FarewellShape): WrittenShape {
  const [column] = columns;
  const [name] = quarantined;
  return column === undefined || name === undefined
    ? { kind: 'none', breaks: null }
    : { kind: 'leaving', old: { column: column.name, type: column.type }, quarantined: name };
}

/** @throws TrafficError for a side of several columns */
export function writtenShape(shape: Shape): WrittenShape {
  if (shape.kind === 'none') return shape;
  if (shape.kind === 'farewell') return leaving(shape);
  const [old, ...olds] = replacedColumns(shape);
  const [fresh, ...others] = newColumns(shape);
  if (fresh === undefined || olds.length + others.length > 0)
    throw new TrafficError(
      shape.new.table,
      'several columns change at once',
      'rehearse without traffic: --traffic 0',
    );
  const up = shape.up[0] ?? null;
  const down = shape.down[0];
  const quarantined = shape.quarantined[0];
  if (isSwapped(shape)) return keptShape(shape);
  if (old === undefined) return { kind: 'added', column: fresh.name, type: fresh.type, fill: up };
  if (up === null || down === undefined || quarantined === undefined)
    throw new Error(`a column that is replaced has no way there or back: ${old.name}`);
  return {
    kind: 'pair',
    old: { column: old.name, type: old.type },
    new: { column: fresh.name, type: fresh.type },
    up,
    down,
    quarantined,
  };
}

function keptShape({ old, new: { columns }, up, down, quarantined }: ColumnsShape): WrittenShape {
  const [was] = old.columns;
  const [fresh] = columns;
  const [there, back] = [up[0] ?? null, down[0]];
  if (was === undefined || fresh === undefined || there === null || back === undefined)
    throw new Error('a column that is replaced has no way there or back');
  return {
    kind: 'kept',
    column: was.name,
    old: { column: was.name, type: was.type },
    // Its author calls both by the one name.
    new: { column: was.name, type: fresh.type },
    up: there,
    down: back,
    aside: [fresh.name, ...quarantined],
  };
}
