import {
  AppConfigClient,
  CreateApplicationCommand,
  CreateConfigurationProfileCommand,
  CreateDeploymentStrategyCommand,
  CreateEnvironmentCommand,
} from '@aws-sdk/client-appconfig';
import type { AwsPlace } from '../cloud/aws-place.ts';
import { guardrailAlarmArnOf } from './guardrail-alarms.ts';

export interface ReadFlagPlace {
  readonly application: string;
  readonly forward: string;
  readonly back: string;
  /** By target, where its flags are. */
  readonly targets: ReadonlyMap<string, TargetFlagPlace>;
}

export interface TargetFlagPlace {
  readonly environment: string;
  readonly profile: string;
}

/** The AppConfig resources that a deployment has: no flag in them yet. */
export async function createReadFlags(place: AwsPlace, targets: readonly string[]): Promise<ReadFlagPlace> {
  const client = new AppConfigClient(place);
  const { Id: application = '' } = await client.send(new CreateApplicationCommand({ Name: 'underpin' }));
  const places = new Map<string, TargetFlagPlace>();
  for (const target of targets) places.set(target, await createTargetFlags(client, application, target));
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
    application,
    forward: strategy.Id ?? '',
    back: strategy.Id ?? '',
    targets: places,
  };
}

/** AppConfig deploys one thing at a time in an environment: each target has its own. */
async function createTargetFlags(
  client: AppConfigClient,
  ApplicationId: string,
  target: string,
): Promise<TargetFlagPlace> {
  const environment = await client.send(
    new CreateEnvironmentCommand({
      ApplicationId,
      Name: target,
      Monitors: [{ AlarmArn: guardrailAlarmArnOf(target) }],
    }),
  );
  const profile = await client.send(
    new CreateConfigurationProfileCommand({
      ApplicationId,
      Name: target,
      LocationUri: 'hosted',
      Type: 'AWS.AppConfig.FeatureFlags',
    }),
  );
  return { environment: environment.Id ?? '', profile: profile.Id ?? '' };
}

export function placeOfFlags({ targets }: ReadFlagPlace, target: string): TargetFlagPlace {
  const place = targets.get(target);
  if (place === undefined) throw new Error(`the local cloud has no target ${target}`);
  return place;
}
