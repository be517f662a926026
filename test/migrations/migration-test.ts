import { describe, expect, test } from 'vitest';
import { phaseNames, type PhaseName } from '../../engine/plan/plan.ts';
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
 * a worker is killed in the middle; a gate is refused; the new shape is removed again; everything stops dead. Old and new clients
 * write until reads have moved, and every acknowledged write is checked. The paths are walked side by side.
 */
export function migrationTest(name: string, migration: MigrationUnderTest): void {
  const isHere = engineOf(migration.file) === 'postgres' || hasMysql();
  describe.skipIf(!isHere).concurrent(name, () => {
    const walk = (path: (stage: Stage) => Promise<void>): Promise<void> => onStage(migration, path);
    const isCopied = migration.phases.includes('backfill');
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

    // The other paths begin with starts that do not complete.
    test.runIf(isCopied || migration.stops.length === 0)(
      `a first start completes${isCopied ? ', though a worker is killed in the middle of the backfill' : ''}`,
      () =>
        walk((stage) =>
          expectCompleted(stage, stage.run(isCopied ? { killWorker: true, rows: 30_000 } : {})),
        ),
    );

    test.each(inTurn(waysBack(migration), wayText))(
      '%s: rolls back, and the next start completes',
      (_, ways) =>
        walk(async (stage) => {
          const before = await stage.catalog();
          for (const way of ways) {
            const isRemoved = 'removes' in way;
            const rehearsal = isRemoved
              ? await stage.run({ breach: way.removes }, { onRollback: 'remove' })
              : await stage.run(way);
            expectRolledBack(rehearsal);
            if ('breach' in way) expect(rehearsal.result.rollback?.phase).toBe(way.breach);
            if (isRemoved) expect(await stage.catalog()).toEqual(before);
          }
          // Nothing is left of the starts before: as good a place as any for a ramp of two steps.
          const isAnew = ways.some((way) => 'removes' in way);
          await expectCompleted(stage, stage.run({}, isAnew ? { 'reads.ramp': [50, 100] } : {}));
        }),
    );

    test.each(inTurn([migration.stops], (phase) => phase))(
      'everything stops dead in %s: each start goes on from there, and the last one completes',
      (_, phases) =>
        walk(async (stage) => {
          const untended = [{ requestsPerSecond: 0 }, migration.untended ?? {}] as const;
          for (const [at, phase] of phases.entries()) {
            const isTended = !phases.slice(0, at).some(movesReads);
            await stage.runUntil(phase, ...(isTended ? ([] as const) : untended));
            if (migration.backFirst?.includes(phase) === true) {
              const { result, notes } = await stage.run(...untended);
              expect(result.outcome, notes.join('; ')).toBe('rolled-back');
            }
          }
          // Without traffic: the old version of the application would have been retired by then.
          await expectCompleted(stage, stage.run(...untended));
        }),
    );
  });
}

const movesReads = (phase: PhaseName): boolean =>
  phaseNames.indexOf(phase) >= phaseNames.indexOf('read-switch');

type WayBack =
  | { readonly breach: PhaseName }
  | { readonly reject: MigrationUnderTest['gates'][number] }
  | { readonly removes: PhaseName };

/**
 * Those from before reads move, and those from after, with the gates: the later ones take as long as all of the earlier. The new
 * shape is removed behind the later ones, where a start completes with all that the earlier ones have left.
 */
function waysBack({ phases, gates }: MigrationUnderTest): readonly (readonly WayBack[])[] {
  const moved = phases.findIndex(movesReads);
  const breaches = phases.map((breach) => ({ breach }));
  const rejections = gates.map((reject) => ({ reject }));
  const removal = [{ removes: phases.at(-1) ?? 'verify' }];
  if (moved <= 0) return [[...breaches, ...rejections], removal];
  return [breaches.slice(0, moved), [...breaches.slice(moved), ...rejections, ...removal]];
}

function wayText(way: WayBack): string {
  if ('removes' in way) return `onRollback: remove in ${way.removes}, which leaves the table as it was`;
  return 'breach' in way ? `a guardrail in ${way.breach}` : `a refused gate at ${way.reject}`;
}

/**
 * Each list is one path: every start goes through the phase in which the one before ended and on to its own, and the last one
 * completes. `PATHS=apart` lets a start that completes follow each of them, which takes longer.
 */
function inTurn<T>(
  lists: readonly (readonly T[])[],
  text: (each: T) => string,
): readonly (readonly [string, readonly T[]])[] {
  const paths = process.env['PATHS'] === 'apart' ? lists.flat().map((each) => [each]) : lists;
  return paths.filter(({ length }) => length > 0).map((path) => [path.map(text).join(', then '), path]);
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
