import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compile } from '../../engine/compile.ts';
import { preflight } from '../../engine/preflight.ts';
import { installLedger } from '../../engine/ledger/install.ts';
import { parseSpec } from '../../engine/spec/spec.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../engine/database-under-test.ts';
import { planningOn } from '../engine/migration-under-test.ts';

const folder = new URL('../../docs/changes/', import.meta.url);
const schema = new URL('../../rehearsal/data/example-schema.sql', import.meta.url);
const pages = readdirSync(folder).filter((file) => file !== 'README.md');

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(readFileSync(schema, 'utf8'));
  await installLedger(db.database);
});
afterAll(() => db.close());

const read = (page: string): string => readFileSync(new URL(page, folder), 'utf8');

/** A page has one whole migration, on the tables of the examples. */
test.each(pages)('the migration of docs/changes/%s is accepted on the example schema', async (page) => {
  const examples = [...read(page).matchAll(/^```yaml\n([^]*?)^```$/gmu)].map(([, text = '']) => text);
  expect(examples).toHaveLength(1);
  const kind = parse(page).name;
  const spec = parseSpec(examples[0] ?? '', `example-of-${kind}.yaml`);
  expect(spec.change.kind).toBe(kind);
  const planning = await planningOn(db.database);
  const plan = await compile(spec, await preflight(spec, planning), planning);
  for (const phase of Object.keys(plan.phases)) expect(read(page), `it tells of ${phase}`).toContain(phase);
});

test('every page is in the list', () => {
  for (const page of pages) expect(read('README.md')).toContain(`(${page})`);
});
