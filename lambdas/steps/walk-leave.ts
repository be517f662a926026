import { setTimeout as sleep } from 'node:timers/promises';
import { NotNow } from '../../engine/database/errors.ts';
import { writesRows, type Purpose } from '../../engine/ledger/walk-id.ts';
import type { Settings } from '../../engine/plan/settings.ts';
import type { HealthAsked, HealthFacts } from '../../engine/walk/health-facts.ts';
import { askHealth, Patience } from '../../engine/walk/health.ts';
import { declaredDutyCycle } from '../../engine/walk/pace.ts';
import { ofReader } from '../../engine/walk/signals.ts';
import type { Tools } from '../runtime/tools.ts';
import { AlarmWatch } from './alarm-watch.ts';
import { reasonToWait } from './going-on.ts';
import type { WalkMetrics } from './walk-metrics.ts';

const probeEveryMs = 1000;
const pauseWhenUnhealthyMs = 1000;
// A short pause ends without a new invocation; a longer one is not worth a worker that stands idle.
const longestPauseMs = 60_000;

/** Whether a worker may send its next statement: the alarms, the database's health and the people decide. */
export class WalkLeave {
  private healthyUntil = 0;
  private readonly alarms: AlarmWatch;
  private readonly patience = new Patience();
  private readonly asked: HealthAsked;
  private measured: HealthFacts | undefined;
  private pausedSince: number | undefined;
  private share: number;
  private slowedTo = 1;

  constructor(
    private readonly migration: string,
    private readonly purpose: Purpose,
    private readonly settings: Settings,
    private readonly tools: Pick<Tools, 'database' | 'ledger' | 'guardrails'>,
    private readonly metrics: WalkMetrics,
  ) {
    this.share = declaredDutyCycle(settings, purpose);
    const { table, guardrails } = settings;
    this.asked = {
      table,
      throttle: writesRows(purpose) ? guardrails.throttle : ofReader(guardrails.throttle),
    };
    this.alarms = new AlarmWatch(() => tools.guardrails.ask(settings.guardrails.rollback.alarms));
  }

  /** The share of its time that a worker works, as people and the database want it now. */
  get dutyCycle(): number {
    return this.share * this.slowed;
  }

  /** To which share the database slows it; 1 where it does not. */
  get slowed(): number {
    return this.slowedTo;
  }

  /** Asks the people and the database itself once a second, the alarms every three or so. */
  async given(): Promise<boolean> {
    this.metrics.publishWhenDue();
    if (performance.now() < this.healthyUntil) return true;
    if (!(await this.alarms.clear())) {
      this.metrics.stillAlive();
      return false;
    }
    const health = await askHealth(this.tools.database, this.asked, this.measured);
    this.measured = health.measured ?? this.measured;
    this.patience.note(health, performance.now());
    this.metrics.noteHealth(health.measured);
    // A database that cannot tell its health cannot tell of orders either.
    if (!(health.verdict === 'stop' && health.unreadable) && !(await this.askPeople())) return false;
    if (health.verdict === 'stop') {
      await sleep(pauseWhenUnhealthyMs);
      return false;
    }
    this.slowedTo = health.verdict === 'slow' ? health.share : 1;
    this.healthyUntil = performance.now() + probeEveryMs;
    return true;
  }

  /** Whether people let it go on; otherwise it has waited for a second. Raises Aborted, and NotNow after a minute of waiting. */
  private async askPeople(): Promise<boolean> {
    const { standing, pace } = await this.tools.ledger.ordersInForce(this.migration);
    this.share = pace?.dutyCycle ?? declaredDutyCycle(this.settings, this.purpose);
    const reason = reasonToWait({ standing, settings: this.settings });
    if (reason === null) {
      this.pausedSince = undefined;
      return true;
    }
    this.pausedSince ??= performance.now();
    if (performance.now() - this.pausedSince > longestPauseMs) throw new NotNow(reason);
    await sleep(pauseWhenUnhealthyMs);
    // Standing still on purpose is not a stall: the alarm for those would roll back what was only to wait.
    this.metrics.stillAlive();
    return false;
  }
}
