import { z } from 'zod';
import { badRequest, conflict, notFound } from './appconfig-error.ts';
import type { DeploymentPlan } from './deployment.ts';
import { DeploymentRun, type RunPorts } from './deployment-run.ts';
import { versionServed } from './exposure.ts';
import { versionOf } from './hosted-versions.ts';
import {
  bodyOf,
  descriptionField,
  header,
  json,
  page,
  tagsField,
  type Call,
  type Operation,
} from './operation.ts';
import type { Environment, Store } from './store.ts';

const revertibleMs = 72 * 3_600_000;

const startInput = z.strictObject({
  DeploymentStrategyId: z.string(),
  ConfigurationProfileId: z.string(),
  ConfigurationVersion: z.string().min(1).max(1024),
  Description: descriptionField,
  LatestDeploymentNumber: z.int().min(0).optional(),
  Tags: tagsField,
});

export function deploymentOperations(
  store: Store,
  ports: Omit<RunPorts, 'monitors'>,
): Readonly<Record<'start' | 'get' | 'list' | 'stop', Operation>> {
  return {
    start: (call) => {
      const environment = environmentOf(store, call);
      const plan = planOf(store, environment, bodyOf(startInput, call));
      const monitors = environment.Monitors.map((it) => it.AlarmArn);
      const before = versionServed(environment, plan.ConfigurationProfileId);
      const run = new DeploymentRun(plan, before, { ...ports, monitors });
      environment.deployments.push(run);
      return json(201, show(run));
    },
    get: (call) => json(200, show(deploymentOf(environmentOf(store, call), call))),
    list: (call) => {
      const newestFirst = environmentOf(store, call).deployments.toReversed();
      return page(call, newestFirst.map(summary));
    },
    stop: (call) => {
      const environment = environmentOf(store, call);
      const run = deploymentOf(environment, call);
      stop(environment, run, header(call, 'Allow-Revert') === 'true', ports.clock.now());
      return json(202, show(run));
    },
  };
}

function planOf(store: Store, environment: Environment, input: z.infer<typeof startInput>): DeploymentPlan {
  const { deployments } = environment;
  if (input.LatestDeploymentNumber !== undefined && input.LatestDeploymentNumber !== deployments.length)
    throw conflict(
      `The latest deployment number is ${deployments.length}, not ${input.LatestDeploymentNumber}`,
    );
  const running = deployments.find((it) => it.isRunning);
  if (running !== undefined)
    throw conflict(`Deployment ${running.plan.DeploymentNumber} in this environment is ${running.state}`);
  const profile = store.applications
    .get(environment.ApplicationId)
    .profiles.get(input.ConfigurationProfileId);
  const version = versionOf(profile, input.ConfigurationVersion);
  const strategy = store.strategies.get(input.DeploymentStrategyId);
  return {
    ApplicationId: environment.ApplicationId,
    EnvironmentId: environment.Id,
    DeploymentStrategyId: strategy.Id,
    ConfigurationProfileId: profile.Id,
    DeploymentNumber: deployments.length + 1,
    ConfigurationName: profile.Name,
    ConfigurationLocationUri: profile.LocationUri,
    ConfigurationVersion: String(version.VersionNumber),
    VersionLabel: version.VersionLabel,
    Description: input.Description,
    DeploymentDurationInMinutes: strategy.DeploymentDurationInMinutes,
    GrowthType: strategy.GrowthType,
    GrowthFactor: strategy.GrowthFactor,
    FinalBakeTimeInMinutes: strategy.FinalBakeTimeInMinutes,
  };
}

function stop(environment: Environment, run: DeploymentRun, allowRevert: boolean, now: number): void {
  if (run.state === 'DEPLOYING' || run.state === 'BAKING')
    return run.rollBack('USER', 'Deployment stopped by the user');
  if (run.state !== 'COMPLETE') throw badRequest(`Deployment is ${run.state} and cannot be stopped`);
  if (!allowRevert) throw badRequest('Deployment is COMPLETE: only AllowRevert can take it back');
  if (run !== environment.deployments.at(-1))
    throw badRequest('Only the latest deployment of an environment can be reverted');
  if (now - (run.completedAt ?? now) > revertibleMs)
    throw badRequest('Deployment completed more than 72 hours ago and cannot be reverted');
  run.revert();
}

function environmentOf(store: Store, call: Call): Environment {
  return store.applications.get(call.param('ApplicationId')).environments.get(call.param('EnvironmentId'));
}

function deploymentOf({ deployments }: Environment, call: Call): DeploymentRun {
  const number = call.param('DeploymentNumber');
  const found = deployments.find((it) => String(it.plan.DeploymentNumber) === number);
  if (found === undefined) throw notFound('Deployment', number);
  return found;
}

function progress(run: DeploymentRun): Record<string, unknown> {
  return {
    State: run.state,
    PercentageComplete: run.percentage,
    StartedAt: new Date(run.startedAt).toISOString(),
    CompletedAt: run.completedAt === undefined ? undefined : new Date(run.completedAt).toISOString(),
  };
}

function show(run: DeploymentRun): Record<string, unknown> {
  return { ...run.plan, ...progress(run), EventLog: run.events, AppliedExtensions: [] };
}

function summary(run: DeploymentRun): Record<string, unknown> {
  const { DeploymentNumber, ConfigurationName, ConfigurationVersion, ConfigurationProfileId, VersionLabel } =
    run.plan;
  const { DeploymentDurationInMinutes, GrowthType, GrowthFactor, FinalBakeTimeInMinutes } = run.plan;
  return {
    DeploymentNumber,
    ConfigurationProfileId,
    ConfigurationName,
    ConfigurationVersion,
    VersionLabel,
    DeploymentDurationInMinutes,
    GrowthType,
    GrowthFactor,
    FinalBakeTimeInMinutes,
    Type: 'USER',
    ...progress(run),
  };
}
