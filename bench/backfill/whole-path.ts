import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseDocument } from 'yaml';
import { rehearse } from '../../rehearsal/rehearse.ts';
import { noScreen } from '../../rehearsal/screen/screen.ts';
import type { RehearsalResult } from '../../rehearsal/stage/result.ts';
import type { TrafficProgram } from '../../rehearsal/traffic/traffic.ts';
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
}

/**
 * A migration through the state machine, Lambda processes and the Data API, with its triggers on, until its first gate
 * refuses it; everything is undone afterwards. The rate is that from the first batch to the last, as the ledger has it.
 */
export async function throughTheWholePath(
  subject: Subject,
  { url, folder, rows, workers, traffic, baselineMs, dutyCycle, program }: Course,
): Promise<RehearsalResult> {
  const document = parseDocument(await readFile(subject.file, 'utf8'));
  document.set('onRollback', 'remove');
  document.setIn(['backfill', 'parallelism'], workers);
  document.setIn(['backfill', 'dutyCycle'], dutyCycle);
  const file = join(folder, basename(subject.file));
  await writeFile(file, document.toString());
  const { result } = await rehearse(
    {
      file,
      rows,
      requestsPerSecond: traffic,
      approve: false,
      reject: 'read-switch',
      holdGates: false,
      breach: null,
      killWorker: false,
      schema: null,
      databaseUrl: url,
      engine: 'postgres',
      timeScale: null,
      json: null,
      report: null,
      baselineMs,
    },
    noScreen,
    program === undefined ? {} : { traffic: program },
  );
  if (result.outcome !== 'rolled-back' || result.verification.mismatches > 0)
    throw new Error(`the bench measures nothing: ${JSON.stringify(result)}`);
  return result;
}
