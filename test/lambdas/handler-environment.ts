import { vi } from 'vitest';
import { readEnvironment } from '../../lambdas/runtime/environment.ts';
import { resourceArn, secretArn, type DatabaseUnderTest } from '../engine/database-under-test.ts';

/** What a handler needs to find a test's database; `vi.unstubAllEnvs` takes it away. All else is there, and leads nowhere. */
export function stubHandlerEnvironment(
  db: DatabaseUnderTest,
  more: Readonly<Record<string, string>> = {},
): void {
  const known = {
    AWS_ENDPOINT_URL_RDS_DATA: db.api.endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    UNDERPIN_ENGINE: 'postgres',
    UNDERPIN_CLUSTER_ARN: resourceArn,
    UNDERPIN_SECRET_ARN: secretArn,
    UNDERPIN_DATABASE: new URL(db.url).pathname.slice(1),
    ...more,
  };
  for (const name of missing(known)) vi.stubEnv(name, 'none');
  for (const [name, value] of Object.entries(known)) vi.stubEnv(name, value);
}

function missing(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    readEnvironment(environment);
    return [];
  } catch (error) {
    return String(error).match(/UNDERPIN_\w+/gu) ?? [];
  }
}
