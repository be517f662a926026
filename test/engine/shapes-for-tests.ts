import type { Shape } from '../../engine/shapes/shape.ts';

const table = { schema: 'public', name: 'users' };

interface Pair {
  readonly old: { readonly column: string; readonly type: string };
  readonly new: { readonly column: string; readonly type: string };
  readonly up: string;
  readonly down: string;
  readonly quarantined: string;
}

const side = ({ column, type }: Pair['old']) => ({ table, columns: [{ name: column, type }] });

/** One column in the place of another. */
export const pairShape = (pair: Pair): Shape => ({
  kind: 'columns',
  old: side(pair.old),
  new: side(pair.new),
  up: [pair.up],
  down: [pair.down],
  quarantined: [pair.quarantined],
});

/** One column more. */
export const addedShape = (column: string, type: string, fill: string | null): Shape => ({
  kind: 'columns',
  old: { table, columns: [] },
  new: side({ column, type }),
  up: [fill],
  down: [],
  quarantined: [],
});
