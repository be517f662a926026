import { expect, test } from 'vitest';
import { statementsNamingTable } from '../../../../../engine/dialects/postgres/usage/statements-naming.ts';
import { sqlParser } from '../../../../../lambdas/runtime/sql-parser.ts';

const parser = await sqlParser();
const table = { schema: 'public', name: 'people' };
const counted = (text: string, bySchema = true) => ({
  bySchema,
  since: '2026-11-29T00:00:00.000Z',
  readers: 0,
  statements: [{ key: '1', queryId: '1', role: 'app', calls: 3, text, isWhole: true }],
});

test.each([
  ['with the old schema', 'SELECT 1 FROM public.people', 'crm', [false]],
  ['with the new schema', 'SELECT 1 FROM crm.people', 'crm', []],
  ['without one, where the table keeps its name', 'SELECT 1 FROM people', 'crm', [true]],
  ['without one, where the table has another name', 'SELECT 1 FROM people', null, [false]],
])('a statement that names the table %s', (_, text, to, doubtful) => {
  const base = to === null ? { ...table, name: 'persons' } : { ...table, schema: to };
  const measured = statementsNamingTable({ table, base }, parser, counted(text));
  expect(measured.kind === 'counted' && measured.named.map((each) => each.doubtful)).toEqual(doubtful);
});

test.each([
  ['the old schema is in the text that came first', 'SELECT 1 FROM public.people', 'unmeasured'],
  ['the new schema is in the text that came first', 'SELECT 1 FROM crm.people', 'unmeasured'],
  ['neither is named', 'SELECT people FROM visits', 'counted'],
])('where the server counts by names alone and %s', (_, text, kind) => {
  const base = { ...table, schema: 'crm' };
  expect(statementsNamingTable({ table, base }, parser, counted(text, false)).kind).toBe(kind);
});
