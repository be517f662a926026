import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { engineOfUrl } from '../../cli/database/engine-of-url.ts';
import { parseSpec } from '../../engine/spec/spec.ts';
import { startLocalCloud, type LocalCloud } from '../../rehearsal/deployment/local-cloud.ts';
import { localTarget } from '../../rehearsal/deployment/local-target.ts';
import { builtPrograms, bundleProgramsTogether, type Programs } from '../../rehearsal/deployment/programs.ts';
import type { RehearsalOptions } from '../../rehearsal/options.ts';
import { rehearse } from '../../rehearsal/rehearse.ts';
import { noScreen } from '../../rehearsal/screen/screen.ts';
import type { Rehearsal } from '../../rehearsal/stage/result.ts';
import type { TrafficProgram } from '../../rehearsal/traffic/traffic.ts';
import { readCpu } from './cpu-time.ts';
import { askOnce, migrationFile, migrationOf, settle } from './prepared.ts';
import type { Subject } from './subjects.ts';

interface Course {
  readonly url: string;
  readonly folder: string;
  readonly rows: number;
  readonly workers: number;
  /** Requests per second of the live application; 0 for none. */
  readonly traffic: number;
  /** How long the application is alone before. */
  readonly baselineMs: number;
  /** The share of time that a worker works. */
  readonly dutyCycle: number;
  /** The traffic's process; one of its own without. */
  readonly program?: TrafficProgram;
  /** Hears of each call of a function. */
  readonly watched?: Calls;
}

/** Clock and processor time when a function was called, and when the next one was: with one worker, the time of its work. */
export type Calls = Map<string, { readonly from: Moment; to: Moment | undefined }>;
export interface Moment {
  readonly ms: number;
  readonly cpu: ReturnType<typeof readCpu>;
}

/**
 * A migration through the state machine, Lambda processes and the Data API, with its triggers on, until its first gate
 * refuses it; everything is undone afterwards. The rate is that from the first batch to the last, as the ledger has it.
 */
export async function throughTheWholePath(
  subject: Subject,
  { url, folder, rows, workers, traffic, baselineMs, dutyCycle, program, watched }: Course,
): Promise<Rehearsal> {
  const document = await migrationOf(subject);
  document.set('onRollback', 'remove');
  document.setIn(['backfill', 'parallelism'], workers);
  document.setIn(['backfill', 'dutyCycle'], dutyCycle);
  const file = join(folder, migrationFile(subject));
  await writeFile(file, document.toString());
  const programs = await bundledOnce(folder);
  const cloud = watched && (await localCloudFor(file, { url, folder, programs })).cloud;
  if (cloud && watched) watch(cloud, watched);
  const rehearsal = await rehearse(
    {
      ...quietly({ file, rows, url }),
      requestsPerSecond: traffic,
      approve: subject.gate === null,
      reject: subject.gate,
      baselineMs,
    },
    noScreen,
    { programs, ...(program && { traffic: program }), ...(cloud && { cloud }) },
  );
  await cloud?.close();
  const { result, notes } = rehearsal;
  if (
    result.outcome !== (subject.gate === null ? 'completed' : 'rolled-back') ||
    result.verification.mismatches > 0
  )
    throw new Error(`the bench measures nothing: ${notes.join('; ')} ${JSON.stringify(result)}`);
  const { restore } = subject;
  if (restore !== undefined)
    await askOnce(url, (client) => client.query(`${restore}; DROP SCHEMA underpin CASCADE`));
  return rehearsal;
}

/** A rehearsal of the bench's own: nobody watches it, and it writes nothing. */
export const quietly = ({
  file,
  rows,
  url,
}: Pick<Course, 'rows' | 'url'> & { readonly file: string }): Omit<
  RehearsalOptions,
  'requestsPerSecond' | 'baselineMs'
> => ({
  file,
  rows,
  approve: true,
  reject: null,
  holdGates: false,
  breach: null,
  killWorker: false,
  schema: null,
  databaseUrl: url,
  engine: engineOfUrl(url) ?? 'postgres',
  timeScale: null,
  json: null,
  report: null,
});

/** The copy alone, as fast as so many workers can, on a table that is settled first. */
export async function copyAlone(
  subject: Subject,
  { url, folder, rows }: Pick<Course, 'url' | 'folder' | 'rows'>,
  workers: number,
): Promise<Rehearsal & { readonly way: string }> {
  await askOnce(url, (client) => settle(client, subject));
  const course = { url, folder, rows, workers, traffic: 0, baselineMs: 0, dutyCycle: 1 };
  const rehearsal = await throughTheWholePath(subject, course);
  return { ...rehearsal, way: `the whole path, ${workers} worker${workers === 1 ? '' : 's'}` };
}

let bundled: Promise<Programs> | undefined;
/** The programs, before anything is measured: the bundler's own processor time and memory would be part of it. */
export const bundledOnce = (folder: string): Promise<Programs> =>
  (bundled ??= Promise.resolve(builtPrograms() ?? bundleProgramsTogether(join(folder, 'programs'))));

/** A cloud for one migration, closed by whoever asked for it. */
export async function localCloudFor(
  file: string,
  { url, folder, programs }: Pick<Course, 'url' | 'folder'> & { readonly programs: Programs },
): Promise<{ readonly cloud: LocalCloud; readonly target: string }> {
  const spec = parseSpec(await readFile(file, 'utf8'), basename(file));
  const target = localTarget(url);
  const cloud = await startLocalCloud({
    targets: [target],
    migrationsFolder: folder,
    limits: spec.guardrails.rollback,
    functions: programs.functions,
  });
  return { cloud, target: target.name };
}

/** Each call of a function is a moment to read the clock at. */
function watch(cloud: LocalCloud, calls: Calls): void {
  cloud.beforeInvocation((name) => {
    const now = { ms: performance.now(), cpu: readCpu() };
    for (const [other, call] of calls) if (other !== name) call.to ??= now;
    if (!calls.has(name)) calls.set(name, { from: now, to: undefined });
    return Promise.resolve();
  });
}
