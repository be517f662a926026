import {
  AppConfigClient,
  CreateApplicationCommand,
  CreateConfigurationProfileCommand,
  CreateDeploymentStrategyCommand,
  CreateEnvironmentCommand,
  CreateHostedConfigurationVersionCommand,
  GetDeploymentCommand,
  StartDeploymentCommand,
  type Deployment,
  type GetDeploymentCommandOutput,
} from '@aws-sdk/client-appconfig';
import { onTestFinished } from 'vitest';
import { startAppConfig, type AppConfigOptions } from '../../../../rehearsal/cloud/appconfig/appconfig.ts';
import { sdkOptions } from '../sdk-options.ts';

export type Scene = {
  readonly endpoint: string;
  readonly client: AppConfigClient;
  readonly place: { readonly ApplicationId: string; readonly EnvironmentId: string };
  readonly profile: { readonly ApplicationId: string; readonly ConfigurationProfileId: string };
  /** Stores a freeform or flag document as the next version; returns its number. */
  readonly store: (document: unknown, latest?: number) => Promise<number>;
  /** A strategy of so many minutes. */
  readonly strategy: (duration: number, bake: number, growth?: number) => Promise<string>;
  readonly deploy: (version: number, strategyId: string, latest?: number) => Promise<Deployment>;
  readonly deployment: (number: number) => Promise<GetDeploymentCommandOutput>;
};

/** An application `shop`, environment `live` and profile `switches` in a fresh AppConfig, by the unmodified SDK. */
export async function scene(
  options: AppConfigOptions & { readonly type?: string; readonly alarms?: readonly string[] } = {},
): Promise<Scene> {
  const appConfig = await startAppConfig(options);
  const client = new AppConfigClient(sdkOptions(appConfig.endpoint));
  onTestFinished(async () => {
    client.destroy();
    await appConfig.close();
  });
  const application = await client.send(new CreateApplicationCommand({ Name: 'shop' }));
  const ApplicationId = idOf(application);
  const Monitors = options.alarms?.map((AlarmArn) => ({ AlarmArn }));
  const environment = await client.send(
    new CreateEnvironmentCommand({ ApplicationId, Name: 'live', Monitors }),
  );
  const profile = await client.send(
    new CreateConfigurationProfileCommand({
      ApplicationId,
      Name: 'switches',
      LocationUri: 'hosted',
      Type: options.type ?? 'AWS.Freeform',
    }),
  );
  const place = { ApplicationId, EnvironmentId: idOf(environment) };
  const where = { ApplicationId, ConfigurationProfileId: idOf(profile) };
  return {
    endpoint: appConfig.endpoint,
    client,
    place,
    profile: where,
    store: async (document, latest) => {
      const made = await client.send(
        new CreateHostedConfigurationVersionCommand({
          ...where,
          Content: Buffer.from(JSON.stringify(document)),
          ContentType: 'application/json',
          LatestVersionNumber: latest,
        }),
      );
      return made.VersionNumber ?? 0;
    },
    strategy: async (duration, bake, growth = 100) =>
      idOf(
        await client.send(
          new CreateDeploymentStrategyCommand({
            Name: 'tested',
            DeploymentDurationInMinutes: duration,
            FinalBakeTimeInMinutes: bake,
            GrowthFactor: growth,
          }),
        ),
      ),
    deploy: (version, DeploymentStrategyId, latest) =>
      client.send(
        new StartDeploymentCommand({
          ...place,
          ConfigurationProfileId: where.ConfigurationProfileId,
          ConfigurationVersion: String(version),
          DeploymentStrategyId,
          LatestDeploymentNumber: latest,
        }),
      ),
    deployment: (DeploymentNumber) => client.send(new GetDeploymentCommand({ ...place, DeploymentNumber })),
  };
}

function idOf({ Id }: { readonly Id?: string | undefined }): string {
  if (Id === undefined) throw new Error('The resource has no Id');
  return Id;
}
