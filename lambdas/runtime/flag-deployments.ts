import {
  GetDeploymentCommand,
  ListDeploymentsCommand,
  StartDeploymentCommand,
  StopDeploymentCommand,
  UpdateEnvironmentCommand,
  type AppConfigClient,
  type DeploymentSummary,
  type ListDeploymentsCommandOutput,
  type Monitor,
} from '@aws-sdk/client-appconfig';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeploymentInProgress } from '../../engine/database/errors.ts';
import type { FlagPlace } from './flag-place.ts';

const pollMs = 250;
const pollForMs = 60_000;
const stoppable = new Set(['DEPLOYING', 'VALIDATING', 'BAKING']);
const takenBack = new Set(['ROLLING_BACK', 'ROLLED_BACK', 'REVERTED']);
const over = new Set(['COMPLETE', 'ROLLED_BACK', 'REVERTED']);
// Baking, it has reached every reader; what is left is AppConfig's own watch over it.
const reached = new Set(['BAKING', ...over]);

/** A deployment of a version of the flags. */
interface Deployed {
  readonly number: number;
  readonly version: number;
  readonly hasReached: boolean;
}

/** The deployments of a target's flags to its environment. */
export class FlagDeployments {
  constructor(
    private readonly client: AppConfigClient,
    private readonly place: Pick<FlagPlace, 'application' | 'environment' | 'profile'>,
  ) {}

  /** The deployment that an earlier call began for this version and whose end nobody has seen. */
  async underWay(version: number): Promise<number | undefined> {
    const newest = await this.newest();
    return newest !== undefined &&
      this.isOurs(newest) &&
      newest.ConfigurationVersion === String(version) &&
      stoppable.has(newest.State ?? '')
      ? newest.DeploymentNumber
      : undefined;
  }

  /** Whether of all that was deployed or is being deployed, and was not rolled back, this version came last. */
  async isNewest(version: number): Promise<boolean> {
    const { value: last } = await this.standing().next();
    return last?.version === version;
  }

  /** What was deployed or is being deployed, and was not rolled back, newest first. `hasReached`: every reader has it, or a newer one. */
  async *standing(): AsyncGenerator<Deployed, undefined> {
    for await (const each of this.listed()) {
      const { State = '', DeploymentNumber = 0, ConfigurationVersion } = each;
      if (this.isOurs(each) && !takenBack.has(State))
        yield {
          number: DeploymentNumber,
          version: Number(ConfigurationVersion),
          hasReached: reached.has(State),
        };
    }
    return undefined;
  }

  /** Has these alarms watch the deployments to come. Gives those that the environment says it has then; undefined where it does not say. */
  async watchedBy(monitors: Monitor[]): Promise<readonly string[] | undefined> {
    const update = new UpdateEnvironmentCommand({ ...this.environment(), Monitors: monitors });
    const { Monitors } = await this.client.send(update);
    return Monitors?.flatMap(({ AlarmArn = [] }) => AlarmArn);
  }

  async start(version: number, strategy: string): Promise<number> {
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
  async stopWhatIsUnderWay(): Promise<void> {
    const newest = await this.newest();
    if (newest === undefined) return;
    const { DeploymentNumber = 0, State = '' } = newest;
    if (over.has(State)) return;
    if (stoppable.has(State)) await this.stop(DeploymentNumber);
    await this.seen(DeploymentNumber, over);
  }

  /** Waits until a deployment has reached every reader; `why` is what is known of one that was rolled back. */
  async reach(DeploymentNumber: number, why = ''): Promise<void> {
    const state = await this.seen(DeploymentNumber, reached);
    if (state === 'ROLLED_BACK' || state === 'REVERTED')
      throw new DeploymentInProgress(
        `deployment ${DeploymentNumber} of the read flags was rolled back${why}`,
      );
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

  private isOurs({ ConfigurationProfileId }: DeploymentSummary): boolean {
    return ConfigurationProfileId === this.place.profile;
  }

  /** Of the environment, in which one at a time is under way: this one, where any is. */
  private async newest(): Promise<DeploymentSummary | undefined> {
    return (await this.listed().next()).value;
  }

  /** Of the environment, by descending number, as AppConfig lists them; each page is read when somebody wants more. */
  private async *listed(): AsyncGenerator<DeploymentSummary, undefined> {
    let next: string | undefined;
    do {
      const page: ListDeploymentsCommandOutput = await this.client.send(
        new ListDeploymentsCommand({
          ...this.environment(),
          MaxResults: 20,
          ...(next === undefined ? {} : { NextToken: next }),
        }),
      );
      yield* page.Items ?? [];
      next = page.NextToken;
    } while (next !== undefined);
    return undefined;
  }

  private environment(): { readonly ApplicationId: string; readonly EnvironmentId: string } {
    return { ApplicationId: this.place.application, EnvironmentId: this.place.environment };
  }
}
