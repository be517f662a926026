import { Stack } from 'aws-cdk-lib';
import {
  CfnApplication,
  CfnConfigurationProfile,
  CfnDeploymentStrategy,
  CfnEnvironment,
} from 'aws-cdk-lib/aws-appconfig';
import type { CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { leastRole } from './least-role.ts';
import type { FlagArns } from './task-permissions.ts';

/**
 * Where the read flags live: an application, an environment that the composite alarm watches, a profile and the
 * strategies by which the flags are deployed. There is no flag in this stack: which share of the reads is where is
 * written by the migrations alone, so that a deployment of the stack never moves them.
 */
export class ReadFlags extends Construct {
  readonly application: string;
  readonly environment: string;
  readonly profile: string;
  readonly forward: string;
  readonly back: string;
  readonly monitorRole: string;
  readonly arns: FlagArns;

  constructor(
    scope: Construct,
    id: string,
    { prefix, guardrail }: { readonly prefix: string; readonly guardrail: CompositeAlarm },
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
          why: 'ask the composite alarm',
          actions: ['cloudwatch:DescribeAlarms'],
          resources: ['*'],
          wildcard: 'CloudWatch describes composite alarms to those only who may describe all alarms.',
        },
      ],
      `Lets AppConfig ask the guardrails of ${prefix}`,
    );
    const environment = new CfnEnvironment(this, 'Environment', {
      applicationId: application.ref,
      name: 'reads',
      description: 'Whatever reads the migrated tables',
      monitors: [{ alarmArn: guardrail.alarmArn, alarmRoleArn: monitor.roleArn }],
    });
    const profile = new CfnConfigurationProfile(this, 'Profile', {
      applicationId: application.ref,
      name: 'reads',
      description: 'One feature flag for each migration; written by its state machine',
      locationUri: 'hosted',
      type: 'AWS.AppConfig.FeatureFlags',
    });
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
    this.environment = environment.ref;
    this.profile = profile.ref;
    // A second watch beside the state machine's own. Longer, and it would keep the environment busy for the next step.
    this.forward = strategy('forward', 'Taken back by AppConfig if the alarm goes on', 1);
    this.back = strategy('back', 'The way back: nothing holds it up', 0);
    this.monitorRole = monitor.roleArn;
    this.arns = this.arnsOf();
  }

  private arnsOf(): FlagArns {
    const stack = Stack.of(this);
    const arn = (resource: string): string => stack.formatArn({ service: 'appconfig', resource });
    const application = `application/${this.application}`;
    return {
      application: arn(application),
      environment: arn(`${application}/environment/${this.environment}`),
      profile: arn(`${application}/configurationprofile/${this.profile}`),
      forward: arn(`deploymentstrategy/${this.forward}`),
      back: arn(`deploymentstrategy/${this.back}`),
      monitorRole: this.monitorRole,
    };
  }
}
