import { writeFile } from 'node:fs/promises';
import { underpin } from '../cli/command-name.ts';
import { rehearsalOption } from '../cli/rehearsal-notice.ts';
import { copyable } from '../cli/status/aligned-lines.ts';
import { basename, dirname, join, resolve } from 'node:path';
import { openForAuthor } from '../engine/preview/checklist.ts';
import { livedPhases, type Plan } from '../engine/plan/plan.ts';
import { formatDuration } from '../engine/words/duration.ts';
import { InvalidSpec } from '../engine/database/errors.ts';
import { productNames } from '../engine/dialects/engine.ts';
import { parseSpec, type Spec } from '../engine/spec/spec.ts';
import { nodeOfHandlers } from './stage/node-of-handlers.ts';
import { announce } from './stage/announcement.ts';
import { flagKeyOf } from '../engine/words/target.ts';
import { rehearsedTarget } from './deployment/local-target.ts';
import { startLocalCloud, type LocalCloud } from './deployment/local-cloud.ts';
import { LogMetrics } from './deployment/log-metrics.ts';
import { builtPrograms, bundleProgramsTogether, type Programs } from './deployment/programs.ts';
import { Closers } from './stage/closers.ts';
import { Conductor } from './stage/conductor.ts';
import { bar } from '../cli/bar.ts';
import { readInput } from '../cli/input-file.ts';
import { usualRows, type RehearsalOptions } from './options.ts';
import { Interrupted, isConnectionLost, PartLost } from './stage/part-lost.ts';
import { planForTraffic } from './stage/plan-for-traffic.ts';
import type { RehearsedDatabase } from './database/rehearsed-database.ts';
import { openDatabase } from './database/open-database.ts';
import type { Rehearsal } from './stage/result.ts';
import { scratchFolder } from './stage/scratch-folder.ts';
import type { Screen } from './screen/screen.ts';
import { joinLines } from './screen/join-lines.ts';
import { warningLines } from './screen/warning-lines.ts';
import type { TableName } from '../engine/spec/table-name.ts';
import { openTraffic, type Traffic, type TrafficProgram } from './traffic/traffic.ts';
import { writtenShape } from './traffic/written-shape.ts';
import { LedgerWatch } from './stage/watch.ts';
import { smallBatches, withBatchesOf } from './stage/small-batches.ts';
import { unmeasurableHere, withoutEvidence, wordsOfUnmeasurable } from './stage/unmeasurable.ts';
import { livedWindows, rehearsedWindows, withWindows, type Window } from './stage/windows.ts';

export { resultTable } from './stage/result.ts';
export { writeReport } from './stage/write-report.ts';

export interface RehearsalResources {
  /** Stops the rehearsal and everything that it started. */
  readonly signal?: AbortSignal;
  /** Programs bundled before. */
  readonly programs?: Programs;
  /** The traffic's process, which stays. */
  readonly traffic?: TrafficProgram;
  /** A cloud that is there already, and stays. */
  readonly cloud?: LocalCloud;
  /** The one of its targets that is the database. */
  readonly target?: string;
}

interface Setting {
  readonly options: RehearsalOptions;
  readonly spec: Spec;
  /** The migration's file. */
  readonly text: string;
  readonly screen: Screen;
  readonly closers: Closers;
  readonly programs: Promise<Programs>;
  readonly traffic: TrafficProgram | undefined;
  readonly cloud: LocalCloud | undefined;
  readonly target: string;
}

/**
 * Runs a whole migration: the shipped state machines and handlers against a real database under live traffic.
 * Raises InvalidSpec, PreflightFailed, DataError, DumpError for bad input, before anything is changed;
 * Interrupted at the signal; PartLost when the database or the traffic is gone. All that was started is stopped by then.
 */
export async function rehearse(
  options: RehearsalOptions,
  screen: Screen,
  { signal, programs, traffic, cloud, target = rehearsedTarget }: RehearsalResources = {},
): Promise<Rehearsal> {
  const text = await readInput(options.file, (message) => new InvalidSpec(message));
  const spec = parseSpec(text, basename(options.file));
  const closers = new Closers();
  try {
    const built = programs ?? builtPrograms();
    const bundling = built ? Promise.resolve(built) : bundled(closers);
    // Whoever needs them hears of a failure, unless something else fails before.
    bundling.catch(() => undefined);
    const setting = { options, spec, text, screen, closers, programs: bundling, traffic, cloud, target };
    const outcome = await Promise.race([play(setting), interruption(signal)]);
    await closers.close();
    return outcome;
  } catch (error) {
    // What cannot be closed any more is a consequence; the error is what matters.
    await closers.close().catch(() => undefined);
    if (!isConnectionLost(error)) throw error;
    throw new PartLost(`The connection to the database was lost: ${wordsOf(error)}`);
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function bundled(closers: Closers): Promise<Programs> {
  const { path } = await closers.add(scratchFolder('underpin-programs-'));
  return bundleProgramsTogether(path);
}

/** Rejects when the signal comes. */
function interruption(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const interrupt = (): void => reject(new Interrupted());
    if (signal?.aborted) interrupt();
    signal?.addEventListener('abort', interrupt, { once: true });
  });
}

