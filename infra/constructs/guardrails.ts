import {
  Alarm,
  AlarmRule,
  AlarmState,
  ComparisonOperator,
  CompositeAlarm,
  TreatMissingData,
  type IAlarm,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Limits } from '../config.ts';
import { guardrailAlarms, type WatchedTarget } from './guardrail-alarms.ts';
import { MigrationAlarms } from './migration-alarms.ts';
import { runbookLink } from './runbook-link.ts';

export interface GuardrailsProps {
  readonly watched: WatchedTarget;
  readonly limits: Limits;
  /** Of the team. */
  readonly theirs: readonly IAlarm[];
  readonly runbook: string;
  readonly topic: ITopic;
}

/** The alarms that roll back the migrations of a target, under one composite. It is the composite that is asked and listened to. */
export class Guardrails extends Construct {
  readonly composite: CompositeAlarm;
  readonly target: string;
  readonly alarms: readonly IAlarm[];
  /** What tells people while a migration is open. */
  readonly telling: readonly IAlarm[];

  constructor(scope: Construct, { watched, limits, theirs, runbook, topic }: GuardrailsProps) {
    super(scope, watched.target);
    this.target = watched.target;
    const prefix = `${watched.prefix}-${watched.target}`;
    const made = guardrailAlarms(watched, limits).map(
      ({ name, says, metric, above, minutes: [bad, of] }) =>
        new Alarm(this, name, {
          alarmName: `${prefix}-${name}`,
          alarmDescription: `${says}. Rolls migrations of ${watched.target} back. ${runbookLink(runbook, name)}`,
          metric,
          threshold: above,
          comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
          datapointsToAlarm: bad,
          evaluationPeriods: of,
          // No reader, no lag; no migration, no batch; no reads, no errors: silence is health here.
          treatMissingData: TreatMissingData.NOT_BREACHING,
        }),
    );
    this.alarms = [...made, ...theirs];
    this.composite = new CompositeAlarm(this, 'Composite', {
      compositeAlarmName: `${prefix}-guardrails`,
      alarmDescription: `A guardrail is breached: every migration of ${watched.target} rolls back. ${runbookLink(runbook, 'guardrails')}`,
      alarmRule: AlarmRule.anyOf(...this.alarms.map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
    });
    const guardrails = this.composite;
    const around = { watched, limits, guardrails, topic, runbook };
    this.telling = new MigrationAlarms(this, 'OfMigrations', around).alarms;
  }
}
