import { parseDocument } from 'yaml';
import type { Spec } from '../../engine/spec/spec.ts';
import { usualRows, type RehearsalOptions } from '../options.ts';

const batchesAtLeast = 100;
const fewestRows = 10;

/**
 * The most rows in a batch where a worker is to be killed in the middle: a few large batches leave no time for it. Null
 * where nobody is killed, or the file's batches are small enough.
 */
export function smallBatches(
  { backfill }: Pick<Spec, 'backfill'>,
  { killWorker, rows }: Pick<RehearsalOptions, 'killWorker' | 'rows'>,
): number | null {
  const most = Math.max(fewestRows, Math.ceil((rows ?? usualRows) / batchesAtLeast));
  return killWorker && most < backfill.maxBatchRows ? most : null;
}

/** The migration's file with batches of so many rows at the most. */
export function withBatchesOf(text: string, rows: number): string {
  const document = parseDocument(text);
  document.setIn(['backfill', 'maxBatchRows'], rows);
  return document.toString();
}