async function play(setting: Setting): Promise<Rehearsal> {
  const { options, spec, target, screen, closers } = setting;
  screen.line(`Rehearsing ${screen.styled('bold', spec.name)}: ${spec.goal}`);
  screen.live(`  starting ${productNames[options.engine]} …`);
  const { rows: ownRows } = spec.rehearsal;
  const rowsFile = ownRows === undefined ? null : resolve(dirname(options.file), ownRows);
  const database = await openDatabase({ ...options, table: spec.table, rowsFile }, closers, (line) =>
    screen.line(line),
  );
  screen.live('  starting the state machines and their functions …');
  const cloud = await deployed(setting, database);
  await closers.add(announce(cloud, spec.name));
  const watch = `  watch it from another terminal: ${underpin} status ${await rehearsalOption(process.pid)} --watch`;
  screen.line(copyable(watch, screen.columns));
  screen.line(`  the handlers run on Node ${nodeOfHandlers(cloud.lambda.nodeVersion)}`);
  const plan = await planForTraffic(spec, cloud.environment, target);
  const { shape, warnings } = plan;
  const lived = livedPhases(plan);
  const windows = livedWindows(rehearsedWindows(spec, options.timeScale), lived);
  if (windows.length > 0) screen.line(`  windows: ${windows.map(described).join(', ')}`);
  for (const line of joinLines(database, { cloud, target, flag: flagOf(setting), lived })) screen.line(line);
  const open = openForAuthor(spec);
  if (open.length > 0) screen.line(`  checklist: open for a start on AWS: ${open.join(', ')}`);
  for (const line of warningLines(warnings, screen.columns)) screen.line(line);
  const rows = await fillRows(
    setting,
    database,
    await database.present({ table: spec.table, shape: writtenShape(shape) }),
  );
  const traffic =
    options.requestsPerSecond === 0 ? null : await closers.add(live(setting, database, { plan, cloud }));
  const ledger = await closers.add(new LedgerWatch(database.url, spec.name));
  const conductor = new Conductor({
    options,
    spec,
    cloud,
    target,
    ledger,
    traffic,
    rows,
    windows,
    screen,
    lived,
    writesBoth: writesBoth(plan),
  });
  return Promise.race([conductor.conduct(), database.lost]);
}

/** The local cloud, with the migration's file where its handlers read it, its windows shortened. */
async function deployed(
  { options, spec, text, ...setting }: Setting,
  database: RehearsedDatabase,
): Promise<LocalCloud> {
  const windows = rehearsedWindows(spec, options.timeScale);
  if (spec.changeWindow !== undefined)
    setting.screen.line('  changeWindow: left out, so that the rehearsal does not wait for it');
  const unmeasurable = unmeasurableHere(spec, options, database);
  for (const each of unmeasurable) setting.screen.line(`  ${wordsOfUnmeasurable(each)}`);
  const batchRows = smallBatches(spec, options);
  if (batchRows !== null)
    setting.screen.line(
      `  batches of ${batchRows} rows at the most, so that a worker is killed in the middle`,
    );
  const rehearsed = withoutEvidence(
    withWindows(batchRows === null ? text : withBatchesOf(text, batchRows), windows),
    unmeasurable,
  );
  const folder =
    setting.cloud?.migrationsFolder ?? (await setting.closers.add(scratchFolder('underpin-rehearsal-'))).path;
  await writeFile(join(folder, basename(options.file)), rehearsed);
  if (setting.cloud) return setting.cloud;
  const starting = startLocalCloud({
    targets: [{ name: setting.target, databaseUrl: database.url, database: database.name }],
    migrationsFolder: folder,
    limits: spec.guardrails.rollback,
    functions: (await setting.programs).functions,
  });
  return setting.closers.add(starting);
}

const flagOf = ({ spec, target }: Pick<Setting, 'spec' | 'target'>): string =>
  flagKeyOf({ migration: spec.name, target });

const described = ({ key, declaredSeconds, rehearsedSeconds }: Window): string =>
  `${key} ${declaredSeconds === rehearsedSeconds ? '' : `${formatDuration(declaredSeconds * 1000)} → `}` +
  formatDuration(rehearsedSeconds * 1000);

async function fillRows(
  { spec, options, screen }: Setting,
  database: RehearsedDatabase,
  table: TableName,
): Promise<number> {
  // A copy holds what it was copied for: made-up rows are none of it.
  const wanted = options.rows ?? (database.isOurs ? usualRows : 0);
  const rows = await database.fill(table, wanted, (done, all) =>
    screen.live(`  filling ${spec.table.name}  ${bar(done / all)}`),
  );
  const whose = wanted === 0 ? ', its own' : '';
  screen.line(`  ${spec.table.schema}.${spec.table.name} has ${rows.toLocaleString('en-US')} rows${whose}`);
  return rows;
}

const writesBoth = ({ follow }: Plan): boolean => follow === 'application';

/** Traffic whose log is read as CloudWatch Logs would read it. */
async function live(
  { spec, target, options, closers, ...setting }: Setting,
  database: RehearsedDatabase,
  { plan, cloud }: { readonly plan: Plan; readonly cloud: LocalCloud },
): Promise<Traffic> {
  const log = await closers.add(new LogMetrics(cloud.cloudWatch));
  const wanted = {
    databaseUrl: database.url,
    table: spec.table,
    shape: plan.shape,
    writesBoth: writesBoth(plan),
    requestsPerSecond: options.requestsPerSecond,
    // Enough for its rate, and never so few that one wait for a lock stops all.
    connectionsPerVersion: Math.min(8, Math.max(2, Math.ceil(options.requestsPerSecond / 20))),
    seed: 42,
    statementTimeoutMs: 10_000,
    readSwitch: {
      kind: 'agent',
      url: cloud.agentUrlOf(target),
      flag: flagOf({ spec, target }),
    },
  } as const;
  const program = setting.traffic ?? (await closers.add(openTraffic((await setting.programs).traffic)));
  return program.start(wanted, (line) => log.take(line));
}
