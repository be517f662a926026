import {
  CreateHostedConfigurationVersionCommand,
  GetDeploymentCommand,
  GetHostedConfigurationVersionCommand,
  ListDeploymentsCommand,
  ListHostedConfigurationVersionsCommand,
  StartDeploymentCommand,
  StopDeploymentCommand,
  type AppConfigClient,
} from '@aws-sdk/client-appconfig';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeploymentInProgress } from '../../engine/errors.ts';
import { parseFlags, readShare, withReadShare, type FlagDocument } from '../../engine/flags.ts';

export interface FlagPlace {
  readonly application: string;
  readonly environment: string;
  readonly profile: string;
  readonly strategy: string;
}

const pollMs = 250;
const pollForMs = 60_000;
const underway = new Set(['DEPLOYING', 'VALIDATING', 'BAKING', 'ROLLING_BACK']);

/** The flag that decides which shape is read, as an AppConfig feature flag split by key. */
export class ReadFlag {
  constructor(
    private readonly client: AppConfigClient,
    private readonly place: FlagPlace,
  ) {}

  /**
   * Moves a migration's reads to `percent` of keys on the new shape and waits until it is deployed.
   * Two writers at once: AppConfig's version numbers decide, and the loser raises DeploymentInProgress to come again.
   * `urgent` stops whatever deployment is under way: a rollback does not queue.
   */
  async setShare(migration: string, percent: number, urgent: boolean): Promise<void> {
    try {
      await this.deploy(await this.store(migration, percent), urgent);
    } catch (error) {
      if (error instanceof Error && error.name === 'ConflictException')
        throw new DeploymentInProgress('another deployment of the read flags is under way');
      throw error;
    }
  }

  /** The share of reads that the newest flag sends to the new shape, in percent. */
  async share(migration: string): Promise<number> {
    return readShare((await this.current()).document, migration);
  }

  private async store(migration: string, percent: number): Promise<number> {
    const { latest, document } = await this.current();
    const created = await this.client.send(
      new CreateHostedConfigurationVersionCommand({
        ApplicationId: this.place.application,
        ConfigurationProfileId: this.place.profile,
        Content: new TextEncoder().encode(JSON.stringify(withReadShare(document, migration, percent))),
        ContentType: 'application/json',
        ...(latest === undefined ? {} : { LatestVersionNumber: latest }),
      }),
    );
    return created.VersionNumber ?? 0;
  }

  private async current(): Promise<{ readonly latest: number | undefined; readonly document: FlagDocument }> {
    const where = { ApplicationId: this.place.application, ConfigurationProfileId: this.place.profile };
    // Newest first.
    const { Items = [] } = await this.client.send(
      new ListHostedConfigurationVersionsCommand({ ...where, MaxResults: 1 }),
    );
    const latest = Items[0]?.VersionNumber;
    if (latest === undefined) return { latest, document: parseFlags(undefined) };
    const stored = await this.client.send(
      new GetHostedConfigurationVersionCommand({ ...where, VersionNumber: latest }),
    );
    return { latest, document: parseFlags(new TextDecoder().decode(stored.Content)) };
  }

  private async deploy(version: number, urgent: boolean): Promise<void> {
    const where = { ApplicationId: this.place.application, EnvironmentId: this.place.environment };
    if (urgent) await this.stopWhatIsUnderWay(where);
    const started = await this.client.send(
      new StartDeploymentCommand({
        ...where,
        ConfigurationProfileId: this.place.profile,
        ConfigurationVersion: String(version),
        DeploymentStrategyId: this.place.strategy,
      }),
    );
    for (let waitedMs = 0; waitedMs < pollForMs; waitedMs += pollMs) {
      const { State } = await this.client.send(
        new GetDeploymentCommand({ ...where, DeploymentNumber: started.DeploymentNumber }),
      );
      if (State === 'COMPLETE') return;
      if (State === 'ROLLED_BACK' || State === 'REVERTED')
        throw new DeploymentInProgress(
          `deployment ${started.DeploymentNumber} of the read flags was rolled back`,
        );
      await sleep(pollMs);
    }
    throw new DeploymentInProgress(
      `deployment ${started.DeploymentNumber} of the read flags is still under way`,
    );
  }

  private async stopWhatIsUnderWay(where: {
    readonly ApplicationId: string;
    readonly EnvironmentId: string;
  }) {
    const { Items = [] } = await this.client.send(new ListDeploymentsCommand({ ...where, MaxResults: 5 }));
    for (const { DeploymentNumber, State } of Items)
      if (State !== undefined && underway.has(State))
        await this.client.send(new StopDeploymentCommand({ ...where, DeploymentNumber }));
  }
}
