import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Spec } from '../engine/spec.ts';
import { Breach } from './breach.ts';
import { GuardrailMetrics } from './cloud/guardrail-alarms.ts';
import type { LocalCloud } from './cloud/local-cloud.ts';
import { Gatekeeper } from './gatekeeper.ts';
import { Operator } from './operator.ts';
import type { RehearsalOptions } from './options.ts';
import type { Section } from './phase-of-state.ts';
import type { Rehearsal } from './rehearse.ts';
import type { RehearsedDatabase } from './rehearsed-database.ts';
import type { Outcome, RehearsalResult } from './result.ts';
import { bar, type Screen } from './screen.ts';
import { Timeline } from './timeline.ts';
import { together, percentile } from './traffic/latencies.ts';
import type { Traffic } from './traffic/traffic.ts';
import type { TrafficSnapshot } from './traffic/measurements.ts';
import { LedgerWatch } from './watch.ts';

export interface Parts {
  readonly options: RehearsalOptions;
  readonly spec: Spec;
  readonly cloud: LocalCloud;
  readonly database: RehearsedDatabase;
  readonly traffic: Traffic | null;
  readonly screen: Screen;
}

const baselineMs = 5000;
const tickMs = 1000;
const refreshMs = 200;
// A laptop's own noise is not the migration's: latency counts as in excess from here on.
const latencyFloorMs = 250;

/** Plays the application's owner during a migration: deploys its versions, watches, answers gates, breaks things. */
export class Conductor {
  private readonly timeline: Timeline;
  private readonly metrics: GuardrailMetrics;
  private readonly breach: Breach | null;
  private readonly gatekeeper: Gatekeeper;
  private readonly ended = new AbortController();
  private readonly stopListening: () => void;
  private readonly reactions: Promise<void>[] = [];
  private execution: string | undefined;
  private outcome: Outcome | undefined;
  private baselineP95 = 0;
  private estimatedRows = 0;
  private lostWrites = 0;
  private readsBackMs: number | undefined;
  private rolledBackFrom = '';
  private dualWriteOn = false;
  private killed = false;
  private readonly notes: string[] = [];

  private constructor(
    private readonly parts: Parts,
    private readonly ledger: LedgerWatch,
  ) {
    const { cloud, options, spec, screen } = parts;
    this.timeline = new Timeline(() => this.execution);
    this.metrics = new GuardrailMetrics(cloud.cloudWatchPlace);
    this.breach =
      options.breach === null
        ? null
        : new Breach(options.breach, this.metrics, new CloudWatchClient(cloud.cloudWatchPlace));
    const operator = new Operator(cloud.sfn, cloud.dynamoDb, cloud.machines.decide, spec.name);
    this.gatekeeper = new Gatekeeper(operator, options, screen, (hold) => this.readyFor(hold));
    this.stopListening = cloud.stepFunctions.onEvent((record) => this.heard(record));
    cloud.beforeInvocation((name) => this.beforeInvocation(name));
  }

  static async open(parts: Parts): Promise<Conductor> {
    return new Conductor(parts, await LedgerWatch.open(parts.database.url, parts.spec.name));
  }

  async conduct(): Promise<Rehearsal> {
    const { traffic, screen, cloud, spec, options } = this.parts;
    this.estimatedRows = options.rows;
    await cloud.lambda.warm([
      'ApplyPhase',
      'BackfillShard',
      'VerifyShard',
      'SetReadShare',
      'SwitchReadsBack',
    ]);
    if (traffic) await this.takeBaseline(traffic);
    const started = await cloud.sfn.send(
      new StartExecutionCommand({
        stateMachineArn: cloud.machines.migration,
        name: `rehearsal-${Date.now()}`,
        input: JSON.stringify({ migration: spec.name }),
      }),
    );
    this.execution = started.executionArn;
    await Promise.all([this.gatekeeper.watch(this.ended.signal), this.feedGuardrails(), this.show()]);
    await Promise.all(this.reactions);
    const result = await this.result();
    screen.live('');
    return { result, asAsked: this.endedAsAsked(result), notes: [...this.notes, ...this.gatekeeper.notes] };
  }

