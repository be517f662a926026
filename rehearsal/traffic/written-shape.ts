import { newColumns, replacedColumns, type Shape } from '../../engine/shapes/shape.ts';
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
  | { readonly kind: 'added'; readonly column: string; readonly type: string; readonly fill: string | null }
  | { readonly kind: 'none' };

/** @throws TrafficError for a side of several columns */
export function writtenShape(shape: Shape): WrittenShape {
  if (shape.kind === 'none') return { kind: 'none' };
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
