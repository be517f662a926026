import type { MigrationDetails } from '../../engine/ledger/description.ts';
import { bar } from '../bar.ts';
import { span, whole } from '../span.ts';

/** Rows at an earlier look, to tell the rate of now from the average since the beginning. */
export interface EarlierLook {
  readonly rows: number;
  readonly at: string;
}

/** What is to be said of the backfill; empty before it has begun. */
export function backfillWords(
  { backfill, estimatedRows }: Pick<MigrationDetails, 'backfill' | 'estimatedRows'>,
  now: string,
  earlier?: EarlierLook,
): string {
  const { rows, batches, shards, shardsDone, seconds } = backfill;
  if (shards === 0) return '';
  const done = shardsDone === shards;
  // Statistics are an estimate: there can be more rows. Only shards say that it is over.
  const share = done ? 1 : Math.min(0.99, estimatedRows > 0 ? rows / estimatedRows : shardsDone / shards);
  const perSecond = rateOf(rows, seconds, now, done ? undefined : earlier);
  const left =
    done || perSecond === 0
      ? ''
      : `, about ${span((Math.max(0, estimatedRows - rows) / perSecond) * 1000)} left`;
  const rate = perSecond === 0 ? '' : `, ${whole(perSecond)} rows/s`;
  return `${bar(share)}  ${whole(rows)} rows in ${whole(batches)} batches${rate}${left}`;
}

function rateOf(rows: number, seconds: number, now: string, earlier: EarlierLook | undefined): number {
  const between = earlier === undefined ? 0 : (Date.parse(now) - Date.parse(earlier.at)) / 1000;
  if (earlier !== undefined && between > 0.5) return Math.max(0, rows - earlier.rows) / between;
  return seconds > 0 ? rows / seconds : 0;
}

export function verificationWords({ verification }: Pick<MigrationDetails, 'verification'>): string {
  if (verification === null) return '';
  const { rows, changed, shards, shardsDone } = verification;
  const how = shardsDone === shards ? '' : `, ${shardsDone} of ${shards} shards so far`;
  return `${whole(rows)} rows compared, ${whole(changed)} differ${how}`;
}
