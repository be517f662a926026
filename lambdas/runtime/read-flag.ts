import {
  AppConfigClient,
  CreateHostedConfigurationVersionCommand,
  GetDeploymentCommand,
  GetHostedConfigurationVersionCommand,
  ListDeploymentsCommand,
  ListHostedConfigurationVersionsCommand,
  StartDeploymentCommand,
  StopDeploymentCommand,
  UpdateEnvironmentCommand,
  type DeploymentSummary,
  type ListHostedConfigurationVersionsCommandInput,
  type ListHostedConfigurationVersionsCommandOutput,
  type Monitor,
} from '@aws-sdk/client-appconfig';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeploymentInProgress } from '../../engine/database/errors.ts';
import {
  parseFlags,
  readShare,
  readShareIfThere,
  saysReadShare,
  withReadShare,
  type FlagDocument,
  type ReadShare,
} from '../../engine/reads/flags.ts';
import { flagKeyOf } from '../../engine/words/target.ts';
import { callAws } from './aws-errors.ts';
import { environment } from './environment.ts';
import { tracedClient } from './observed.ts';
import { once } from './once.ts';
import { perTarget } from './targets.ts';

export interface FlagPlace {
  /** The target whose flags these are. */
  readonly target: string;
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
const over = new Set(['COMPLETE', 'ROLLED_BACK', 'REVERTED']);
// Baking, it has reached every reader; what is left is AppConfig's own watch over it.
const reached = new Set(['BAKING', ...over]);

/** The flag that decides which shape is read, as an AppConfig feature flag split by key. */
export class ReadFlag {
  constructor(
    private readonly client: AppConfigClient,
    private readonly place: FlagPlace,
  ) {}

  /**
   * Moves a migration's reads to `percent` of keys on the new shape, `compare` of them asking both, and waits until every reader has it. AppConfig takes
   * it back by itself if the alarm goes on meanwhile or right after.
   * Two writers at once: AppConfig's version numbers decide, and the loser raises DeploymentInProgress, which is retried.
   * Asked again, it goes on with what is stored, and with its deployment where that is under way.
   * Raises DeploymentInProgress, TransientAwsError.
   */
  async moveForward(migration: string, share: ReadShare): Promise<void> {
    await moving(async () => {
      const version = await this.stored(migration, share);
      const underWay = await this.underWay(version);
      if (underWay === undefined) await this.watchedBy([this.place.monitor]);
      await this.reach(underWay ?? (await this.start(version, this.place.forward)));
    });
  }

  /**
   * Sends all reads of a migration to the old shape, now: stops whatever deployment is under way and takes the alarm off
   * the environment first, or AppConfig, seeing that alarm on, would roll the way back itself back.
   * Raises DeploymentInProgress, TransientAwsError.
   */
  async switchBack(migration: string): Promise<void> {
    await moving(async () => {
      const version = await this.stored(migration, { percent: 0 });
      await this.stopWhatIsUnderWay();
      await this.watchedBy([]);
      await this.reach(await this.start(version, this.place.back));
    });
  }

  /** The share of reads that the newest flag sends to the new shape, in percent. Raises TransientAwsError. */
  async share(migration: string): Promise<number> {
    return readShare((await callAws(this.current())).document, this.keyOf(migration));
  }

  /** As `share`, but null where there is no flag of the migration. Raises TransientAwsError. */
  async shareIfThere(migration: string): Promise<number | null> {
    return readShareIfThere((await callAws(this.current())).document, this.keyOf(migration));
  }

  private keyOf(migration: string): string {
    return flagKeyOf({ migration, target: this.place.target });
  }

  /** The newest version, which says so already or is made to. */
  private async stored(migration: string, share: ReadShare): Promise<number> {
    const { latest, document } = await this.current();
    const key = this.keyOf(migration);
    const says = latest !== undefined && saysReadShare(document, key, share);
    return says ? latest : this.store(latest, withReadShare(document, key, share));
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
    const latest = await this.newestVersion(where);
    if (latest === undefined) return { latest, document: parseFlags(undefined) };
    const stored = await this.client.send(
      new GetHostedConfigurationVersionCommand({ ...where, VersionNumber: latest }),
    );
    return { latest, document: parseFlags(new TextDecoder().decode(stored.Content)) };
  }

