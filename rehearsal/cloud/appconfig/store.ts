import type { DeploymentRun } from './deployment-run.ts';
import { ResourceSet, type Resource } from './resource-set.ts';

export type Application = Resource & {
  readonly Description?: string | undefined;
  readonly environments: ResourceSet<Environment>;
  readonly profiles: ResourceSet<Profile>;
};

export type Environment = Resource & {
  readonly ApplicationId: string;
  readonly Description?: string | undefined;
  readonly Monitors: readonly { readonly AlarmArn: string; readonly AlarmRoleArn?: string | undefined }[];
  /** Oldest first; the deployment's number is its index plus one. */
  readonly deployments: DeploymentRun[];
};

export type ProfileType = 'AWS.AppConfig.FeatureFlags' | 'AWS.Freeform';

export type Profile = Resource & {
  readonly ApplicationId: string;
  readonly Description?: string | undefined;
  readonly LocationUri: string;
  readonly Type: ProfileType;
  /** Oldest first; the version's number is its index plus one. */
  readonly versions: HostedVersion[];
};

export type HostedVersion = {
  readonly VersionNumber: number;
  readonly Content: Uint8Array;
  readonly ContentType: string;
  readonly Description?: string | undefined;
  readonly VersionLabel?: string | undefined;
};

export type Strategy = Resource & {
  readonly Description?: string | undefined;
  readonly DeploymentDurationInMinutes: number;
  readonly GrowthType: 'LINEAR' | 'EXPONENTIAL';
  readonly GrowthFactor: number;
  readonly FinalBakeTimeInMinutes: number;
  readonly ReplicateTo: 'NONE';
};

export type Store = {
  readonly applications: ResourceSet<Application>;
  readonly strategies: ResourceSet<Strategy>;
};

export function emptyStore(): Store {
  const strategies = new ResourceSet<Strategy>('DeploymentStrategy');
  for (const strategy of predefined) strategies.add(strategy);
  return { applications: new ResourceSet('Application'), strategies };
}

/** The strategies that every account has; a rehearsal that hurries the clock can use them as they are. */
const predefined: readonly Strategy[] = [
  predefine('AppConfig.AllAtOnce', 0, 100, 'LINEAR', 10),
  predefine('AppConfig.Linear20PercentEvery6Minutes', 30, 20, 'LINEAR', 30),
  predefine('AppConfig.Canary10Percent20Minutes', 20, 10, 'EXPONENTIAL', 10),
  predefine('AppConfig.Linear50PercentEvery30Seconds', 1, 50, 'LINEAR', 1),
];

function predefine(
  name: string,
  minutes: number,
  growth: number,
  type: Strategy['GrowthType'],
  bake: number,
): Strategy {
  return {
    Id: name,
    Name: name,
    DeploymentDurationInMinutes: minutes,
    GrowthFactor: growth,
    GrowthType: type,
    FinalBakeTimeInMinutes: bake,
    ReplicateTo: 'NONE',
  };
}