  async close(): Promise<void> {
    this.stopListening();
    this.ended.abort();
    await this.ledger.close();
  }

  private async takeBaseline(traffic: Traffic): Promise<void> {
    this.parts.screen.line(`  measuring the baseline of ${this.parts.options.requestsPerSecond} requests/s`);
    // The first second warms caches and connections and would flatter the comparison.
    await traffic.mark('warm-up');
    await sleep(1000);
    await traffic.mark('baseline');
    await sleep(baselineMs);
    this.baselineP95 = (await traffic.snapshot()).labels['baseline']?.p95 ?? 0;
  }

  private heard(record: Parameters<Timeline['hear']>[0]): void {
    const { executionArn, event } = record;
    const before = this.timeline.current;
    const section = this.timeline.hear(record);
    if (section === 'rollback') this.rolledBackFrom = before ?? '';
    if (section) this.reactions.push(this.entered(section));
    if (executionArn !== this.execution) return;
    const state = event.stateEnteredEventDetails?.name ?? event.stateExitedEventDetails?.name;
    if (state === 'Live with both shapes' && event.type === 'MapStateEntered') this.retireOldVersion();
    if (state === 'Switch reads back' && event.type === 'TaskStateExited') this.readsBackMs = Date.now();
    if (event.type === 'ExecutionSucceeded') this.end('completed');
    if (event.type === 'ExecutionFailed') {
      const { error = '', cause = '' } = event.executionFailedEventDetails ?? {};
      this.notes.push(cause === '' ? error : `${error}: ${cause}`);
      this.end(error === 'RolledBack' ? 'rolled-back' : 'failed');
    }
  }

  private end(outcome: Outcome): void {
    this.outcome = outcome;
    this.ended.abort();
  }

  private async entered(section: Section): Promise<void> {
    const { screen, traffic } = this.parts;
    screen.line(`▸ ${section}`);
    await this.breach?.entered(section);
    if (!traffic) return;
    await traffic.mark(section);
    if (section === 'backfill') this.dualWriteOn = true;
    // The new version may be deployed once dual write is on; after a rollback the old one comes back beside it.
    if (this.dualWriteOn && (section === 'backfill' || section === 'rollback'))
      await traffic.setStage('both');
  }

  private retireOldVersion(): void {
    const { traffic, screen } = this.parts;
    if (!traffic) return;
    screen.line('  the old version of the application is retired');
    this.reactions.push(traffic.setStage('new-only'));
  }

  /** Before an approval: what the application's owners would have done, and a look at every write so far. */
  private async readyFor(hold: string): Promise<void> {
    const { traffic } = this.parts;
    if (!traffic) return;
    if (hold === 'remove-new-shape') await traffic.setStage('baseline');
    if (hold === 'contract') await this.checkWrites(traffic);
  }

  private async beforeInvocation(name: string): Promise<void> {
    await this.breach?.beforeInvocation(this.timeline.current, name);
    if (name === 'BackfillShard' && this.parts.options.killWorker && !this.killed) {
      this.killed = true;
      this.reactions.push(this.killWorker());
    }
  }

  private async killWorker(): Promise<void> {
    const { cloud, screen } = this.parts;
    // In the middle: after the first batches have been committed.
    while (!this.ended.signal.aborted && (await this.ledger.backfill()).batches < 2) await sleep(5);
    const killed = cloud.lambda.kill('BackfillShard');
    screen.line(
      killed ? '  a worker was killed in the middle of the backfill' : '  no worker was there to be killed',
    );
    if (!killed)
      this.notes.push(
        '--kill-worker found no worker running: the backfill was over too soon; give more --rows',
      );
  }

  private async feedGuardrails(): Promise<void> {
    const { traffic } = this.parts;
    let before = await traffic?.snapshot();
    while (!this.ended.signal.aborted) {
      await sleep(tickMs);
      const now = await traffic?.snapshot();
      await this.metrics.publish({
        errorRate: this.breach?.lasts ? 0.5 : errorRate(before, now),
        latencyExcess: this.latencyExcess(now),
      });
      before = now;
    }
  }

