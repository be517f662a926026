import { describe, expect, test } from 'vitest';
import type { PhaseName } from '../../engine/plan/plan.ts';
import { reportPage } from '../../report/html.ts';
import { isMeasured, type Report } from '../../report/report.ts';
import type { Rehearsal, RehearsalResult } from '../../rehearsal/stage/result.ts';
import { hasMysql } from '../fresh-mysql-database.ts';
import { engineOf, onStage } from './on-stage.ts';
import type { Stage } from './stage.ts';

export interface MigrationUnderTest {
  readonly file: string;
  readonly table: string;
  /** The phases in which a guardrail is tripped; the change's own, without those that do nothing for it. */
  readonly phases: readonly PhaseName[];
  readonly gates: readonly ('read-switch' | 'swap' | 'contract')[];
  /** The phases in which everything is stopped dead. */
  readonly stops: readonly PhaseName[];
  /** Of those, the ones after which the next start goes back by itself, and the one after that completes. */
  readonly backFirst?: readonly PhaseName[];
  /** Settings of a start without traffic, where the file relies on what the application reports. */
  readonly untended?: Readonly<Record<string, unknown>>;
  /** What the table looks like when all is done: columns by name, with type and NOT NULL. */
  readonly columnsAfter: Readonly<Record<string, string>>;
  /** The views over it then, with the types of their columns. */
  readonly viewsAfter?: readonly unknown[];
}

/**
 * Sends a migration through every path unasked: it completes; it rolls back from each phase and is started again;
 * a worker is killed in the middle; a gate is refused; the new shape is removed again. Old and new clients write
 * throughout, and every acknowledged write is checked. The paths are walked side by side.
 */
export function migrationTest(name: string, migration: MigrationUnderTest): void {
  const isHere = engineOf(migration.file) === 'postgres' || hasMysql();
  describe.skipIf(!isHere).concurrent(name, () => {
    const walk = (path: (stage: Stage) => Promise<void>): Promise<void> => onStage(migration, path);
    const expectCompleted = async (stage: Stage, run: Promise<Rehearsal>): Promise<void> => {
      expectWell(await run);
      const { columnsAfter, viewsAfter } = migration;
      const { columns, triggers, functions, views } = await stage.catalog();
      expect({ columns, triggers, functions }).toEqual({
        columns: columnsAfter,
        triggers: [],
        functions: [],
      });
      if (viewsAfter) expect(views).toEqual(viewsAfter);
    };

    test('onRollback: remove leaves the table as it was, and from there it completes under live traffic', () =>
      walk(async (stage) => {
        const before = await stage.catalog();
        const phase = migration.phases.at(-1) ?? 'verify';
        expectRolledBack(await stage.run({ breach: phase }, { onRollback: 'remove' }));
        expect(await stage.catalog()).toEqual(before);
        await expectCompleted(stage, stage.run({}, { reads: { ramp: [50, 100], bake: '60s' } }));
      }));

    test.runIf(migration.phases.includes('backfill'))(
      'a worker killed in the middle of the backfill changes nothing but the time',
      () => walk((stage) => expectCompleted(stage, stage.run({ killWorker: true, rows: 30_000 }))),
    );

    // Of a kind that nothing else starts on a table that nobody has migrated, and completes.
    test.runIf(migration.stops.length === 0 && !migration.phases.includes('backfill'))(
      'a first start completes',
      () => walk((stage) => expectCompleted(stage, stage.run())),
    );

    test.each(inTurn(waysBack(migration)))('%s rolls back, and the next start completes', (_, ways) =>
      walk(async (stage) => {
        for (const way of ways) {
          const rehearsal = await stage.run(way);
          expectRolledBack(rehearsal);
          if ('breach' in way) expect(rehearsal.result.rollback?.phase).toBe(way.breach);
        }
        await expectCompleted(stage, stage.run());
      }),
    );

    test.each(migration.stops)('everything stops dead in %s, and the next start completes', (phase) =>
      walk(async (stage) => {
        await stage.runUntil(phase);
        if (migration.backFirst?.includes(phase) === true) {
          const { result, notes } = await stage.run({ requestsPerSecond: 0 }, migration.untended);
          expect(result.outcome, notes.join('; ')).toBe('rolled-back');
        }
        // Without traffic: the old version of the application would have been retired by then.
        await expectCompleted(stage, stage.run({ requestsPerSecond: 0 }, migration.untended));
      }),
    );
  });
}

