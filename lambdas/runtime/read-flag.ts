import { AppConfigClient } from '@aws-sdk/client-appconfig';
import { DeploymentInProgress } from '../../engine/database/errors.ts';
import {
  readShare,
  readShareIfThere,
  saysReadShare,
  withReadShare,
  writesSaid,
  type ReadShare,
  type SaidOfWrites,
} from '../../engine/reads/flags.ts';
import type { Truth } from '../../engine/plan/walk.ts';
import { flagKeyOf } from '../../engine/words/target.ts';
import { callAws } from './aws-errors.ts';
import { environment } from './environment.ts';
import { FlagDeployments } from './flag-deployments.ts';
import { FlagDocuments } from './flag-documents.ts';
import type { FlagPlace } from './flag-place.ts';
import { tracedClient } from './observed.ts';
import { once } from './once.ts';
import { perTarget } from './targets.ts';

/** The flag that decides which shape is read, as an AppConfig feature flag split by key. */
export class ReadFlag {
  private readonly documents: FlagDocuments;
  private readonly deployments: FlagDeployments;

  constructor(
    client: AppConfigClient,
    private readonly place: FlagPlace,
  ) {
    this.documents = new FlagDocuments(client, place);
    this.deployments = new FlagDeployments(client, place);
  }

  /**
   * Moves a migration's reads to `percent` of keys on the new shape, `compare` of them asking both, and waits until every
   * reader has it. AppConfig takes it back by itself if the alarm goes on meanwhile or right after.
   * Two writers at once: AppConfig's version numbers decide, and the loser raises DeploymentInProgress, which is retried.
   * Asked again, it goes on with what is stored, and with its deployment where that is under way.
   * `mayStill` is asked when the newest flag has been read, and once more right before the deployment: a copy of the caller
   * that runs on behind a way back must not move anything. What it raises is raised. Gives the number of the deployment.
   * Raises DeploymentInProgress, TransientAwsError.
   */
  async moveForward(migration: string, share: ReadShare, mayStill: () => Promise<unknown>): Promise<number> {
    return moving(async () => {
      const version = await this.stored(migration, () => share, mayStill);
      const underWay = await this.deployments.underWay(version);
      if (underWay === undefined) await this.underTheAlarm();
      await mayStill();
      const deployment = underWay ?? (await this.deployments.start(version, this.place.forward));
      await this.deployments.reach(deployment);
      return deployment;
    });
  }

  /**
   * Sends all reads of a migration to the old shape, now: stops whatever deployment is under way and takes the alarm off
   * the environment first, or AppConfig, seeing that alarm on, would roll the way back itself back.
   * `truth`: of the writes of an application that writes both sides, as far as the way back has settled it: writers that were told
   * anything of it, or have to know, stay strict. null: the flag's own word has to do. Left out: the old side is the truth, and no
   * more is said of writes.
   * Raises DeploymentInProgress, TransientAwsError.
   */
  async switchBack(migration: string, truth?: Truth | null): Promise<void> {
    await moving(async () => {
      const version = await this.stored(migration, (said) => {
        const side = truth === undefined ? undefined : unsettledTruth(truth, said);
        return { percent: 0, ...(side === undefined ? {} : { writes: { truth: side, isStrict: true } }) };
      });
      await this.deployments.stopWhatIsUnderWay();
      const stillWatching = (await this.deployments.watchedBy([])) ?? [];
      const deployment = await this.deployments.start(version, this.place.back);
      await this.deployments.reach(deployment, wordsOfWatching(stillWatching));
    });
  }

  // Nothing is moved forward that no alarm would take back.
  private async underTheAlarm(): Promise<void> {
    const watching = await this.deployments.watchedBy([this.place.monitor]);
    const { AlarmArn = '' } = this.place.monitor;
    if (watching?.includes(AlarmArn) === false)
      throw new DeploymentInProgress(
        `the environment of the read flags does not have the alarm ${AlarmArn} although it was put there`,
      );
  }

  /** The share of reads that the newest flag sends to the new shape, in percent. Raises TransientAwsError. */
  async share(migration: string): Promise<number> {
    return readShare((await callAws(this.documents.newest())).document, this.keyOf(migration));
  }

  /** As `share`, but null where there is no flag of the migration. Raises TransientAwsError. */
  async shareIfThere(migration: string): Promise<number | null> {
    return readShareIfThere((await callAws(this.documents.newest())).document, this.keyOf(migration));
  }

  /**
   * Whether the newest flag sends all reads back, and nothing older was deployed behind it. Where the new side is the truth, it
   * has to tell writers that, and be strict. Raises TransientAwsError.
   */
  async isBack(migration: string, truth: Truth): Promise<boolean> {
    return callAws(this.seenBack(this.keyOf(migration), truth));
  }

  private async seenBack(key: string, truth: Truth): Promise<boolean> {
    const { latest, document } = await this.documents.newest();
    if (latest === undefined) return true;
    const says =
      truth === 'old'
        ? (readShareIfThere(document, key) ?? 0) === 0
        : saysReadShare(document, key, { percent: 0, writes: { truth, isStrict: true } });
    return says && (await this.deployments.isNewest(latest));
  }

  /**
   * Since which deployment whatever readers have, or are getting, says this of a migration: the number of the oldest one that has
   * said it without a break, though it looks no further back than `known`. null where readers have, or are getting, something else.
   * Raises TransientAwsError.
   */
  async saidSince(migration: string, share: ReadShare, known: number): Promise<number | null> {
    return callAws(this.oldestSaying(this.keyOf(migration), share, known));
  }

  private async oldestSaying(key: string, share: ReadShare, known: number): Promise<number | null> {
    let since: number | null = null;
    for await (const { number, version, hasReached } of this.deployments.standing()) {
      if (!saysReadShare(await this.documents.ofVersion(version), key, share)) break;
      if (hasReached) since = number;
      if (hasReached && number <= known) break;
    }
    return since;
  }

  private keyOf(migration: string): string {
    return flagKeyOf({ migration, target: this.place.target });
  }

  /** The newest version, which says so already or is made to. `wanted` is told what it says of writes; null: nothing. */
  private async stored(
    migration: string,
    wanted: (said: SaidOfWrites | null) => ReadShare,
    mayStill?: () => Promise<unknown>,
  ): Promise<number> {
    const { latest, document } = await this.documents.newest();
    // Whoever has gone back since, and stored a flag, has taken the version that would follow.
    await mayStill?.();
    const key = this.keyOf(migration);
    const share = wanted(writesSaid(document, key));
    const says = latest !== undefined && saysReadShare(document, key, share);
    return says ? latest : this.documents.store(latest, withReadShare(document, key, share));
  }
}

/**
 * The side that strict writers of a way back begin with; undefined where nothing need be said: no writer was told of another truth
 * than the old one, and it is that. Until the workers are fenced one of them may still move it, and whatever writers have promised
 * by then both sides have.
 */
const unsettledTruth = (truth: Truth | null, said: SaidOfWrites | null): Truth | undefined =>
  said === null ? (truth === 'new' ? 'new' : undefined) : (truth ?? said.truth);

/** Where AppConfig has kept an alarm that was taken off: the way back is tried all the same. */
const wordsOfWatching = (alarms: readonly string[]): string =>
  alarms.length === 0
    ? ''
    : `: its environment still has ${alarms.join(', ')}, although Monitors were set to none. ` +
      'Take them off by hand (aws appconfig update-environment --monitors), and it goes through';

async function moving<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await callAws(work());
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
