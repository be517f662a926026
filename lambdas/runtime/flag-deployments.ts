import {
  GetDeploymentCommand,
  ListDeploymentsCommand,
  StartDeploymentCommand,
  StopDeploymentCommand,
  UpdateEnvironmentCommand,
  type AppConfigClient,
  type DeploymentSummary,
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

/** The deployments of a target's flags to its environment. */
export class FlagDeployments {
  constructor(
    private readonly client: AppConfigClient,
    private readonly place: Pick<FlagPlace, 'application' | 'environment' | 'profile'>,
  ) {}

  /** The deployment that an earlier call began for this version and whose end nobody has seen. */
  async underWay(version: number): Promise<number | undefined> {
    const found = (await this.newestOfProfile()).find(
      ({ ConfigurationVersion, State = '' }) =>
        ConfigurationVersion === String(version) && stoppable.has(State),
    );
    return found?.DeploymentNumber;
  }

  /** Whether of all that was deployed or is being deployed, and was not rolled back, this version came last. */
  async isNewest(version: number): Promise<boolean> {
    const [last] = (await this.newestOfProfile())
      .filter(({ State = '' }) => !takenBack.has(State))
      .toSorted((a, b) => (b.DeploymentNumber ?? 0) - (a.DeploymentNumber ?? 0));
    return last?.ConfigurationVersion === String(version);
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
    for (const { DeploymentNumber = 0, State = '' } of await this.newest()) {
      if (over.has(State)) continue;
      if (stoppable.has(State)) await this.stop(DeploymentNumber);
      await this.seen(DeploymentNumber, over);
    }
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

  private async newestOfProfile(): Promise<readonly DeploymentSummary[]> {
    return (await this.newest()).filter(
      ({ ConfigurationProfileId }) => ConfigurationProfileId === this.place.profile,
    );
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
