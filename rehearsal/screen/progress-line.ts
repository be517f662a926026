import { setTimeout as sleep } from 'node:timers/promises';
import { bar } from '../../cli/bar.ts';
import type { Application } from '../stage/application.ts';
import type { Screen } from './screen.ts';
import type { Timeline } from '../stage/timeline.ts';
import type { LedgerWatch } from '../stage/watch.ts';

const refreshMs = 200;

/** The live line of the screen: the backfill's progress while it runs, and p95 beside its baseline. */
export async function showProgress(
  parts: {
    readonly screen: Screen;
    readonly timeline: Timeline;
    readonly ledger: LedgerWatch;
    readonly application: Application;
    readonly rows: number;
  },
  ended: AbortSignal,
): Promise<void> {
  const { screen, timeline, ledger, application, rows } = parts;
  while (!ended.aborted) {
    await sleep(refreshMs);
    const backfill = timeline.current === 'backfill' ? `${await backfillLine(ledger, rows)}  ` : '';
    const now = await application.snapshot();
    const baseline = application.baselineP95.toFixed(1);
    screen.live(`  ${backfill}${now ? `p95 ${now.recentP95.toFixed(1)} ms (baseline ${baseline} ms)` : ''}`);
  }
}

async function backfillLine(ledger: LedgerWatch, wanted: number): Promise<string> {
  const { rows, rowsPerSecond } = await ledger.backfill();
  const left =
    rowsPerSecond > 0 ? `${Math.ceil(Math.max(0, wanted - rows) / rowsPerSecond)} s left` : 'starting';
  return `${bar(rows / wanted)} ${whole(rows)} rows, ${whole(rowsPerSecond)} rows/s, ${left}`;
}

const whole = (number: number): string => Math.round(number).toLocaleString('en-US');
