import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { inject } from 'vitest';
import { parseDocument } from 'yaml';
import { announce } from '../../rehearsal/stage/announcement.ts';
import { localTarget } from '../../rehearsal/deployment/local-target.ts';
import { startLocalCloud, type LocalCloud } from '../../rehearsal/deployment/local-cloud.ts';
import { Closers } from '../../rehearsal/stage/closers.ts';
import { freshDatabase } from '../fresh-database.ts';

export interface OperatedCloud {
  readonly cloud: LocalCloud;
  /** A plain connection to the migrated database. */
  readonly sql: Client;
  close(): Promise<void>;
}

interface More {
  /** What else is in the database. */
  readonly schema?: string;
  /** Migrations beside the example, by file. */
  readonly migrations?: Readonly<Record<string, unknown>>;
  /** How many times shorter waits are. */
  readonly speed?: number;
}

/** The local cloud as people operate it, with the example's table of 500 users, and nobody who starts or answers anything. */
export async function operatedCloud({
  schema = '',
  migrations = {},
  speed = 1,
}: More = {}): Promise<OperatedCloud> {
  const opened = new Closers();
  const database = await freshDatabase();
  opened.later(() => database.drop());
  const sql = new Client({ connectionString: database.url });
  await sql.connect();
  opened.later(() => sql.end());
  await sql.query(await readFile('rehearsal/data/example-schema.sql', 'utf8'));
  await sql.query(
    "INSERT INTO users (email) SELECT 'user-' || n || '@example.com' FROM generate_series(1, 500) AS n",
  );
  await sql.query(schema);
  const folder = await mkdtemp(join(tmpdir(), 'underpin-operated-'));
  opened.later(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, '0001-rename-users-email.yaml'), await migration());
  for (const [file, spec] of Object.entries(migrations))
    await writeFile(join(folder, file), JSON.stringify(spec));
  const cloud = await opened.add(
    startLocalCloud({
      targets: [localTarget(database.url)],
      migrationsFolder: folder,
      limits: { errorRate: 0.005, latencyP95: 0.1 },
      functions: inject('programs').functions,
      speed,
    }),
  );
  await opened.add(announce(cloud, 'rename-users-email'));
  return { cloud, sql, close: () => opened.close() };
}

/** The shipped example with short windows but for the quarantine, which a person ends. */
async function migration(): Promise<string> {
  const document = parseDocument(await readFile('migrations/0001-rename-users-email.yaml', 'utf8'));
  const windows = { 'reads.bake': '1s', 'confidence.window': '1s', 'confidence.reconcileEvery': '1s' };
  for (const [key, value] of Object.entries(windows)) document.setIn(key.split('.'), value);
  document.setIn(['reads', 'ramp'], [50, 100]);
  document.setIn(['contract', 'quarantine'], '10m');
  return document.toString();
}
