import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { inject } from 'vitest';
import { parseSpec } from '../../engine/spec/spec.ts';
import { startLocalCloud, type LocalCloud } from '../../rehearsal/deployment/local-cloud.ts';
import { localTarget } from '../../rehearsal/deployment/local-target.ts';
import { Closers } from '../../rehearsal/stage/closers.ts';
import { freshDatabase, type FreshDatabase } from '../fresh-database.ts';

// Waits are this many times shorter.
const speed = 20;

/** A target of the cloud, and its database. */
export interface StagedTarget {
  readonly name: string;
  readonly database: FreshDatabase;
}

/** One cloud for all paths of a kind: each path has a target and a database to itself, and all share warm functions. */
export class WarmCloud {
  private constructor(
    readonly cloud: LocalCloud,
    readonly targets: readonly StagedTarget[],
    readonly folder: string,
    readonly cloudWatch: CloudWatchClient,
    private readonly opened: Closers,
  ) {}

  /** @param targetCount how many paths may be under way in it at once */
  static async start(file: string, targetCount: number): Promise<WarmCloud> {
    const opened = new Closers();
    const folder = await mkdtemp(join(tmpdir(), 'underpin-migration-test-'));
    opened.later(() => rm(folder, { recursive: true, force: true }));
    const targets: StagedTarget[] = [];
    for (let n = 1; n <= targetCount; n += 1) {
      const database = await freshDatabase();
      opened.later(() => database.drop());
      targets.push({ name: `t${n}`, database });
    }
    const spec = parseSpec(await readFile(file, 'utf8'), basename(file));
    const cloud = await opened.add(
      startLocalCloud({
        targets: targets.map(({ name, database }) => localTarget(database.url, name)),
        migrationsFolder: folder,
        // How fast the application answers here is the machine's affair.
        limits: { ...spec.guardrails.rollback, latencyP95: 1000 },
        functions: inject('programs').functions,
        speed,
      }),
    );
    const cloudWatch = new CloudWatchClient(cloud.cloudWatchPlace);
    opened.later(() => Promise.resolve(cloudWatch.destroy()));
    return new WarmCloud(cloud, targets, folder, cloudWatch, opened);
  }

  close(): Promise<void> {
    return this.opened.close();
  }
}