  private latencyExcess(now: TrafficSnapshot | undefined): number {
    if (!now || now.recentP95 < this.baselineP95 + latencyFloorMs) return 0;
    return now.recentP95 / Math.max(this.baselineP95, 0.1) - 1;
  }

  private async show(): Promise<void> {
    const { screen, traffic } = this.parts;
    while (!this.ended.signal.aborted) {
      await sleep(refreshMs);
      const p95 = traffic
        ? `p95 ${(await traffic.snapshot()).recentP95.toFixed(1)} ms (baseline ${this.baselineP95.toFixed(1)})`
        : '';
      screen.live(`  ${this.timeline.current === 'backfill' ? `${await this.backfillLine()}  ` : ''}${p95}`);
    }
  }

  private async backfillLine(): Promise<string> {
    const { rows, rowsPerSecond } = await this.ledger.backfill();
    const left = rowsPerSecond > 0 ? Math.max(0, this.estimatedRows - rows) / rowsPerSecond : 0;
    const rate = Math.round(rowsPerSecond).toLocaleString('en-US');
    return `${bar(rows / this.estimatedRows)} ${rows.toLocaleString('en-US')} rows, ${rate} rows/s, ${Math.ceil(left)} s left`;
  }

  private async checkWrites(traffic: Traffic): Promise<void> {
    const { lost, examples } = await traffic.checkWrites();
    this.lostWrites += lost;
    if (lost > 0) this.notes.push(`lost writes at keys ${examples.join(', ')}`);
  }

  private async result(): Promise<RehearsalResult> {
    const { traffic, spec } = this.parts;
    if (traffic) await this.checkWrites(traffic);
    const measured = await traffic?.snapshot();
    const { rows, batches, rowsPerSecond } = await this.ledger.backfill();
    for (const { label, code, count, message } of measured?.failures ?? [])
      this.notes.push(`${count} requests failed in ${label} with ${code}: ${message}`);
    const during = Object.entries(measured?.labels ?? {}).filter(
      ([label]) => !['warm-up', 'baseline'].includes(label),
    );
    const breachedMs = this.breach?.startedMs;
    return {
      migration: spec.name,
      outcome: this.outcome ?? 'failed',
      phases: this.timeline.phases(),
      backfill: {
        rows,
        batches,
        workers: spec.backfill.parallelism,
        rowsPerSecond: Math.round(rowsPerSecond),
      },
      verification: await this.ledger.verification(),
      traffic: {
        requests: measured?.requests ?? 0,
        failed: measured?.failed ?? 0,
        lostWrites: this.lostWrites,
        p95BaselineMs: this.baselineP95,
        p95DuringMs: percentile(together(during.map(([, { latencies }]) => latencies)), 95),
        longestLockWaitMs: measured?.lockWaits.longestMs ?? 0,
      },
      history: this.timeline.history,
      ...(breachedMs !== undefined && this.readsBackMs !== undefined
        ? { rollback: { phase: this.rolledBackFrom, breachToReadsBackMs: this.readsBackMs - breachedMs } }
        : {}),
    };
  }

  private endedAsAsked({ outcome, traffic, verification }: RehearsalResult): boolean {
    const { breach, reject, killWorker } = this.parts.options;
    const whole = traffic.lostWrites === 0 && traffic.failed === 0;
    if (breach !== null || reject !== null) return outcome === 'rolled-back' && whole;
    return outcome === 'completed' && whole && verification.mismatches === 0 && (!killWorker || this.killed);
  }
}

function errorRate(before: TrafficSnapshot | undefined, now: TrafficSnapshot | undefined): number {
  const requests = (now?.requests ?? 0) - (before?.requests ?? 0);
  return requests === 0 ? 0 : ((now?.failed ?? 0) - (before?.failed ?? 0)) / requests;
}
