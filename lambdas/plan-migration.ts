import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { compile, preflight } from '../engine/compile.ts';
import { InvalidSpec, PreflightFailed } from '../engine/errors.ts';
import type { LedgerRecord } from '../engine/ledger.ts';
import type { Plan } from '../engine/plan.ts';
import { parseSpec, type Spec } from '../engine/spec.ts';
import { storedPlan } from '../engine/stored.ts';
import { schedule, type Schedule } from '../engine/schedule.ts';
import { task, type Tools } from './runtime/task.ts';

const input = z.object({
  migration: z.string(),
  execution: z.string(),
  takeOver: z.boolean().default(false),
});

type Planned = ({ readonly heldBy: null; readonly epoch: number } & Schedule) | { readonly heldBy: string };

/**
 * Reads the migration, checks it against the database, compiles it and claims it with a new epoch.
 * A migration that was rolled back goes on from what still stands. Gives `heldBy` when another execution has it.
 */
export const handler = task(input, async ({ migration, execution, takeOver }, tools): Promise<Planned> => {
  const spec = await readSpec(migration, tools.migrationsFolder);
  const record = await tools.ledger.find(migration);
  if (record && record.status === 'running' && record.execution !== execution && !takeOver)
    return { heldBy: record.execution };
  const plan = await planFor(spec, record, tools);
  const declaration = declarationOf(spec);
  const { source: _, ...settings } = spec;
  const { epoch } = await tools.ledger.claim({ migration, execution, declaration, plan, settings });
  return { heldBy: null, epoch, ...schedule(spec, plan) };
});

async function planFor(spec: Spec, record: LedgerRecord | undefined, tools: Tools): Promise<Plan> {
  const standing = record ? await tools.ledger.applied(spec.name) : new Set<string>();
  if (!record || standing.size === 0) {
    const subject = await preflight(spec, tools.database);
    await tools.ledger.install();
    return compile(spec, subject, tools.database);
  }
  if (record.status === 'completed' || standing.has('contract/run-0'))
    throw new PreflightFailed(`${spec.name} was completed already; a new change needs a new migration file`);
  if (record.declaration !== declarationOf(spec))
    throw new PreflightFailed(
      `${spec.name} stands half done in the database, but its table or change was edited since. ` +
        'Put the file back, or run it once more with `onRollback: remove` and reject its first gate.',
    );
  return storedPlan(record);
}

const declarationOf = ({ table, change }: Spec): string => JSON.stringify({ table, change });

async function readSpec(migration: string, folder: string): Promise<Spec> {
  const files = (await readdir(folder)).filter((file) => /\.ya?ml$/u.test(file));
  const named = files.filter((file) => file.replace(/^\d+-/u, '').replace(/\.ya?ml$/u, '') === migration);
  const [file] = named;
  if (file === undefined)
    throw new InvalidSpec(`there is no migration "${migration}" among: ${files.join(', ')}`);
  if (named.length > 1)
    throw new InvalidSpec(`more than one file declares "${migration}": ${named.join(', ')}`);
  return parseSpec(await readFile(join(folder, file), 'utf8'), file);
}
