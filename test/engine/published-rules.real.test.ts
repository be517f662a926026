import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { beforeAll, expect, test } from 'vitest';
import { compile } from '../../engine/compile.ts';
import { preflight } from '../../engine/preflight.ts';
import { dialectOf } from '../../engine/dialects/dialects.ts';
import { installLedger } from '../../engine/ledger/install.ts';
import { livedPhases, phaseOf, type Plan, type PhaseName, type Unit } from '../../engine/plan/plan.ts';
import { parseSpec } from '../../engine/spec/spec.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { databaseUnderTest } from './database-under-test.ts';
import { planningOn } from './migration-under-test.ts';

// Every statement of every example's plan, held against what squawk and eugene publish and against our own rules for DDL.

const migrations = new URL('../../migrations/', import.meta.url);
const schema = new URL('../../rehearsal/data/example-schema.sql', import.meta.url);

/** Where a statement stands, and what is known there of the statements before it. */
interface Place {
  readonly migration: string;
  readonly kind: string;
  readonly phase: PhaseName;
  readonly use: 'run' | 'undo';
  readonly unit: Unit;
  readonly plan: Plan;
}

const places: Place[] = [];
beforeAll(async () => {
  const db = await databaseUnderTest(readFileSync(schema, 'utf8'));
  try {
    await installLedger(db.database);
    const planning = await planningOn(db.database);
    for (const file of readdirSync(migrations).filter((name) => name.endsWith('.yaml'))) {
      const spec = parseSpec(readFileSync(new URL(file, migrations), 'utf8'), file);
      const plan = await compile(spec, await preflight(spec, planning), planning);
      for (const phase of livedPhases(plan)) {
        const { run, undo } = phaseOf(plan, phase);
        const at = { migration: spec.name, kind: spec.change.kind, phase, plan };
        places.push(...run.map((unit) => ({ ...at, use: 'run' as const, unit })));
        if (!('irreversible' in undo))
          places.push(...undo.map((unit) => ({ ...at, use: 'undo' as const, unit })));
      }
    }
  } finally {
    await db.close();
  }
});

const statementsOf = (unit: Unit): readonly string[] =>
  unit.kind === 'brief' ? unit.statements : [unit.statement];

const told = ({ migration, phase, use, unit }: Place): string =>
  `${migration}, ${phase}, ${use}: ${unit.does}`;

const isFarewell = ({ phase, use }: Place): boolean => phase === 'contract' && use === 'run';
const isUndo = ({ use }: Place): boolean => use === 'undo';

/** A rule that a statement breaks by its text alone, and why it does no harm where the plan has it. Anything else is a fault. */
type Answers = Readonly<Record<string, (place: Place) => boolean>>;

/** Names are exchanged, or put aside, when no reader asks for the old one any more: the evidence at the gate before says so. */
const namesMove = (place: Place): boolean => ['quarantine', 'swap'].includes(place.phase) || isAliased(place);

/** In one transaction a view gets the name that the table loses, or gives it up when the evidence says that nobody asks for it. */
const isAliased = ({ unit }: Place): boolean =>
  unit.kind === 'brief' && unit.statements.some((each) => /^(?:CREATE|DROP) VIEW\b/u.test(each));

/** The table is made in the same unit: it has no row, and nobody knows it. */
const isNewTable = ({ unit }: Place): boolean =>
  unit.kind === 'brief' && unit.statements[0]?.startsWith('CREATE TABLE') === true;

function isValidatedBefore({ plan, phase, use, unit }: Place): boolean {
  const { run, undo } = phaseOf(plan, phase);
  const list = use === 'run' ? run : 'irreversible' in undo ? [] : undo;
  const before = list.slice(0, list.indexOf(unit));
  return before.some((each) => each.kind === 'online' && each.statement.includes('VALIDATE CONSTRAINT'));
}

