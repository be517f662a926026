import {
  CreateHostedConfigurationVersionCommand,
  GetDeploymentCommand,
  GetHostedConfigurationVersionCommand,
  ListDeploymentsCommand,
  ListHostedConfigurationVersionsCommand,
  StartDeploymentCommand,
  StopDeploymentCommand,
  type AppConfigClient,
  type DeploymentSummary,
} from '@aws-sdk/client-appconfig';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeploymentInProgress } from '../../engine/errors.ts';
import {
  parseFlags,
  readShare,
  saysReadShare,
  withReadShare,
  type FlagDocument,
} from '../../engine/flags.ts';
import { heard } from './aws-errors.ts';

export interface FlagPlace {
  readonly application: string;
  readonly environment: string;
  readonly profile: string;
  readonly strategy: string;
}

const pollMs = 250;
const pollForMs = 60_000;
const stoppable = new Set(['DEPLOYING', 'VALIDATING', 'BAKING']);
const over = new Set(['COMPLETE', 'ROLLED_BACK', 'REVERTED']);

/** The flag that decides which shape is read, as an AppConfig feature flag split by key. */
export class ReadFlag {
  constructor(
    private readonly client: AppConfigClient,
    private readonly place: FlagPlace,
  ) {}

  /**
   * Moves a migration's reads to `percent` of keys on the new shape and waits until it is deployed.
   * Two writers at once: AppConfig's version numbers decide, and the loser raises DeploymentInProgress to come again.
   * Asked again, it goes on with what is stored, and with its deployment where that is under way.
   * `urgent` stops whatever other deployment is under way: a rollback does not queue.
   * Raises DeploymentInProgress, TransientAwsError.
   */
  async setShare(migration: string, percent: number, urgent: boolean): Promise<void> {
    try {
      await heard(this.move(migration, percent, urgent));
    } catch (error) {
      if (error instanceof Error && error.name === 'ConflictException')
        throw new DeploymentInProgress('another deployment of the read flags is under way');
      throw error;
    }
  }

  /** The share of reads that the newest flag sends to the new shape, in percent. Raises TransientAwsError. */
  async share(migration: string): Promise<number> {
    return readShare((await heard(this.current())).document, migration);
  }

  private async move(migration: string, percent: number, urgent: boolean): Promise<void> {
    const { latest, document } = await this.current();
    const stored = latest !== undefined && saysReadShare(document, migration, percent);
    const version = stored ? latest : await this.store(latest, withReadShare(document, migration, percent));
    const started = (await this.underWay(version)) ?? (await this.start(version, urgent));
    const state = await this.ended(started);
    if (state !== 'COMPLETE')
      throw new DeploymentInProgress(`deployment ${started} of the read flags was rolled back`);
  }

  private async store(latest: number | undefined, document: FlagDocument): Promise<number> {
    const created = await this.client.send(
      new CreateHostedConfigurationVersionCommand({
        ApplicationId: this.place.application,
        ConfigurationProfileId: this.place.profile,
        Content: new TextEncoder().encode(JSON.stringify(document)),
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

  /** The deployment that an earlier call began for this version and whose end nobody has seen. */
  private async underWay(version: number): Promise<number | undefined> {
    const found = (await this.newest()).find(
      ({ ConfigurationProfileId, ConfigurationVersion, State = '' }) =>
        ConfigurationProfileId === this.place.profile &&
        ConfigurationVersion === String(version) &&
        stoppable.has(State),
    );
    return found?.DeploymentNumber;
  }

  private async start(version: number, urgent: boolean): Promise<number> {
    if (urgent) await this.stopWhatIsUnderWay();
    const { DeploymentNumber = 0 } = await this.client.send(
      new StartDeploymentCommand({
        ...this.environment(),
        ConfigurationProfileId: this.place.profile,
        ConfigurationVersion: String(version),
        DeploymentStrategyId: this.place.strategy,
      }),
    );
    return DeploymentNumber;
  }

  /** One that rolls back cannot be stopped, only waited for; so can one that ended while it was being stopped. */
  private async stopWhatIsUnderWay(): Promise<void> {
    for (const { DeploymentNumber = 0, State = '' } of await this.newest()) {
      if (over.has(State)) continue;
      if (stoppable.has(State)) await this.stop(DeploymentNumber);
      await this.ended(DeploymentNumber);
    }
  }

  private async stop(DeploymentNumber: number): Promise<void> {
    try {
      await this.client.send(new StopDeploymentCommand({ ...this.environment(), DeploymentNumber }));
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'BadRequestException') throw error;
    }
  }

  /** The state in which a deployment ended. Raises DeploymentInProgress when it takes longer than a minute. */
  private async ended(DeploymentNumber: number): Promise<string> {
    for (let waitedMs = 0; waitedMs < pollForMs; waitedMs += pollMs) {
      const { State = '' } = await this.client.send(
        new GetDeploymentCommand({ ...this.environment(), DeploymentNumber }),
      );
      if (over.has(State)) return State;
      await sleep(pollMs);
    }
    throw new DeploymentInProgress(`deployment ${DeploymentNumber} of the read flags is still under way`);
  }

  // One at a time is under way in an environment, and it is among the newest.
  private async newest(): Promise<readonly DeploymentSummary[]> {
    const { Items = [] } = await this.client.send(
      new ListDeploymentsCommand({ ...this.environment(), MaxResults: 5 }),
    );
    return Items;
  }

  private environment(): { readonly ApplicationId: string; readonly EnvironmentId: string } {
    return { ApplicationId: this.place.application, EnvironmentId: this.place.environment };
  }
}
