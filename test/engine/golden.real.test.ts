import { installLedger } from '../../engine/ledger/install.ts';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compile, preflight } from '../../engine/compile.ts';
import { livedPhases, phaseOf, type Phase, type Plan, type Unit } from '../../engine/plan/plan.ts';
import { parseSpec } from '../../engine/spec/spec.ts';
import { planningOn } from './migration-under-test.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';

const goldens = new URL('../golden/postgres/', import.meta.url);
const migrations = new URL('../../migrations/', import.meta.url);
const schema = new URL('../../rehearsal/data/example-schema.sql', import.meta.url);
const files = readdirSync(migrations).filter((file) => file.endsWith('.yaml'));

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(readFileSync(schema, 'utf8'));
});
afterAll(() => db.close());

function written(unit: Unit): string {
  const title = `-- ${unit.does} (lock: ${unit.lock}${unit.kind === 'online' ? '; runs beside the traffic' : ''})`;
  if (unit.kind === 'brief') return [title, ...unit.statements.map((each) => `${each};`)].join('\n');
  const clean = unit.clean === null ? [] : ['-- … if it failed, first:', `${unit.clean};`];
  return [title, `${unit.statement};`, '-- … is watched by:', `${unit.state};`, ...clean].join('\n');
}

function section(name: string, { run, undo }: Phase): readonly string[] {
  if (run.length === 0 && 'length' in undo && undo.length === 0) return [];
  const back = 'irreversible' in undo ? [`-- cannot be undone: ${undo.irreversible}`] : undo.map(written);
  return [`---- phase ${name} ----`, ...run.map(written), `---- undo of ${name} ----`, ...back];
}

function asReviewed({ migration, warnings, phases, walk, swapped }: Plan): string {
  return [
    `-- ${migration}: what runs on PostgreSQL, phase by phase, each with its undo. Written by the tests; read it as a DBA would.`,
    ...warnings.map((warning) => `-- warning: ${warning}`),
    ...livedPhases({ phases }).flatMap((name) => section(name, phaseOf({ phases }, name))),
    ...(walk === null ? [] : ['---- the walk over the rows, each statement one call ----']),
    ...Object.entries(walk ?? {}).map(([name, statement]) => `-- ${name}\n${statement};`),
    ...(swapped === undefined ? [] : ['---- the comparison once the names are exchanged ----']),
    ...Object.entries(swapped?.walk ?? {}).map(([name, statement]) => `-- ${name}\n${statement};`),
  ]
    .join('\n\n')
    .concat('\n');
}

/** `UPDATE_GOLDENS=1 npx vitest run --project real test/engine/golden` writes them anew. */
test.each(files)('the SQL of %s is as it was reviewed', async (file) => {
  const spec = parseSpec(readFileSync(new URL(file, migrations), 'utf8'), file);
  const planning = await planningOn(db.database);
  const subject = await preflight(spec, planning);
  await installLedger(db.database);
  const plan = asReviewed(await compile(spec, subject, planning));
  const golden = new URL(`${parse(file).name}.sql`, goldens);
  if (process.env['UPDATE_GOLDENS'] === '1') {
    mkdirSync(goldens, { recursive: true });
    writeFileSync(golden, plan);
  }
  expect(existsSync(golden) ? readFileSync(golden, 'utf8') : 'no such file').toBe(plan);
});

test('every reviewed file belongs to a migration that is shipped', () => {
  const shipped = files.map((file) => `${parse(file).name}.sql`);
  expect(readdirSync(goldens).toSorted()).toEqual(shipped.toSorted());
});
