import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { rehearse } from '../../../rehearsal/rehearse.ts';
import { noScreen } from '../../../rehearsal/screen/screen.ts';
import type { Rehearsal } from '../../../rehearsal/stage/result.ts';
import type { TrafficProgram } from '../../../rehearsal/traffic/traffic.ts';
import { bundledOnce, quietly } from '../whole-path.ts';
import { forgetLedger, onceConnected } from './prepared.ts';
import type { MysqlSubject } from './subjects.ts';

interface Course {
  readonly url: string;
  readonly folder: string;
  readonly rows: number;
  readonly workers: number;
  /** Requests per second of the live application; 0 for none. */
  readonly traffic: number;
  readonly baselineMs: number;
  /** To its end; otherwise its first gate refuses it, and everything is undone. */
  readonly approve: boolean;
  readonly program?: TrafficProgram;
}

/**
 * A migration through the state machine, Lambda processes and the Data API, with its triggers on. The rate is that from the
 * first batch to the last, as the ledger has it.
 */
export async function throughTheWholePath(
  { name, file, gate }: MysqlSubject,
  { url, folder, rows, workers, traffic, baselineMs, approve, program }: Course,
): Promise<Rehearsal> {
  const document = parseDocument(await readFile(file, 'utf8'));
  document.set('onRollback', 'remove');
  document.setIn(['backfill', 'parallelism'], workers);
  document.setIn(['backfill', 'dutyCycle'], 1);
  const written = join(folder, `0900-bench-${name}.yaml`);
  await writeFile(written, document.toString());
  const programs = await bundledOnce(folder);
  const rehearsal = await rehearse(
    {
      ...quietly({ file: written, rows, url }),
      requestsPerSecond: traffic,
      baselineMs,
      approve,
      reject: approve ? null : gate,
    },
    noScreen,
    { programs, ...(program && { traffic: program }) },
  );
  await onceConnected(url, forgetLedger);
  const { result, notes } = rehearsal;
  if (result.outcome !== (approve ? 'completed' : 'rolled-back') || result.verification.mismatches > 0)
    throw new Error(`the bench measures nothing: ${notes.join('; ')} ${JSON.stringify(result)}`);
  return rehearsal;
}