type WayBack = { readonly breach: PhaseName } | { readonly reject: MigrationUnderTest['gates'][number] };

/** Those from before reads move, and those from after, with the gates: the later ones take as long as all of the earlier. */
function waysBack({ phases, gates }: MigrationUnderTest): readonly (readonly WayBack[])[] {
  const moved = phases.findIndex((phase) => ['read-switch', 'swap', 'confidence'].includes(phase));
  const breaches = phases.map((breach) => ({ breach }));
  const rejections = gates.map((reject) => ({ reject }));
  if (moved < 0) return [[...breaches, ...rejections]];
  return [breaches.slice(0, moved), [...breaches.slice(moved), ...rejections]];
}

const wayText = (way: WayBack): string =>
  'breach' in way ? `a guardrail in ${way.breach}` : `a refused gate at ${way.reject}`;

/**
 * Each list is one path: every start after a rollback goes through the phase that the last one came back from and on to its
 * own, and the last start completes. `PATHS=apart` lets each rollback be followed by a start that completes, which takes
 * longer.
 */
function inTurn(lists: readonly (readonly WayBack[])[]): readonly (readonly [string, readonly WayBack[]])[] {
  const paths = process.env['PATHS'] === 'apart' ? lists.flat().map((way) => [way]) : lists;
  return paths.filter(({ length }) => length > 0).map((path) => [path.map(wayText).join(', then '), path]);
}

/** The state machine wrote its report, and it says what the rehearsal has measured itself. */
function expectReported(
  report: Report | null,
  { outcome, traffic, phases, verification }: RehearsalResult,
): void {
  if (report === null) throw new Error('no report was written');
  expect(report).toMatchObject({
    outcome: { status: outcome },
    // A rehearsal without traffic has none to tell of.
    users:
      traffic.requests === 0
        ? { notMeasured: expect.any(String) }
        : { total: traffic.requests, failed: traffic.failed },
    audit: { open: expect.any(Array) },
    cost: {
      items: [
        { quantity: expect.any(Number) },
        { what: 'Lambda invocations' },
        {},
        { what: 'RDS Data API requests' },
      ],
      counts: [{ value: expect.stringMatching(/in (\d+) of \1 executions$/u) }],
    },
  });
  expect(report.phases.map(({ name }) => name)).toEqual(phases.map(({ name }) => name));
  if (!isMeasured(report.cost) || !isMeasured(report.verification))
    throw new Error('cost and passes are measured');
  for (const { what, quantity } of report.cost.items) expect(quantity, what).toBeGreaterThan(0);
  const compared = report.verification.passes.findLast(({ kind, finished }) => kind !== 'repair' && finished);
  // What a way back has copied last goes with its checkpoints, and is seen as far as it was looked at.
  if (verification.repaired === undefined) expect(compared?.changed ?? 0).toBe(verification.mismatches);
  expect(reportPage(report)).not.toMatch(/undefined|NaN|\[object/u);
}

function expectRolledBack({ result, asAsked, report }: Rehearsal): void {
  expectReported(report, result);
  expect({ ...result, asAsked }).toMatchObject({
    asAsked: true,
    outcome: 'rolled-back',
    traffic: { failed: 0, lostWrites: 0 },
  });
}

/** It completed as a rehearsal should: nothing differs, no request failed, no write was lost. */
function expectWell({ result, asAsked, notes, report }: Rehearsal): void {
  expect(notes).toEqual([]);
  expectReported(report, result);
  expect({ ...result, asAsked }).toMatchObject({
    asAsked: true,
    outcome: 'completed',
    verification: { mismatches: 0 },
    traffic: { failed: 0, lostWrites: 0 },
  });
}
