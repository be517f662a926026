import { assert, asyncProperty, record } from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { InvalidSpec } from '../../../../../engine/database/errors.ts';
import type { SqlParser } from '../../../../../engine/database/sql-parser.ts';
import { claimFault } from '../../../../../engine/dialects/postgres/fragments/claim-fault.ts';
import { fragmentsOf } from '../../../../../engine/spec/spec-schema.ts';
import { checkPlan } from '../../../../../engine/dialects/postgres/meaning/check-plan.ts';
import type { Plan } from '../../../../../engine/plan/plan.ts';
import type { Tree } from '../../../../../engine/dialects/postgres/naming/tree.ts';
import { parseSpec, type Spec } from '../../../../../engine/spec/spec.ts';
import type { Change } from '../../../../../engine/changes/kinds.ts';
import { sqlParser } from '../../../../../lambdas/runtime/sql-parser.ts';
import { honest, plansOf, specsWith, type Written } from './compiled-with.ts';
import { hostileFragment } from './hostile-fragment.ts';
import { exchanged, read, sqlOf, valueRead } from './read-as-planned.ts';

let parser: SqlParser;
beforeAll(async () => {
  parser = await sqlParser();
});

/** One hostile fragment among honest ones: most files are refused for one reason, and the rest of them is to be read. */
const oneHostile = (key: keyof Written) =>
  hostileFragment(key === 'type' ? 'type' : 'value').map((text): Written => ({ ...honest, [key]: text }));
const allHostile = record({
  type: hostileFragment('type'),
  up: hostileFragment('value'),
  down: hostileFragment('value'),
  default: hostileFragment('value'),
});

const standIns: Readonly<Record<string, string>> = {
  type: 'stand_in_type',
  up: 'stand_in_up',
  down: 'stand_in_down',
  default: '(stand_in_default)',
  backfill: 'stand_in_backfill',
};
/** Where the author's SQL is, with what stands beside it: a column of a new side has its own. */
const written = (change: Change): object =>
  change.kind === 'split-column' ? { ...change, ...intoTo(change) } : change;
const intoTo = ({ into }: { readonly into: object }): object => {
  const to: unknown = Reflect.get(into, 'to');
  return typeof to === 'object' && to !== null ? to : {};
};
const withStandIns = (keys: object): object =>
  Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, standIns[key] ?? value]));

function harmless(change: Change): Change {
  const into =
    change.kind === 'split-column' ? { into: { ...change.into, to: withStandIns(intoTo(change)) } } : {};
  return parseSpec(
    JSON.stringify({ goal: 'g', table: 'public.users', change: { ...withStandIns(change), ...into } }),
    'm.yaml',
  ).change;
}

type Read = readonly (readonly unknown[])[];

/** Statements that hold nothing of the author's are the same in every plan of their kind, and are read once. */
const readBefore = new Map<string, unknown>();
const readPlans = (plans: readonly Plan[]): Read =>
  plans.map((plan) => sqlOf(plan).map((sql) => readBefore.get(sql) ?? read(sql, parser)));

/** The statements of a change's plans with harmless names in place of the author's SQL; they hang on its keys alone. */
const meantBy = new Map<string, Read>();
async function meant(change: Change): Promise<Read> {
  const keys = Object.keys(change).join();
  const known = meantBy.get(keys);
  if (known !== undefined) return known;
  const plans = await plansOf(harmless(change));
  for (const sql of plans.flatMap(sqlOf)) readBefore.set(sql, read(sql, parser));
  const first = readPlans(plans);
  meantBy.set(keys, first);
  return first;
}

/** Every statement is what it is with a harmless name in the fragment's place: the fragment stands there and nowhere else. */
async function expectNothingMoved(change: Change, plans: readonly Plan[]): Promise<void> {
  const fragments = written(change);
  const of = (key: string, sql: string): readonly [string, Tree][] =>
    key in fragments
      ? [
          [
            (standIns[key] ?? '').replaceAll(/[()]/gu, ''),
            valueRead(sql + String(Reflect.get(fragments, key)), parser),
          ],
        ]
      : [];
  const expected = exchanged(await meant(change), {
    values: new Map(['up', 'down', 'default', 'backfill'].flatMap((key) => of(key, ''))),
    types: new Map(of('type', 'NULL::')),
  });
  const got = readPlans(plans);
  // The test's own comparison takes a hundred times as long.
  if (!isDeepStrictEqual(got, expected)) expect(got).toEqual(expected);
}

/** The specs that a file with this SQL gives, as far as its keys alone do not refuse it. */
function specs(given: Written): readonly Spec[] {
  try {
    return specsWith(given);
  } catch (error) {
    if (error instanceof InvalidSpec) return [];
    throw error;
  }
}

let passed = 0;
async function judge(given: Written): Promise<void> {
  for (const { change } of specs(given)) {
    if (fragmentsOf(change).some((fragment) => claimFault(fragment, parser) !== undefined)) continue;
    passed += 1;
    const plans = await plansOf(change);
    await expectNothingMoved(change, plans);
    for (const plan of plans) checkPlan(plan, parser);
  }
}

describe('no fragment leaves its place', () => {
  test.each(['type', 'up', 'down', 'default'] as const)(
    '%s: it is planned there and nowhere else',
    async (key) => {
      passed = 0;
      await assert(asyncProperty(oneHostile(key), judge), { numRuns: 50 });
      // A quarter of the fragments is honest.
      expect(passed).toBeGreaterThan(5);
    },
  );

  test('all of them at once', async () => {
    await assert(asyncProperty(allHostile, judge), { numRuns: 200 });
  });
});
