import type { Clock } from '../clock.ts';
import type {
  DeploymentEvent,
  DeploymentPlan,
  DeploymentState,
  Exposure,
  TriggeredBy,
} from './deployment.ts';
import { deploymentSchedule } from './deployment-schedule.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export type RunPorts = {
  readonly clock: Clock;
  /** Every change takes at least this long to be done, as on AWS, where nothing is COMPLETE in the response. */
  readonly settleMs: number;
  readonly monitorEveryMs: number;
  /** The alarms that watch the environment and their state; a throw rolls back with INTERNAL_ERROR. */
  readonly monitors: readonly string[];
  readonly alarmState: (alarmArn: string) => AlarmState | Promise<AlarmState>;
};

/** One deployment on its way: DEPLOYING → BAKING → COMPLETE, or → ROLLING_BACK → ROLLED_BACK, or COMPLETE → REVERTED. */
export class DeploymentRun {
  readonly plan: DeploymentPlan;
  readonly startedAt: number;
  completedAt: number | undefined;
  state: DeploymentState = 'DEPLOYING';
  percentage = 0;
  /** Newest first, as the API lists them. */
  readonly events: DeploymentEvent[] = [];
  private readonly previousVersion: string | undefined;
  private readonly ports: RunPorts;
  /** Ends the walk forward, when a rollback begins or the service closes. */
  private readonly forward = new AbortController();
  private readonly closed = new AbortController();

  constructor(plan: DeploymentPlan, previousVersion: string | undefined, ports: RunPorts) {
    this.plan = plan;
    this.previousVersion = previousVersion;
    this.ports = ports;
    this.startedAt = ports.clock.now();
    this.log('DEPLOYMENT_STARTED', 'USER', 'Deployment started');
    void this.deploy().catch((fault: unknown) => this.failed(fault));
    void this.watch().catch((fault: unknown) => this.failed(fault));
  }

  get isRunning(): boolean {
    return this.state === 'DEPLOYING' || this.state === 'BAKING' || this.state === 'ROLLING_BACK';
  }

  /** What the clients should be served because of this deployment. */
  get exposure(): Exposure {
    const backward =
      this.state === 'ROLLING_BACK' || this.state === 'ROLLED_BACK' || this.state === 'REVERTED';
    return {
      deploymentNumber: this.plan.DeploymentNumber,
      previousVersion: this.previousVersion,
      version: this.plan.ConfigurationVersion,
      percentage: backward ? 0 : this.percentage,
    };
  }

  /** Clients get the previous version at once; the state needs a moment to become ROLLED_BACK. */
  rollBack(triggeredBy: TriggeredBy, reason: string): void {
    if (this.state !== 'DEPLOYING' && this.state !== 'BAKING') return;
    this.forward.abort();
    this.state = 'ROLLING_BACK';
    this.log('ROLLBACK_STARTED', triggeredBy, reason);
    void this.finishRollback().catch((fault: unknown) => this.failed(fault));
  }

  revert(): void {
    this.state = 'REVERTED';
    this.percentage = 0;
    this.log('REVERT_COMPLETED', 'USER', 'Deployment reverted');
  }

  close(): void {
    this.forward.abort();
    this.closed.abort();
  }

  private async deploy(): Promise<void> {
    const { clock, settleMs } = this.ports;
    const until = (ms: number) => clock.sleep(this.startedAt + ms - clock.now(), this.forward.signal);
    for (const step of deploymentSchedule(this.plan)) {
      await until(Math.max(settleMs, step.atMs));
      this.percentage = step.percentage;
      this.log(
        'PERCENTAGE_UPDATED',
        'APPCONFIG',
        `Configuration available to ${step.percentage.toFixed(2)}% of clients`,
      );
    }
    await until(Math.max(settleMs, this.plan.DeploymentDurationInMinutes * 60_000));
    this.state = 'BAKING';
    this.log('BAKE_TIME_STARTED', 'APPCONFIG', 'Deployment bake time started');
    await clock.sleep(this.plan.FinalBakeTimeInMinutes * 60_000, this.forward.signal);
    this.state = 'COMPLETE';
    this.completedAt = clock.now();
    this.log('DEPLOYMENT_COMPLETED', 'APPCONFIG', 'Deployment completed');
    this.forward.abort();
  }

  /** The alarms of the environment, asked during the deployment and its bake time and not a moment longer. */
  private async watch(): Promise<void> {
    const { clock, monitors, monitorEveryMs, alarmState } = this.ports;
    while (monitors.length > 0 && !this.forward.signal.aborted) {
      for (const arn of monitors) {
        const state = await alarmState(arn);
        if (state !== 'OK')
          this.rollBack('CLOUDWATCH_ALARM', `Deployment rolled back: alarm ${arn} is ${state}`);
      }
      await clock.sleep(monitorEveryMs, this.forward.signal);
    }
  }

  private async finishRollback(): Promise<void> {
    await this.ports.clock.sleep(this.ports.settleMs, this.closed.signal);
    this.state = 'ROLLED_BACK';
    this.percentage = 0;
    this.completedAt = this.ports.clock.now();
    this.log('ROLLBACK_COMPLETED', 'APPCONFIG', 'Rollback completed');
  }

  private failed(fault: unknown): void {
    if (this.forward.signal.aborted) return;
    this.rollBack('INTERNAL_ERROR', fault instanceof Error ? fault.message : String(fault));
  }

  private log(EventType: DeploymentEvent['EventType'], TriggeredBy: TriggeredBy, Description: string): void {
    const OccurredAt = new Date(this.ports.clock.now()).toISOString();
    this.events.unshift({ EventType, TriggeredBy, Description, OccurredAt });
  }
}
