import { installLedger } from '../../engine/ledger/install.ts';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compile } from '../../engine/compile.ts';
import { preflight } from '../../engine/preflight.ts';
import { parseSpec } from '../../engine/spec/spec.ts';
import { planningOn } from './migration-under-test.ts';
import { planAsReviewed } from './plan-as-reviewed.ts';
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

/** `UPDATE_GOLDENS=1 npx vitest run --project real test/engine/golden` writes them anew. */
test.each(files)('the SQL of %s is as it was reviewed', async (file) => {
  const spec = parseSpec(readFileSync(new URL(file, migrations), 'utf8'), file);
  const planning = await planningOn(db.database);
  const subject = await preflight(spec, planning);
  await installLedger(db.database);
  const plan = planAsReviewed(await compile(spec, subject, planning), 'PostgreSQL');
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
