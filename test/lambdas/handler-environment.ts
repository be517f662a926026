import { vi } from 'vitest';
import { readEnvironment } from '../../lambdas/runtime/environment.ts';
import type { Target } from '../../lambdas/runtime/targets.ts';
import { resourceArn, secretArn, type DatabaseUnderTest } from '../engine/database-under-test.ts';

/** The only target of a handler under test. */
export const targetOf = (db: Pick<DatabaseUnderTest, 'url'>, more: Partial<Target> = {}): Target => ({
  name: 'tested',
  engine: 'postgres',
  cluster: resourceArn,
  secret: secretArn,
  database: new URL(db.url).pathname.slice(1),
  environment: 'none',
  profile: 'none',
  guardrailsArn: 'none',
  ...more,
});

/** What a handler needs to find a test's database; `vi.unstubAllEnvs` takes it away. All else is there, and leads nowhere. */
export function stubHandlerEnvironment(
  db: Pick<DatabaseUnderTest, 'url'> & { readonly api: Pick<DatabaseUnderTest['api'], 'endpoint'> },
  more: Readonly<Record<string, string>> = {},
): void {
  const known = {
    AWS_ENDPOINT_URL_RDS_DATA: db.api.endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    // Nobody listens there.
    AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1',
    UNDERPIN_TARGETS: JSON.stringify([targetOf(db)]),
    ...more,
  };
  for (const name of missing(known)) vi.stubEnv(name, 'none');
  for (const [name, value] of Object.entries(known)) vi.stubEnv(name, value);
}

/** Where a handler finds the alarms and the read flags of a cloud that a test has started. */
export const whereFlagsAre = (
  watch: { readonly endpoint: string },
  config: { readonly endpoint: string },
  flags: { readonly application: string; readonly forward: string; readonly back: string },
): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL_CLOUDWATCH: watch.endpoint,
  AWS_ENDPOINT_URL_APPCONFIG: config.endpoint,
  UNDERPIN_APPCONFIG_APPLICATION: flags.application,
  UNDERPIN_APPCONFIG_FORWARD: flags.forward,
  UNDERPIN_APPCONFIG_BACK: flags.back,
});

function missing(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    readEnvironment(environment);
    return [];
  } catch (error) {
    return String(error).match(/UNDERPIN_\w+/gu) ?? [];
  }
}
