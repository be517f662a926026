import { CfnConfigurationProfile, CfnEnvironment } from 'aws-cdk-lib/aws-appconfig';
import type { CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

export interface TargetFlagsProps {
  /** The id of the application. */
  readonly application: string;
  readonly target: string;
  readonly guardrail: CompositeAlarm;
  readonly monitorRole: string;
}

/**
 * Where the read flags of a target live: an environment that its composite alarm watches, and a profile. AppConfig
 * deploys one thing at a time in an environment, and a rollback stops what is under way there: no two targets share one.
 */
export class TargetFlags extends Construct {
  readonly target: string;
  readonly environment: string;
  readonly profile: string;

  constructor(scope: Construct, { application, target, guardrail, monitorRole }: TargetFlagsProps) {
    super(scope, target);
    this.target = target;
    this.environment = new CfnEnvironment(this, 'Environment', {
      applicationId: application,
      name: target,
      description: `Whatever reads the migrated tables of ${target}`,
      monitors: [{ alarmArn: guardrail.alarmArn, alarmRoleArn: monitorRole }],
    }).ref;
    this.profile = new CfnConfigurationProfile(this, 'Profile', {
      applicationId: application,
      name: target,
      description: 'One feature flag for each migration; written by its state machine',
      locationUri: 'hosted',
      type: 'AWS.AppConfig.FeatureFlags',
    }).ref;
  }
}