const squawk: Answers = {
  // Each unit runs once, and the ledger knows it; IF NOT EXISTS would take another's object for ours.
  'prefer-robust-stmts': () => true,
  'ban-drop-column': (place) => isFarewell(place) || isUndo(place),
  'ban-drop-table': (place) => isFarewell(place) || isUndo(place),
  'adding-serial-primary-key-field': isNewTable,
  'renaming-column': namesMove,
  'renaming-table': namesMove,
  // Nobody reads the column any more where reads have been switched: its NULLs meet no client that does not expect them.
  'ban-drop-not-null': ({ kind, phase, use }) =>
    kind === 'drop-not-null' || use === 'undo' || phase === 'read-switch',
  'adding-not-nullable-field': isValidatedBefore,
  'require-concurrent-index-deletion': isUndo,
  // Compiled so only where an empty copy has shown that the catalog alone changes.
  'changing-column-type': ({ migration }) => migration === 'coupons-code-to-text',
  // Stars from 1 to 5, by a check: the old column's type, or the one that the author asks for.
  'prefer-bigint-over-smallint': ({ migration }) => migration === 'reviews-stars-to-rating',
  'prefer-bigint-over-int': ({ migration }) => migration === 'reviews-stars-to-integer',
};

const own: Answers = {
  // A check that says the same was validated before: PostgreSQL then reads no row.
  'set-not-null': isValidatedBefore,
  // Under the lock timeout, and tried again: it waits for readers half a second at the most.
  'drop-index-concurrently': isUndo,
  'drop-column': (place) => isFarewell(place) || isUndo(place),
  'drop-data': (place) => isFarewell(place) || isUndo(place),
  'index-concurrently': isNewTable,
  'constraint-using-index': isNewTable,
  'constraint-not-valid': isNewTable,
  rename: namesMove,
  'drop-definition': isAliased,
  // In the same transaction, under the lock timeout, the names behind it change, and whoever writes that table would look for the old
  // ones; or the statement that follows takes this lock anyway, and is asked once more first what it would cost.
  'lock-table': ({ kind, phase, migration }) =>
    (kind === 'split-table' && phase === 'quarantine') || migration === 'coupons-code-to-text',
  'change-type': ({ migration }) => migration === 'coupons-code-to-text',
};

const report = z.array(z.object({ file: z.string(), rule_name: z.string() }));

/** Each unit as its worker runs it: under timeouts, and where it is brief in one transaction. */
async function squawked(): Promise<readonly { readonly place: Place; readonly rule: string }[]> {
  const folder = mkdtempSync(join(tmpdir(), 'underpin-squawk-'));
  try {
    const files = places.map((place, at) => {
      const file = join(folder, `${at}.sql`);
      const inside = statementsOf(place.unit).map((each) => `${each};`);
      const timeouts = ["SET lock_timeout = '500ms';", "SET statement_timeout = '5s';"];
      const whole = place.unit.kind === 'brief' ? ['BEGIN;', ...inside, 'COMMIT;'] : inside;
      writeFileSync(file, [...timeouts, ...whole].join('\n'));
      return file;
    });
    const said = await new Promise<string>((done, failed) =>
      execFile(
        'node_modules/.bin/squawk',
        ['--reporter', 'json', '--pg-version', '14', ...files],
        { maxBuffer: 1e8 },
        (error, out) =>
          // 1: it has found something.
          error === null || error.code === 1 ? done(out) : failed(error),
      ),
    );
    return report.parse(JSON.parse(said)).flatMap(({ file, rule_name: rule }) => {
      const place = places[files.indexOf(file)];
      return place === undefined ? [] : [{ place, rule }];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const unanswered = (found: readonly { readonly place: Place; readonly rule: string }[], answers: Answers) =>
  found
    .filter(({ place, rule }) => answers[rule]?.(place) !== true)
    .map(({ place, rule }) => `${rule}: ${told(place)}`);

test('squawk finds nothing in them that the order of the phases does not answer', async () => {
  const found = await squawked();
  expect(unanswered(found, squawk)).toEqual([]);
  // An answer that nothing needs would hide the next fault.
  expect(Object.keys(squawk).filter((rule) => !found.some((each) => each.rule === rule))).toEqual([]);
});

test('our own rules for DDL find nothing in them that the order of the phases does not answer', async () => {
  const parser = await sqlParser();
  const found = places.flatMap((place) =>
    statementsOf(place.unit).flatMap((text) =>
      dialectOf('postgres')
        .authored.judge([{ file: 'plan', text }], parser)
        .filter(({ verdict }) => verdict === 'unsafe')
        .flatMap(({ findings }) => findings.map(({ rule }) => ({ place, rule }))),
    ),
  );
  expect(unanswered(found, own)).toEqual([]);
  expect(Object.keys(own).filter((rule) => !found.some((each) => each.rule === rule))).toEqual([]);
});