  /** AppConfig promises no order of its list. */
  private async newestVersion(
    where: Pick<ListHostedConfigurationVersionsCommandInput, 'ApplicationId' | 'ConfigurationProfileId'>,
  ): Promise<number | undefined> {
    let newest: number | undefined;
    let next: string | undefined;
    do {
      const page: ListHostedConfigurationVersionsCommandOutput = await this.client.send(
        new ListHostedConfigurationVersionsCommand({
          ...where,
          MaxResults: 50,
          ...(next === undefined ? {} : { NextToken: next }),
        }),
      );
      for (const { VersionNumber: number = 0 } of page.Items ?? []) newest = Math.max(newest ?? 0, number);
      next = page.NextToken;
    } while (next !== undefined);
    return newest;
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

  private async watchedBy(monitors: Monitor[]): Promise<void> {
    await this.client.send(new UpdateEnvironmentCommand({ ...this.environment(), Monitors: monitors }));
  }

  private async start(version: number, strategy: string): Promise<number> {
    const { DeploymentNumber = 0 } = await this.client.send(
      new StartDeploymentCommand({
        ...this.environment(),
        ConfigurationProfileId: this.place.profile,
        ConfigurationVersion: String(version),
        DeploymentStrategyId: strategy,
      }),
    );
    return DeploymentNumber;
  }

  /** One that rolls back cannot be stopped, only waited for; so can one that ended while it was being stopped. */
  private async stopWhatIsUnderWay(): Promise<void> {
    for (const { DeploymentNumber = 0, State = '' } of await this.newest()) {
      if (over.has(State)) continue;
      if (stoppable.has(State)) await this.stop(DeploymentNumber);
      await this.seen(DeploymentNumber, over);
    }
  }

  /** Waits until a deployment has reached every reader. */
  private async reach(DeploymentNumber: number): Promise<void> {
    const state = await this.seen(DeploymentNumber, reached);
    if (state === 'ROLLED_BACK' || state === 'REVERTED')
      throw new DeploymentInProgress(`deployment ${DeploymentNumber} of the read flags was rolled back`);
  }

  private async stop(DeploymentNumber: number): Promise<void> {
    try {
      await this.client.send(new StopDeploymentCommand({ ...this.environment(), DeploymentNumber }));
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'BadRequestException') throw error;
    }
  }

  /** The first of these states in which a deployment is seen. Raises DeploymentInProgress after a minute. */
  private async seen(DeploymentNumber: number, states: ReadonlySet<string>): Promise<string> {
    for (let waitedMs = 0; waitedMs < pollForMs; waitedMs += pollMs) {
      const { State = '' } = await this.client.send(
        new GetDeploymentCommand({ ...this.environment(), DeploymentNumber }),
      );
      if (states.has(State)) return State;
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

async function moving(work: () => Promise<void>): Promise<void> {
  try {
    await callAws(work());
  } catch (error) {
    if (error instanceof Error && error.name === 'ConflictException')
      throw new DeploymentInProgress('another deployment of the read flags is under way');
    throw error;
  }
}

const client = once(() => tracedClient(new AppConfigClient()));

export const readFlag = perTarget((target) => {
  const found = environment();
  return new ReadFlag(client(), {
    target: target.name,
    application: found.UNDERPIN_APPCONFIG_APPLICATION,
    environment: target.environment,
    profile: target.profile,
    forward: found.UNDERPIN_APPCONFIG_FORWARD,
    back: found.UNDERPIN_APPCONFIG_BACK,
    monitor: {
      AlarmArn: target.guardrailsArn,
      AlarmRoleArn: found.UNDERPIN_APPCONFIG_MONITOR_ROLE,
    },
  });
});
