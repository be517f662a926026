import type { Plan } from '../engine/plan/plan.ts';
import type { Settings } from '../engine/plan/settings.ts';
import { bill } from '../engine/preview/prices.ts';
import type { Account } from './account.ts';
import { auditOf, backfillOf, evidenceOf, marksOf, passesOf } from './from-ledger.ts';
import { alarmMarks, type AlarmTurn } from './alarm-marks.ts';
import { outcomeOf, type Status } from './outcome.ts';
import type { Cost, Mark, Measured, Report, TimedPhase } from './report.ts';
import { isMeasured } from './report.ts';
import type { RunMeasurements } from './run-measurements.ts';
import { statementsOf } from './statements-of-plan.ts';
import { ticketOf } from './ticket-of.ts';
import { whole } from './wording.ts';

/** All that is known of an execution at its end. */
export interface Run {
  readonly migration: string;
  readonly execution: string;
  readonly startedBy: string | null;
  readonly status: Status;
  /** Where and why it went back or stopped. */
  readonly failure: { readonly phase: string; readonly reason: string } | null;
  readonly fromMs: number;
  readonly toMs: number;
  readonly plan: Plan;
  readonly settings: Settings;
  readonly account: Account;
  readonly stubbornRows: number;
  readonly phases: readonly TimedPhase[];
  readonly history: Measured<HistoryCount>;
  readonly alarms: Measured<{ readonly turns: readonly AlarmTurn[] }>;
  readonly measurements: RunMeasurements;
}

export interface HistoryCount {
  readonly transitions: number;
  readonly events: number;
  readonly executions: number;
  /** Of the executions, those whose history was read. */
  readonly read: number;
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** The report of a real execution. */
export function reportOfRun(run: Run): Report {
  const { account, measurements, plan, settings, phases, fromMs, toMs } = run;
  const from = iso(fromMs);
  const reason = run.failure?.reason ?? null;
  const ending = { status: run.status, phase: run.failure?.phase ?? null, reason, lastedMs: toMs - fromMs };
  return {
    version: 1,
    kind: 'run',
    migration: run.migration,
    madeAt: iso(toMs),
    ticket: ticketOf(settings, { arn: run.execution, startedBy: run.startedBy, from, to: iso(toMs) }),
    outcome: outcomeOf(ending, measurements.users),
    phases: [...phases],
    marks: allMarks(run),
    users: measurements.users,
    latency: measurements.latency,
    backfill: backfillOf(account, {
      workers: settings.backfill.parallelism,
      stubbornRows: run.stubbornRows,
      ...measurements.backfillCourse(phases),
    }),
    reads: measurements.reads,
    lockWaits: { notMeasured: 'no probe of a real run times single waits' },
    blockedSessions: measurements.blockedSessions,
    database: measurements.database,
    verification: { passes: [...passesOf(account.walks, from)] },
    evidence: evidenceOf(account.events),
    audit: auditOf(account.events),
    cost: costOf(measurements, run.history),
    statements: [...statementsOf(plan, account)],
    warnings: [...plan.warnings, ...unread(run)],
  };
}

const unread = ({ history, alarms }: Run): readonly string[] => [
  ...(isMeasured(history) ? [] : [`The phases were not measured: ${history.notMeasured}.`]),
  ...(isMeasured(alarms) ? [] : [`The alarms of the time were not looked up: ${alarms.notMeasured}.`]),
];

function allMarks({ account, alarms, phases, failure }: Run): Mark[] {
  const back = phases.find(({ name }) => name === 'rollback');
  return [
    ...marksOf(account.events),
    ...(isMeasured(alarms) ? alarmMarks(alarms.turns) : []),
    ...(back === undefined
      ? []
      : [
          {
            at: back.from,
            kind: 'rollback',
            says: `Rollback${failure === null ? '' : `: ${failure.reason}`}`,
          } as const,
        ]),
  ].toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** The bill of what was counted; what could not be counted is reported beside it. */
function costOf({ usage }: RunMeasurements, history: Measured<HistoryCount>): Measured<Cost> {
  if (!isMeasured(history)) return history;
  const counted = isMeasured(usage)
    ? usage
    : { lambdaInvocations: 0, lambdaGbSeconds: 0, dataApiRequests: 0 };
  const { usd, items } = bill({ stateTransitions: history.transitions, ...counted });
  const uncounted = history.executions - history.read;
  return {
    usd,
    // What was not measured is no item of nothing.
    items: items.filter(({ what }) => isMeasured(usage) || what.startsWith('Step Functions')),
    counts: [
      {
        name: 'History events',
        value: `${whole(history.events)} in ${whole(history.read)} of ${whole(history.executions)} executions`,
      },
    ],
    notes: [
      ...(isMeasured(usage)
        ? []
        : [`Not measured: Lambda and the Data API, ${usage.notMeasured}. They are not in the sum.`]),
      ...(uncounted > 0
        ? [
            `The state transitions of ${whole(uncounted)} comparisons and workers were not counted and are not in the sum.`,
          ]
        : []),
      'The database itself, CloudWatch and S3 are not in the sum.',
    ],
  };
}
