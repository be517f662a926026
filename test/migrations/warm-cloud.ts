import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { startLocalCloud, type LocalCloud } from '../../rehearsal/deployment/local-cloud.ts';
import { localTarget } from '../../rehearsal/deployment/local-target.ts';
import { openTraffic, type TrafficProgram } from '../../rehearsal/traffic/traffic.ts';
import type { Engine } from '../../engine/dialects/engine.ts';
import type { StagedDatabase } from './staged-database.ts';
import { stagedDatabases } from './staged-databases.ts';

// Waits are this many times shorter.
const speed = 20;
/** As many paths as a worker walks side by side (`maxConcurrency`). */
const sideBySide = 4;

/** A target of a warm cloud, its database, and the process of its application. */
export interface StagedTarget {
  readonly name: string;
  readonly staged: StagedDatabase;
  readonly traffic: TrafficProgram;
  readonly cloud: LocalCloud;
}

const free: { readonly [E in Engine]: StagedTarget[] } = { postgres: [], mysql: [] };
let starting: Promise<void> | undefined;

/**
 * A target that nobody uses, of the one cloud that a worker has for all paths of all kinds: each path has a target and a
 * database to itself, and all share warm functions. The cloud ends with the worker's process; its databases go with the
 * run's server, its files with the run's folder. Where no target is left, another cloud starts.
 */
export async function takeTarget(engine: Engine = 'postgres'): Promise<StagedTarget> {
  for (;;) {
    const target = free[engine].pop();
    if (target) return target;
    starting ??= startCloud(engine).finally(() => (starting = undefined));
    await starting;
  }
}

/** For the next path. One on which a path failed is not given back: nobody stands on its leftovers. */
export function giveBack(target: StagedTarget): void {
  free[target.staged.engine].push(target);
}

async function startCloud(engine: Engine): Promise<void> {
  const databases = await Promise.all(Array.from({ length: sideBySide }, stagedDatabases[engine]));
  const targets = databases.map((staged, n) => ({ staged, ...localTarget(staged.url, `t${n + 1}`) }));
  const cloud = await startLocalCloud({
    targets,
    migrationsFolder: await mkdtemp(join(inject('scratchFolder'), 'migrations-')),
    // Of no migration: each path sets its own.
    limits: { errorRate: 1, latencyP95: 1 },
    functions: inject('programs').functions,
    speed,
  });
  for (const { name, staged } of targets)
    free[engine].push({ name, staged, traffic: openTraffic(inject('programs').traffic), cloud });
}
