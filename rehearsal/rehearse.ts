import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { InvalidSpec } from '../engine/errors.ts';
import type { Shape } from '../engine/plan.ts';
import { parseSpec, type Spec } from '../engine/spec.ts';
import { startLocalCloud, type LocalCloud } from './cloud/local-cloud.ts';
import { Closers } from './closers.ts';
import { Conductor } from './conductor.ts';
import { fillTable } from './data/fill-table.ts';
import type { RehearsalOptions } from './options.ts';
import { plannedShape } from './planned-shape.ts';
import { openDatabase, type RehearsedDatabase } from './rehearsed-database.ts';
import type { Rehearsal } from './result.ts';
import { bar, type Screen } from './screen.ts';
import { startTraffic, type Traffic } from './traffic/traffic.ts';
import { LedgerWatch } from './watch.ts';
import { rehearsedWindows, withWindows, type Window } from './windows.ts';

export interface Surroundings {
  /** Stops the rehearsal and everything that it started. */
  readonly signal?: AbortSignal;
  /** Handlers bundled before. */
  readonly functions?: ReadonlyMap<string, string>;
}

interface Setting {
  readonly options: RehearsalOptions;
  readonly spec: Spec;
  /** The migration's file. */
  readonly text: string;
  readonly screen: Screen;
  readonly closers: Closers;
  readonly functions: ReadonlyMap<string, string> | undefined;
}

/**
 * Runs a whole migration: the shipped state machines and handlers against a real database under live traffic.
 * Raises InvalidSpec, PreflightFailed, DataError, DumpError for bad input, before anything is changed.
 */
export async function rehearse(
  options: RehearsalOptions,
  screen: Screen,
  { signal, functions }: Surroundings = {},
): Promise<Rehearsal> {
  const text = await migrationText(options.file);
  const spec = parseSpec(text, basename(options.file));
  const closers = new Closers();
  const stop = (): void => void closers.close();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await play({ options, spec, text, screen, closers, functions });
  } finally {
    signal?.removeEventListener('abort', stop);
    await closers.close();
  }
}

async function play(setting: Setting): Promise<Rehearsal> {
  const { options, spec, screen, closers } = setting;
  screen.line(`Rehearsing ${spec.name}: ${spec.goal}`);
  const database = await closers.add(openDatabase(options, (line) => screen.line(line)));
  const cloud = await closers.add(startCloud(setting, database));
  const shape = await plannedShape(spec, cloud.environment);
  const rows = await fillRows(setting, database);
  const traffic = options.requestsPerSecond === 0 ? null : await live(setting, database, { shape, cloud });
  if (traffic) closers.later(() => traffic.finish());
  const ledger = await closers.add(LedgerWatch.open(database.url, spec.name));
  return new Conductor({ options, spec, cloud, ledger, traffic, rows, screen }).conduct();
}

async function migrationText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new InvalidSpec(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** The local cloud, with the migration's file bundled beside the handlers, its windows shortened. */
async function startCloud(
  { options, spec, text, ...setting }: Setting,
  database: RehearsedDatabase,
): Promise<LocalCloud> {
  const windows = rehearsedWindows(spec, options.timeScale);
  setting.screen.line(`  windows: ${windows.map(described).join(', ')}`);
  const folder = await mkdtemp(join(tmpdir(), 'underpin-rehearsal-'));
  setting.closers.later(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, basename(options.file)), withWindows(text, windows));
  return startLocalCloud({
    databaseUrl: database.url,
    databaseName: database.name,
    migrationsFolder: folder,
    limits: spec.guardrails.rollback,
    ...(setting.functions ? { functions: setting.functions } : {}),
  });
}

const described = ({ key, declaredSeconds, rehearsedSeconds }: Window): string =>
  declaredSeconds === rehearsedSeconds
    ? `${key} ${rehearsedSeconds} s`
    : `${key} ${rehearsedSeconds} s (declared ${declaredSeconds} s)`;

async function fillRows({ spec, options, screen }: Setting, database: RehearsedDatabase): Promise<number> {
  const rows = await fillTable(database.url, spec.table, options.rows, (done, wanted) =>
    screen.live(`  filling ${spec.table.name}  ${bar(done / wanted)}`),
  );
  screen.line(`  ${spec.table.schema}.${spec.table.name} has ${rows.toLocaleString('en-US')} rows`);
  return rows;
}

const live = (
  { spec, options }: Setting,
  database: RehearsedDatabase,
  { shape, cloud }: { readonly shape: Shape; readonly cloud: LocalCloud },
): Promise<Traffic> =>
  startTraffic({
    databaseUrl: database.url,
    table: spec.table,
    shape,
    requestsPerSecond: options.requestsPerSecond,
    connectionsPerVersion: 8,
    seed: 42,
    statementTimeoutMs: 10_000,
    readSwitch: { kind: 'agent', url: cloud.agentUrl, flag: spec.name },
  });
