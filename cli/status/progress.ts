import type { MigrationDetails } from '../../engine/ledger/description.ts';
import { bar } from '../bar.ts';
import type { Progress } from '../phase-lines.ts';
import { span, wholeNumberText } from '../../engine/words/span.ts';

/** Rows at an earlier look, to tell the rate of now from the average since the beginning. */
export interface EarlierLook {
  readonly rows: number;
  readonly at: string;
}

export type BackfillDetails = Pick<MigrationDetails, 'backfill' | 'estimatedRows'>;

/** How far the backfill is; null before it has begun. One that does not move (`moves: false`) has no rate and no time left. */
export function backfillProgress(
  { backfill, estimatedRows }: BackfillDetails,
  {
    now,
    earlier,
    moves = true,
  }: { readonly now: string; readonly earlier?: EarlierLook | undefined; readonly moves?: boolean },
): Progress | null {
  const { rows, batches, shards, shardsDone, seconds } = backfill;
  if (shards === 0) return null;
  const done = shardsDone === shards;
  const words = `${wholeNumberText(rows)} rows in ${wholeNumberText(batches)} ${batches === 1 ? 'batch' : 'batches'}`;
  const perSecond = rateOf(rows, seconds, now, done ? undefined : earlier);
  const rate = perSecond === 0 ? '' : `, ${wholeNumberText(perSecond)} rows/s`;
  if (done) return { bar: '', words: `${words}${rate}` };
  // Statistics are an estimate: there can be more rows. Only shards say that it is over.
  const share = Math.min(0.99, estimatedRows > 0 ? rows / estimatedRows : shardsDone / shards);
  if (!moves) return { bar: bar(share), words };
  const left =
    perSecond === 0 ? '' : `, about ${span((Math.max(0, estimatedRows - rows) / perSecond) * 1000)} left`;
  return { bar: bar(share), words: `${words}${rate}${left}` };
}

function rateOf(rows: number, seconds: number, now: string, earlier: EarlierLook | undefined): number {
  const between = earlier === undefined ? 0 : (Date.parse(now) - Date.parse(earlier.at)) / 1000;
  if (earlier !== undefined && between > 0.5) return Math.max(0, rows - earlier.rows) / between;
  return seconds > 0 ? rows / seconds : 0;
}

/** What the newest comparison saw; null before the first. */
export function verificationProgress(verification: Compared | null): Progress | null {
  if (verification === null) return null;
  const { rows, changed, shards, shardsDone } = verification;
  const how = shardsDone === shards ? '' : `, ${shardsDone} of ${shards} shards so far`;
  return {
    bar: '',
    words: `${wholeNumberText(rows)} rows compared, ${wholeNumberText(changed)} differ${how}`,
  };
}

type Compared = Pick<
  NonNullable<MigrationDetails['verification']>,
  'rows' | 'changed' | 'shards' | 'shardsDone'
>;
