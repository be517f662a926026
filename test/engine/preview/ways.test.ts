import { describe, expect, test } from 'vitest';
import type { ThroughView } from '../../../engine/dialects/inspector.ts';
import { usualAssumptions } from '../../../engine/preview/estimate.ts';
import { emptyPhase, type Plan } from '../../../engine/plan/plan.ts';
import { otherWay, waysOf, type BothWays, type Ways } from '../../../engine/preview/ways.ts';
import { specOf } from '../migration-under-test.ts';
import { pairShape } from '../shapes-for-tests.ts';
import { statisticsOf } from '../statistics-of.ts';
import { planForTests, walksForTests } from '../plan-for-tests.ts';

const spec = specOf('m', {
  table: 'public.users',
  change: { kind: 'rename-column', from: 'email', to: 'mail' },
});
const side = (column: string) => ({ column, type: 'text' });
const copied: Plan = planForTests({
  shape: pairShape({ old: side('email'), new: side('mail'), up: '', down: '', quarantined: 'q' }),
  phases: {
    expand: emptyPhase,
    backfill: emptyPhase,
    verify: emptyPhase,
    'read-switch': emptyPhase,
    contract: emptyPhase,
  },
  walks: walksForTests,
});
const aliased: Plan = {
  ...copied,
  phases: { expand: emptyPhase, 'read-switch': emptyPhase, contract: emptyPhase },
  walks: [],
};
const clean: ThroughView = { unmeasured: null, statements: [], functions: [] };

const ways = (rows: number, both: Partial<BothWays> = {}): Ways => {
  const statistics = statisticsOf({ rows, tableBytes: rows * 100, indexBytes: rows * 20 });
  const looked = { spec, plan: copied, statistics };
  const found = waysOf(
    looked,
    { other: { plan: aliased, refused: [] }, throughView: clean, ...both },
    usualAssumptions,
  );
  if (found === null) throw new Error('there are two ways');
  return found;
};

test('the ways are to copy and to alias, whichever the file says', () => {
  const { change } = spec;
  const other = otherWay(change);
  expect(other).toMatchObject({ by: 'alias' });
  expect(other && otherWay(other)).toMatchObject({ by: 'copy' });
  expect(ways(1000).ways.map(({ by, chosen }) => [by, chosen])).toEqual([
    ['copy', true],
    ['alias', false],
  ]);
});

test('a copy writes every row and every index entry, an alias nothing', () => {
  expect(ways(1000).ways).toMatchObject([
    { rowsWritten: 1000, walBytes: 120_000 },
    { rowsWritten: 0, walBytes: 0, workSeconds: 0 },
  ]);
});

describe('recommended is', () => {
  const fails: ThroughView = {
    ...clean,
    statements: [{ queryId: '1', role: 'app', calls: 3, fails: ['TRUNCATE'] }],
  };
  test.each([
    ['a copy of a small table', 1000, {}, 'copy'],
    ['an alias where a copy works for hours', 2_000_000_000, {}, 'alias'],
    ['a copy where something would fail', 2_000_000_000, { throughView: fails }, 'copy'],
    [
      'a copy where nobody has looked',
      2_000_000_000,
      { throughView: { ...clean, unmeasured: 'pg_stat_statements is not there' } },
      'copy',
    ],
    [
      'a copy where an alias is refused',
      2_000_000_000,
      { other: { plan: null, refused: ['published'] } },
      'copy',
    ],
  ] as const)('%s', (_, rows, both, recommended) => {
    expect(ways(rows, both).recommended).toBe(recommended);
  });

  test('and what would fail is said with who sends it', () => {
    expect(ways(1, { throughView: fails }).ways[1]?.fails).toEqual(['TRUNCATE: 3 calls by app, queryid 1']);
  });
});
