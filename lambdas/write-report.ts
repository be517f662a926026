import type { HistoryEvent } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import type { Settings } from '../engine/plan/settings.ts';
import { storedPlan, storedSettings } from '../engine/plan/stored.ts';
import { failure, failureOfRollback, wordsOfReason } from '../engine/words/failure.ts';
import { reportKey } from '../engine/words/target.ts';
import { reportPage } from '../report/html.ts';
import { phasesOf, Transitions } from '../report/history.ts';
import { reportOfRun, type HistoryCount, type Run } from '../report/of-run.ts';
import { reportJson } from '../report/report.ts';
import type { NotMeasured } from '../report/report.ts';
import { measurementsOf, unmeasured } from '../report/run-measurements.ts';
import { reportTools, type ReportTools } from './runtime/report-tools.ts';
import { runSeries } from './report/run-series.ts';
import { ledger } from './runtime/database.ts';
import { guardrailsOf, type Target } from './runtime/targets.ts';
import { task } from './runtime/task.ts';
import type { Tools as AllTools } from './runtime/tools.ts';

const input = z.object({
  migration: z.string(),
  execution: z.string(),
  startedAt: z.iso.datetime({ offset: true }),
  status: z.enum(['completed', 'rolled-back', 'needs-a-person']),
  failure: failure.nullable(),
  rollbackFailure: failureOfRollback.nullable(),
  /** As the rollback gave it; empty where there was none. */
  reason: z.string(),
});
type Input = z.infer<typeof input>;
type Tools = Pick<AllTools, 'ledger' | 'remainingMs' | 'target'>;

/** Whoever opens it must be signed in and allowed to read the bucket. */
interface Written {
  readonly url: string;
}

/**
 * Gathers what ledger, Step Functions and CloudWatch know of an execution, and writes it down for people: a page and its
 * data. What cannot be read is said in the report; only without the ledger there is none. It changes nothing else, and
 * the outcome never depends on it.
 */
export const handler = task({ input, uses: { ledger } }, async (asked, tools): Promise<Written> => {
  const report = reportOfRun(await gathered(asked, tools, reportTools()));
  const { reportBucket } = reportTools();
  const { name: target } = tools.target;
  const key = reportKey({ migration: asked.migration, target }, asked.execution);
  await reportBucket.put(`${key}.json`, reportJson(report), 'application/json');
  return { url: await reportBucket.put(`${key}.html`, reportPage(report), 'text/html; charset=utf-8') };
});

async function gathered(asked: Input, tools: Tools, sources: ReportTools): Promise<Run> {
  const { migration, execution, status } = asked;
  const record = await tools.ledger.find(migration);
  if (!record) throw new Error(`the ledger has no ${migration}`);
  const [fromMs, toMs] = [Date.parse(asked.startedAt), Date.now()];
  const time = { fromMs, toMs };
  const settings = storedSettings(record);
  const history = await read('Step Functions', () => historyOf(execution, tools, sources));
  return {
    migration,
    execution,
    status,
    failure: failureOf(asked),
    fromMs,
    toMs,
    startedBy: 'notMeasured' in history ? null : startedBy(history.events),
    plan: storedPlan(record),
    settings,
    account: {
      events: await tools.ledger.journal.since(migration, execution),
      walks: await tools.ledger.walks.all(migration),
      applied: await tools.ledger.applied(migration),
    },
    stubbornRows: await tools.ledger.walks.stubbornCount(migration),
    phases: 'notMeasured' in history ? [] : phasesOf(history.events, toMs),
    history: 'notMeasured' in history ? history : history.count,
    alarms: await alarmTurns(settings, time, [sources, tools.target]),
    measurements: await measurements(migration, time, [sources, tools.target]),
  };
}

/** In words, both of them where the way back failed too. */
function failureOf({ failure: failed, rollbackFailure, reason }: Input): Run['failure'] {
  if (failed === null) return null;
  const first = reason === '' ? wordsOfReason(failed) : reason;
  const second = rollbackFailure === null ? '' : `. The rollback failed: ${wordsOfReason(rollbackFailure)}`;
  return { phase: failed.phase, reason: first + second };
}

const started = z.object({ by: z.string() });

/** Step Functions does not say who starts an execution; its input may. */
function startedBy(events: readonly HistoryEvent[]): string | null {
  const given = events[0]?.executionStartedEventDetails?.input;
  return given === undefined ? null : (started.safeParse(JSON.parse(given)).data?.by ?? null);
}

async function historyOf(
  execution: string,
  tools: Tools,
  { executionHistory }: ReportTools,
): Promise<{ readonly events: readonly HistoryEvent[]; readonly count: HistoryCount }> {
  const events = await executionHistory.events(execution);
  // A history takes a moment, and hundreds of comparisons have one: what is left of the time decides.
  const descendants = await executionHistory.descendants(execution, events, () => tools.remainingMs() > 0);
  const transitions = new Transitions();
  for (const event of [...events, ...descendants.events]) transitions.hear(event);
  const count = {
    transitions: transitions.count,
    events: events.length + descendants.events.length,
    executions: 1 + descendants.executions,
    read: 1 + descendants.read,
  };
  return { events, count };
}

interface Time {
  readonly fromMs: number;
  readonly toMs: number;
}

async function alarmTurns(
  { guardrails }: Settings,
  { fromMs, toMs }: Time,
  [{ alarmHistories }, target]: readonly [ReportTools, Target],
): Promise<Run['alarms']> {
  const { alarms } = guardrails.rollback;
  return read('CloudWatch', async () => ({
    turns: await alarmHistories.changes([guardrailsOf(target), ...alarms], fromMs, toMs),
  }));
}

async function measurements(
  migration: string,
  time: Time,
  [{ metricHistory, service, applicationNamespace }, target]: readonly [ReportTools, Target],
): Promise<Run['measurements']> {
  const watched = {
    migration,
    target: target.name,
    service,
    applicationNamespace,
    clusterIdentifier: target.cluster.split(':').at(-1) ?? '',
  };
  const series = await read('CloudWatch', () =>
    runSeries(metricHistory, watched, { ...time, nowMs: Date.now() }),
  );
  return 'notMeasured' in series ? unmeasured(series.notMeasured) : measurementsOf(series);
}

/** What a source says, or by which error it did not: of an error its name alone, which holds no value of a row. */
async function read<T extends object>(who: string, source: () => Promise<T>): Promise<T | NotMeasured> {
  try {
    return await source();
  } catch (error) {
    return {
      notMeasured: `${who} did not answer (${error instanceof Error ? error.name : 'unknown error'})`,
    };
  }
}
