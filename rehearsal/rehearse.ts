import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { InvalidSpec } from '../engine/errors.ts';
import { parseSpec, type Spec } from '../engine/spec.ts';
import { startLocalCloud, type LocalCloud } from './cloud/local-cloud.ts';
import { Conductor } from './conductor.ts';
import type { RehearsalOptions } from './options.ts';
import { plannedShape } from './planned-shape.ts';
import { fill, openDatabase, type RehearsedDatabase } from './rehearsed-database.ts';
import type { Rehearsal } from './result.ts';
import { bar, type Screen } from './screen.ts';
import { startTraffic, type Traffic } from './traffic/traffic.ts';
import { LedgerWatch } from './watch.ts';
import { rehearsedWindows, withWindows, type Window } from './windows.ts';

/**
 * Runs a whole migration: the shipped state machines and handlers against a real database under live traffic.
 * Raises InvalidSpec, PreflightFailed, DataError, DumpError for bad input, before anything is changed.
 */
export async function rehearse(
  options: RehearsalOptions,
  screen: Screen,
  signal?: AbortSignal,
): Promise<Rehearsal> {
  const text = await migrationText(options.file);
  const spec = parseSpec(text, basename(options.file));
  const closers = new Closers();
  const stop = (): void => void closers.close();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await rehearseWith(options, spec, text, screen, closers);
  } finally {
    signal?.removeEventListener('abort', stop);
    await closers.close();
  }
}

async function rehearseWith(
  options: RehearsalOptions,
  spec: Spec,
  text: string,
  screen: Screen,
  closers: Closers,
): Promise<Rehearsal> {
  screen.line(`Rehearsing ${spec.name}: ${spec.goal}`);
  const database = await closers.add(
    openDatabase(options.databaseUrl, options.schema, (line) => screen.line(line)),
  );
  const windows = rehearsedWindows(spec, options.timeScale);
  screen.line(`  windows: ${windows.map(described).join(', ')}`);
  const cloud = await closers.add(startCloud(database, spec, options, withWindows(text, windows), closers));
  const shape = await plannedShape(spec, cloud.environment);
  const rows = await fillRows(database, spec, options, screen);
  const traffic = options.requestsPerSecond === 0 ? null : await live(database, spec, shape, cloud, options);
  if (traffic) closers.later(async () => void (await traffic.finish()));
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

const described = ({ key, declaredSeconds, rehearsedSeconds }: Window): string =>
  declaredSeconds === rehearsedSeconds
    ? `${key} ${rehearsedSeconds} s`
    : `${key} ${rehearsedSeconds} s instead of ${declaredSeconds} s`;

async function startCloud(
  database: RehearsedDatabase,
  spec: Spec,
  options: RehearsalOptions,
  text: string,
  closers: Closers,
): Promise<LocalCloud> {
  const folder = await mkdtemp(join(tmpdir(), 'underpin-rehearsal-'));
  closers.later(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, basename(options.file)), text);
  return startLocalCloud({
    databaseUrl: database.url,
    databaseName: database.name,
    migrationsFolder: folder,
    limits: spec.guardrails.rollback,
  });
}

async function fillRows(
  database: RehearsedDatabase,
  spec: Spec,
  options: RehearsalOptions,
  screen: Screen,
): Promise<number> {
  const rows = await fill(database, spec, options.rows, (done, wanted) =>
    screen.live(`  filling ${spec.table.name}  ${bar(done / wanted)}`),
  );
  screen.line(`  ${spec.table.schema}.${spec.table.name} has ${rows.toLocaleString('en-US')} rows`);
  return rows;
}

const live = (
  database: RehearsedDatabase,
  spec: Spec,
  shape: Awaited<ReturnType<typeof plannedShape>>,
  cloud: LocalCloud,
  options: RehearsalOptions,
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

/** What was opened is closed newest first, once, all of it whatever fails, also when somebody presses Ctrl-C. */
class Closers {
  private closers: (() => Promise<unknown>)[] = [];
  private closing: Promise<void> | undefined;

  later(close: () => Promise<unknown>): void {
    this.closers.unshift(close);
  }

  async add<T extends { close(): Promise<unknown> }>(opening: Promise<T>): Promise<T> {
    const opened = await opening;
    this.later(() => opened.close());
    return opened;
  }

  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  private async closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.closers.splice(0)) await close().catch((failure) => failures.push(failure));
    if (failures.length > 0) throw new AggregateError(failures, 'the rehearsal could not be closed cleanly');
  }
}
