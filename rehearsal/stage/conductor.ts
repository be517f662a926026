import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Spec } from '../../engine/spec/spec.ts';
import type { PhaseName } from '../../engine/plan/plan.ts';
import { parseReport, type Mark, type Report } from '../../report/report.ts';
import { Application } from './application.ts';
import { baselineText } from './baseline.ts';
import { Breach } from './breach.ts';
import { reportKey } from '../../engine/words/target.ts';
import { GuardrailMetrics } from '../deployment/guardrail-alarms.ts';
import type { LocalCloud } from '../deployment/local-cloud.ts';
import { reportBucket } from '../deployment/services.ts';
import { onTargetEvent } from '../deployment/target-events.ts';
import type { HistoryEventRecord } from '../cloud/step-functions/step-functions.ts';
import { endingOf } from './ending.ts';
import { Gatekeeper } from '../screen/gatekeeper.ts';
import { HoldChanges } from './hold-changes.ts';
import { feedGuardrails } from './guardrail-feed.ts';
import { rehearsedReport } from './rehearsed-report.ts';
import { Operator } from './operator.ts';
import type { RehearsalOptions } from '../options.ts';
import type { Section } from '../../report/section.ts';
import { PhaseList } from '../screen/phase-list.ts';
import { endedAsAsked, type Outcome, type Rehearsal, type RehearsalResult } from './result.ts';
import type { Screen } from '../screen/screen.ts';
import { Timeline } from './timeline.ts';
import type { Traffic } from '../traffic/traffic.ts';
import type { LedgerWatch, Verification } from './watch.ts';
import { WorkerKill } from './worker-kill.ts';
import type { Window } from './windows.ts';

export interface Parts {
  readonly options: RehearsalOptions;
  readonly spec: Spec;
  readonly cloud: LocalCloud;
  /** That of its targets which is migrated. */
  readonly target: string;
  readonly ledger: LedgerWatch;
  readonly traffic: Traffic | null;
  readonly rows: number;
  readonly lived: readonly PhaseName[];
  /** Without a trigger, each side by a statement of its own. */
  readonly writesBoth: boolean;
  readonly windows: readonly Window[];
  readonly screen: Screen;
}

const warmFunctions = ['ApplyPhase', 'BackfillShard', 'VerifyShard', 'SetReadShare', 'SwitchReadsBack'];

/** Starts the migration's execution and lives through it: deploys, watches, answers gates, breaks things when asked. */
export class Conductor {
  private readonly timeline = new Timeline(() => this.execution);
  private readonly holds = new HoldChanges();
  private readonly ended = new AbortController();
  private readonly reactions: Promise<void>[] = [];
  private readonly notes: string[] = [];
  private readonly failures: string[] = [];
  private readonly marks: Mark[] = [];
  private readonly application: Application;
  private readonly metrics: GuardrailMetrics;
  private readonly breach: Breach | null;
  private readonly workerKill: WorkerKill | null;
  private readonly gatekeeper: Gatekeeper;
  private readonly phases: PhaseList;
  private execution: string | undefined;
  private outcome: Outcome = 'failed';
  private readsBackMs: number | undefined;
  private rolledBackFrom = '';

  constructor(private readonly parts: Parts) {
    const { cloud, target, options, spec, screen, traffic } = parts;
    this.application = new Application(traffic, parts.writesBoth);
    this.metrics = new GuardrailMetrics(cloud.cloudWatchPlace, target);
    this.breach =
      options.breach === null
        ? null
        : new Breach(options.breach, this.metrics, () => cloud.isAlarmOn(target));
    this.workerKill = options.killWorker ? new WorkerKill(parts) : null;
    const operator = new Operator(cloud.sfn, cloud.dynamoDb, cloud.machines.decide, {
      migration: spec.name,
      target,
    });
    this.gatekeeper = new Gatekeeper(operator, this.holds, options, screen, (hold) =>
      this.application.readyFor(hold),
    );
    this.phases = new PhaseList({ ...parts, timeline: this.timeline, application: this.application });
  }

  async conduct(): Promise<Rehearsal> {
    const { screen, cloud, target, spec, options } = this.parts;
    await cloud.lambda.warm(warmFunctions);
    if (this.parts.traffic)
      screen.live(`  measuring the baseline at ${options.requestsPerSecond} requests/s …`);
    await this.application.takeBaseline(options.baselineMs);
    const { baseline } = this.application;
    if (baseline !== null) screen.line(`  ${baselineText(baseline)}`);
    screen.line('');
    const stopListening = onTargetEvent(cloud.stepFunctions, target, (record) => this.heard(record));
    const stopWaiting = cloud.beforeInvocation((name, of) => this.beforeInvocation(name, of));
    try {
      const started = await cloud.sfn.send(
        new StartExecutionCommand({
          stateMachineArn: cloud.machines.migration,
          name: `${target}-${Date.now()}`,
          input: JSON.stringify({ migration: spec.name, target }),
        }),
      );
      this.execution = started.executionArn;
      await Promise.all([
        this.gatekeeper.watch(this.ended.signal),
        feedGuardrails(this.application, this.metrics, this.breach, this.ended.signal),
        this.phases.watch(this.ended.signal),
      ]);
      await Promise.all(this.reactions);
    } finally {
      this.ended.abort();
      stopListening();
      stopWaiting();
    }
    await this.phases.end(this.outcome);
    const result = await this.result();
    const notes = [...this.notes, ...this.gatekeeper.notes, ...(await this.application.notes())];
    const report = await this.report(result, notes);
    if (this.began && report === null) notes.push('the state machine wrote no report');
    return {
      result,
      asAsked: endedAsAsked(this.parts.options, result, this.workerKill?.failed === true),
      notes: [...this.failures, ...notes],
      report,
    };
  }

