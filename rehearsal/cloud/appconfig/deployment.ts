/** Deployment states that a deployment leaves by itself; one of them per environment at a time. */
export type RunningState = 'DEPLOYING' | 'BAKING' | 'ROLLING_BACK';
export type DeploymentState = RunningState | 'COMPLETE' | 'ROLLED_BACK' | 'REVERTED';

export type TriggeredBy = 'USER' | 'APPCONFIG' | 'CLOUDWATCH_ALARM' | 'INTERNAL_ERROR';

export type DeploymentEvent = {
  readonly EventType:
    | 'DEPLOYMENT_STARTED'
    | 'PERCENTAGE_UPDATED'
    | 'BAKE_TIME_STARTED'
    | 'DEPLOYMENT_COMPLETED'
    | 'ROLLBACK_STARTED'
    | 'ROLLBACK_COMPLETED'
    | 'REVERT_COMPLETED';
  readonly TriggeredBy: TriggeredBy;
  readonly Description: string;
  readonly OccurredAt: string;
};

/** What does not change while a deployment runs, in the words of the API. */
export type DeploymentPlan = {
  readonly ApplicationId: string;
  readonly EnvironmentId: string;
  readonly DeploymentStrategyId: string;
  readonly ConfigurationProfileId: string;
  readonly DeploymentNumber: number;
  readonly ConfigurationName: string;
  readonly ConfigurationLocationUri: string;
  readonly ConfigurationVersion: string;
  readonly VersionLabel: string | undefined;
  readonly Description: string | undefined;
  readonly DeploymentDurationInMinutes: number;
  readonly GrowthType: 'LINEAR' | 'EXPONENTIAL';
  readonly GrowthFactor: number;
  readonly FinalBakeTimeInMinutes: number;
};

/** Seen from the clients: who should get which version now. */
export type Exposure = {
  readonly deploymentNumber: number;
  /** What everybody had before; undefined when nothing was deployed. */
  readonly previousVersion: string | undefined;
  readonly version: string;
  /** 0 to 100; 0 as soon as a rollback begins. */
  readonly percentage: number;
};
