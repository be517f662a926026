import { Stack } from 'aws-cdk-lib';
import { CfnApplication, CfnDeploymentStrategy } from 'aws-cdk-lib/aws-appconfig';
import type { CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { leastRole } from './least-role.ts';
import { TargetFlags } from './target-flags.ts';
import type { FlagArns } from './task-permissions.ts';

/**
 * Where the read flags live: an application, the strategies by which the flags are deployed, and what each target has of
 * its own. There is no flag in this stack: which share of the reads is where is
 * written by the migrations alone, so that a deployment of the stack never moves them.
 */
export class ReadFlags extends Construct {
  readonly application: string;
  readonly targets: readonly TargetFlags[];
  readonly forward: string;
  readonly back: string;
  readonly monitorRole: string;
  readonly arns: FlagArns;

  constructor(
    scope: Construct,
    id: string,
    {
      prefix,
      guardrails,
    }: {
      readonly prefix: string;
      /** By target, the composite alarm that guards it. */
      readonly guardrails: ReadonlyMap<string, CompositeAlarm>;
    },
  ) {
    super(scope, id);
    const application = new CfnApplication(this, 'Application', {
      name: prefix,
      description: 'Which shape of a table the application reads',
    });
    const monitor = leastRole(
      this,
      'MonitorRole',
      'appconfig.amazonaws.com',
      [
        {
          why: 'ask the composite alarms',
          actions: ['cloudwatch:DescribeAlarms'],
          resources: ['*'],
          wildcard: 'CloudWatch describes composite alarms to those only who may describe all alarms.',
        },
      ],
      `Lets AppConfig ask the guardrails of ${prefix}`,
    );
    this.targets = [...guardrails].map(
      ([target, guardrail]) =>
        new TargetFlags(this, {
          application: application.ref,
          target,
          guardrail,
          monitorRole: monitor.roleArn,
        }),
    );
    // To all readers at once: the ramp is made of many deployments, each watched by a window of the state machine.
    const strategy = (name: string, description: string, bakeMinutes: number): string =>
      new CfnDeploymentStrategy(this, name, {
        name: `${prefix}-${name}`,
        description,
        deploymentDurationInMinutes: 0,
        finalBakeTimeInMinutes: bakeMinutes,
        growthFactor: 100,
        replicateTo: 'NONE',
      }).ref;
    this.application = application.ref;
    // A second watch beside the state machine's own. Longer, and it would keep the environment busy for the next step.
    this.forward = strategy('forward', 'Taken back by AppConfig if the alarm goes on', 1);
    this.back = strategy('back', 'The way back: nothing holds it up', 0);
    this.monitorRole = monitor.roleArn;
    this.arns = this.arnsOf();
  }

  /** Those of one target. */
  of(target: string): TargetFlags {
    const found = this.targets.find((it) => it.target === target);
    if (found === undefined) throw new Error(`there are no read flags for ${target}`);
    return found;
  }

  private arnsOf(): FlagArns {
    const stack = Stack.of(this);
    const arn = (resource: string): string => stack.formatArn({ service: 'appconfig', resource });
    const application = `application/${this.application}`;
    return {
      application: arn(application),
      environments: this.targets.map(({ environment }) => arn(`${application}/environment/${environment}`)),
      profiles: this.targets.map(({ profile }) => arn(`${application}/configurationprofile/${profile}`)),
      forward: arn(`deploymentstrategy/${this.forward}`),
      back: arn(`deploymentstrategy/${this.back}`),
      monitorRole: this.monitorRole,
    };
  }
}