  // Called inside the interpreter as it records: nothing here may wait or throw.
  private heard(record: HistoryEventRecord): void {
    const { executionArn, event } = record;
    this.holds.hear(record);
    // The execution's ARN is in its first event before StartExecution has answered.
    if (this.execution === undefined && record.stateMachine === 'migration') this.execution = executionArn;
    const before = this.timeline.current;
    const section = this.timeline.hear(record);
    if (section === 'rollback') this.rolledBackFrom = before ?? '';
    if (section) this.react(this.entered(section));
    if (executionArn !== this.execution) return;
    if (event.stateExitedEventDetails?.name === 'Switch reads back') this.readsBackMs = Date.now();
    const ending = endingOf(event);
    if (ending === undefined) return;
    if (ending.failure !== null) this.failures.push(ending.failure);
    this.outcome = ending.outcome;
    this.ended.abort();
  }

  private react(reaction: Promise<void>): void {
    // Awaited at the end; a failure must not become an unhandled rejection before that.
    reaction.catch(() => this.ended.abort());
    this.reactions.push(reaction);
  }

  private async entered(section: Section): Promise<void> {
    await this.look();
    await this.breach?.entered(section);
    await this.application.entered(section);
  }

  /** What the ledger says now; kept, should it be removed later. */
  private async look(): Promise<void> {
    await this.parts.ledger.backfill();
    await this.parts.ledger.verification();
    await this.parts.ledger.passes();
  }

  private async retireOldVersion(): Promise<void> {
    if (!this.parts.traffic) return;
    this.parts.screen.line('  the old version of the application is retired');
    this.mark('The old version of the application was retired');
    await this.application.retireOldVersion();
  }

  private async beforeInvocation(name: string, target: string | undefined): Promise<void> {
    // What has ended may still have its say to finish, and the next rehearsal of the target has begun.
    if (target !== this.parts.target || this.ended.signal.aborted) return;
    // Nobody may use the old shape from then on: a team would have deployed by now.
    if (name === 'BeginConfidence') await this.retireOldVersion();
    await this.breach?.beforeInvocation(this.timeline.current, name);
    if (this.workerKill?.begins(name) === true) this.react(this.killWorker(this.workerKill));
  }

  private async killWorker(worker: WorkerKill): Promise<void> {
    if (await worker.kill(this.ended.signal)) {
      this.mark('A worker was killed');
      return this.parts.screen.line('  a worker was killed in the middle of the backfill');
    }
    this.notes.push(
      '--kill-worker found no worker running: the backfill was over too soon; give more --rows',
    );
  }

  private async result(): Promise<RehearsalResult> {
    const { spec, ledger, cloud } = this.parts;
    const { rows, batches, rowsPerSecond } = await ledger.backfill();
    const breachedMs = this.breach?.startedMs;
    return {
      migration: spec.name,
      outcome: this.outcome,
      phases: this.timeline.phases(),
      backfill: {
        rows,
        batches,
        workers: spec.backfill.parallelism,
        rowsPerSecond: Math.round(rowsPerSecond),
      },
      verification: this.verified(await ledger.verification()),
      traffic: await this.application.result(),
      history: this.timeline.history,
      node: cloud.lambda.nodeVersion,
      ...(breachedMs !== undefined && this.readsBackMs !== undefined
        ? { rollback: { phase: this.rolledBackFrom, breachToReadsBackMs: this.readsBackMs - breachedMs } }
        : {}),
    };
  }

  /** Where no trigger keeps both sides equal, whatever differs is repaired by the walk that finds it. */
  private verified({ checked, mismatches }: Verification): RehearsalResult['verification'] {
    return this.parts.writesBoth ? { checked, mismatches: 0, repaired: mismatches } : { checked, mismatches };
  }

  /** What the state machine wrote for people, with what only a rehearsal knows. */
  private async report(result: RehearsalResult, notes: readonly string[]): Promise<Report | null> {
    const { cloud, target, spec, windows, ledger } = this.parts;
    const of = { migration: spec.name, target };
    const written = cloud.reports.get(`${reportBucket}/${reportKey(of, this.execution ?? '')}.json`);
    if (!written) return null;
    return rehearsedReport(parseReport(written.body.toString('utf8')), {
      spec,
      windows,
      result,
      notes,
      traffic: await this.application.snapshot(),
      baselineFromMs: this.application.baseline?.fromMs ?? 0,
      course: ledger.course,
      passes: await ledger.passes(),
      marks: [...this.marks, ...(this.breach?.marks ?? [])],
    });
  }

  // A migration that did not start has nothing to report.
  private get began(): boolean {
    return this.timeline.phases().some(({ name }) => name !== 'plan');
  }

  private mark(says: string): void {
    this.marks.push({ at: new Date().toISOString(), kind: 'event', says });
  }
}
