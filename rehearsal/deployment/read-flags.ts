import {
  AppConfigClient,
  CreateApplicationCommand,
  CreateConfigurationProfileCommand,
  CreateDeploymentStrategyCommand,
  CreateEnvironmentCommand,
} from '@aws-sdk/client-appconfig';
import type { AwsPlace } from '../cloud/aws-place.ts';
import { guardrailAlarmArn } from './guardrail-alarms.ts';

export interface ReadFlagPlace {
  readonly application: string;
  readonly environment: string;
  readonly profile: string;
  readonly forward: string;
  readonly back: string;
}

/** The AppConfig resources that a deployment has: no flag in them yet. */
export async function createReadFlags(place: AwsPlace): Promise<ReadFlagPlace> {
  const client = new AppConfigClient(place);
  const application = await client.send(new CreateApplicationCommand({ Name: 'underpin' }));
  const ApplicationId = application.Id;
  const environment = await client.send(
    new CreateEnvironmentCommand({
      ApplicationId,
      Name: 'reads',
      Monitors: [{ AlarmArn: guardrailAlarmArn }],
    }),
  );
  const profile = await client.send(
    new CreateConfigurationProfileCommand({
      ApplicationId,
      Name: 'reads',
      LocationUri: 'hosted',
      Type: 'AWS.AppConfig.FeatureFlags',
    }),
  );
  // At once: the ramp is made of deployments, each watched by a window of the state machine. AppConfig's own bake time is
  // a minute at the least and would outlast a rehearsed window, so forward and back have the same strategy here.
  const strategy = await client.send(
    new CreateDeploymentStrategyCommand({
      Name: 'at-once',
      DeploymentDurationInMinutes: 0,
      FinalBakeTimeInMinutes: 0,
      GrowthFactor: 100,
      ReplicateTo: 'NONE',
    }),
  );
  client.destroy();
  return {
    application: ApplicationId ?? '',
    environment: environment.Id ?? '',
    profile: profile.Id ?? '',
    forward: strategy.Id ?? '',
    back: strategy.Id ?? '',
  };
}
