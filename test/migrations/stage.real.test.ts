import { Client } from 'pg';
import { expect, test } from 'vitest';
import { onStage } from './on-stage.ts';
import { giveBack, takeTarget } from './warm-cloud.ts';

const migration = { file: 'migrations/0004-users-email-optional.yaml', table: 'users' };

test('nobody is there after a reset, were it by a function whose process had yet to start', async () => {
  const target = await takeTarget();
  giveBack(target);
  await onStage(migration, async (stage) => {
    const { lambda } = target.cloud;
    const asking = lambda.invoke('DescribeMigration', { target: target.name, migration: 'none' });
    const answered = asking.catch(() => undefined);
    expect(lambda.running()).toEqual([]);
    await stage.reset();
    await answered;
    const client = new Client({ connectionString: target.staged.url });
    await client.connect();
    const { rows } = await client.query(
      `SELECT count(*)::integer AS sessions FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'rds-data-api'`,
    );
    await client.end();
    expect(rows).toEqual([{ sessions: 0 }]);
  });
});
