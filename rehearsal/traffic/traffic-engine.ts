import { engineOfUrl } from '../../cli/database/engine-of-url.ts';
import type { Engine } from '../../engine/dialects/engine.ts';
import type { ConnectionPool, VersionOptions } from './application-version.ts';
import type { LockSampler } from './lock-watch.ts';
import { prepareMysql } from './mysql/preparation.ts';
import { mysqlLockSampler } from './mysql/lock-sampler.ts';
import { mysqlPool } from './mysql/pool.ts';
import { postgresLockSampler } from './postgres-lock-sampler.ts';
import { postgresPool } from './postgres-pool.ts';
import { prepare, type Preparation } from './preparation.ts';
import type { TrafficOptions } from './traffic-options.ts';

/** What of the traffic depends on the engine. */
export interface TrafficEngine {
  /** @throws TrafficError for a table that is empty, or has no key to write to its rows by */
  prepare(options: TrafficOptions): Promise<Preparation>;
  pool(version: 'old' | 'new', options: VersionOptions): ConnectionPool;
  lockSampler(databaseUrl: string): LockSampler;
}

const trafficEngines: { readonly [E in Engine]: TrafficEngine } = {
  postgres: { prepare, pool: postgresPool, lockSampler: postgresLockSampler },
  mysql: { prepare: prepareMysql, pool: mysqlPool, lockSampler: mysqlLockSampler },
};

export const trafficEngineOf = (databaseUrl: string): TrafficEngine =>
  trafficEngines[engineOfUrl(databaseUrl) ?? 'postgres'];
