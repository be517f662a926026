import {
  CreateHostedConfigurationVersionCommand,
  GetDeploymentCommand,
  GetHostedConfigurationVersionCommand,
  ListDeploymentsCommand,
  ListHostedConfigurationVersionsCommand,
  StartDeploymentCommand,
  StopDeploymentCommand,
  UpdateEnvironmentCommand,
  type AppConfigClient,
  type Monitor,
} from '@aws-sdk/client-appconfig';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeploymentInProgress } from '../../engine/errors.ts';
import { parseFlags, readShare, withReadShare, type FlagDocument } from '../../engine/flags.ts';

export interface FlagPlace {
  readonly application: string;
  readonly environment: string;
  readonly profile: string;
  /** The deployment strategies: the way forward has a bake time under the alarm, the way back has none. */
  readonly forward: string;
  readonly back: string;
  /** The alarm that rolls a deployment back which goes forward. */
  readonly monitor: Monitor;
}

const pollMs = 250;
const pollForMs = 60_000;
const stoppable = new Set(['DEPLOYING', 'VALIDATING', 'BAKING']);
// Baking, it has reached every reader; what is left is AppConfig's own watch over it.
const deployed = new Set(['BAKING', 'COMPLETE']);
const ended = new Set(['COMPLETE', 'ROLLED_BACK', 'REVERTED']);

/** The flag that decides which shape is read, as an AppConfig feature flag split by key. */
export class ReadFlag {
  constructor(
    private readonly client: AppConfigClient,
    private readonly place: FlagPlace,
  ) {}

  /**
   * Moves a migration's reads to `percent` of keys on the new shape and waits until every reader has it. AppConfig takes
   * it back by itself if the alarm goes on meanwhile or right after.
   * Two writers at once: AppConfig's version numbers decide, and the loser raises DeploymentInProgress to come again.
   */
  async moveForward(migration: string, percent: number): Promise<void> {
    await comeAgainOnConflict(async () => {
      const version = await this.store(migration, percent);
      await this.watchedBy([this.place.monitor]);
      await this.deploy(version, this.place.forward);
    });
  }

  /**
   * Sends all reads of a migration to the old shape, now: stops whatever deployment is under way and takes the alarm off
   * the environment first, or AppConfig, seeing that alarm on, would roll the way back itself back.
   */
  async switchBack(migration: string): Promise<void> {
    await comeAgainOnConflict(async () => {
      const version = await this.store(migration, 0);
      await this.stopWhatIsUnderWay();
      await this.watchedBy([]);
      await this.deploy(version, this.place.back);
    });
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

  private async watchedBy(monitors: Monitor[]): Promise<void> {
    await this.client.send(new UpdateEnvironmentCommand({ ...this.where(), Monitors: monitors }));
  }

  private async deploy(version: number, strategy: string): Promise<void> {
    const { DeploymentNumber } = await this.client.send(
      new StartDeploymentCommand({
        ...this.where(),
        ConfigurationProfileId: this.place.profile,
        ConfigurationVersion: String(version),
        DeploymentStrategyId: strategy,
      }),
    );
    const state = await this.settled(DeploymentNumber, deployed);
    if (!deployed.has(state))
      throw new DeploymentInProgress(`deployment ${DeploymentNumber} of the read flags is ${state}`);
  }

  private async stopWhatIsUnderWay(): Promise<void> {
    const { Items = [] } = await this.client.send(
      new ListDeploymentsCommand({ ...this.where(), MaxResults: 5 }),
    );
    for (const { DeploymentNumber, State = '' } of Items) {
      if (!stoppable.has(State)) continue;
      await this.client.send(new StopDeploymentCommand({ ...this.where(), DeploymentNumber }));
      await this.settled(DeploymentNumber, ended);
    }
  }

  /** The state of a deployment once it is one of these or has ended otherwise, or where it is after a minute. */
  private async settled(DeploymentNumber: number | undefined, hoped: ReadonlySet<string>): Promise<string> {
    for (let waitedMs = 0; ; waitedMs += pollMs) {
      const { State = '' } = await this.client.send(
        new GetDeploymentCommand({ ...this.where(), DeploymentNumber }),
      );
      if (hoped.has(State) || ended.has(State) || waitedMs >= pollForMs) return State;
      await sleep(pollMs);
    }
  }

  private where(): { readonly ApplicationId: string; readonly EnvironmentId: string } {
    return { ApplicationId: this.place.application, EnvironmentId: this.place.environment };
  }
}

async function comeAgainOnConflict(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Error && error.name === 'ConflictException')
      throw new DeploymentInProgress('another deployment of the read flags is under way');
    throw error;
  }
}
