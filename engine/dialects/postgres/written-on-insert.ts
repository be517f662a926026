import type { PairColumn } from '../dual-write.ts';
import { isNotNull } from './null-test.ts';
import { distinct } from './pair.ts';
import { unlessRefused } from './row-errors.ts';

/**
 * Sets `variable` to whether an INSERT has written one of the columns: a value, or another one than the column's default.
 * `untold`: what stands for a column whose default differs at each call, so that its value tells nothing.
 */
export function wroteOnInsert(
  variable: string,
  columns: readonly PairColumn[],
  untold: (value: string, column: PairColumn) => string,
  values: readonly string[],
): readonly string[] {
  const wrote = columns.map((column, at) => {
    const value = values[at] ?? '';
    if (!column.default) return isNotNull(value, column);
    if (column.default.varies === 'at each call') return untold(value, column);
    return distinct(value, `(${column.default.expression})::${column.type}`, column);
  });
  const written = `${variable} := ${wrote.join(' OR ')};`;
  if (columns.every((column) => column.default?.varies !== 'by session')) return [written];
  // A default that fails for this writer is not what it left in the column.
  return unlessRefused([written], [`${variable} := true;`]);
}
