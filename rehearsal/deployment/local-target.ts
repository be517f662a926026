import { engineOfUrl } from '../../cli/database/engine-of-url.ts';
import type { Engine } from '../../engine/dialects/engine.ts';
import { account, region } from './services.ts';

/** A database of the local cloud. What belongs to it alone is named for it, as in a deployment. */
export interface LocalTarget {
  readonly name: string;
  readonly databaseUrl: string;
  /** Its name in the cluster. */
  readonly database: string;
}

/** The name of the only target that a rehearsal has. */
export const rehearsedTarget = 'rehearsal';

/** A database by its URL alone, as a rehearsal's target or another. */
export const localTarget = (databaseUrl: string, name = rehearsedTarget): LocalTarget => ({
  name,
  databaseUrl,
  database: new URL(databaseUrl).pathname.slice(1),
});

export const engineOf = ({ databaseUrl }: Pick<LocalTarget, 'databaseUrl'>): Engine =>
  engineOfUrl(databaseUrl) ?? 'postgres';

export const clusterArnOf = (target: string): string => `arn:aws:rds:${region}:${account}:cluster:${target}`;
export const secretArnOf = (target: string): string =>
  `arn:aws:secretsmanager:${region}:${account}:secret:${target}-000000`;
