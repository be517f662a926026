import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { PhaseName } from '../../engine/plan/plan.ts';
import { play, type Failing, type Payload } from './played-migration.ts';

const walk = z.object({ purpose: z.string(), n: z.number() });
const comparisonOf = ({ comparison }: Payload): z.infer<typeof walk> | null =>
  walk.nullish().parse(comparison) ?? null;
const walkOf = (given: Payload): z.infer<typeof walk> => walk.parse(given['walk']);

const error = 'ComparisonOvertaken';
/** Behind the first comparison of that purpose something came. */
const behind = (purpose: string) => (given: Payload) => {
  const comparison = comparisonOf(given);
  return comparison?.purpose === purpose && comparison.n === 1 ? error : undefined;
};
const applying =
  (phase: PhaseName, raised: (given: Payload) => string | undefined) =>
  (given: Payload): string | undefined =>
    given.phase === phase ? raised(given) : undefined;

const withoutQuarantine: readonly PhaseName[] = [
  'expand',
  'dual-write',
  'backfill',
  'verify',
  'swap',
  'confidence',
  'contract',
];

describe('rows that came behind the last comparison are compared before', () => {
  test.each<readonly [string, string, Failing, (given: Payload) => boolean]>([
    ['reads move', 'verify', { SetReadShare: behind('verify') }, () => true],
    [
      'names are exchanged',
      'verify',
      { ApplyPhase: applying('swap', behind('verify')) },
      ({ phase }) => phase === 'swap',
    ],
    [
      'the old shape is set aside',
      'before-contract',
      { ApplyPhase: applying('quarantine', behind('before-contract')) },
      ({ phase }) => phase === 'quarantine',
    ],
  ])('%s', async (_, purpose, failing, isAsked) => {
    const played = await play({ failing });
    expect(played).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'completed' } });
    const compared = played.given('JudgeVerification').map(walkOf);
    expect(compared.filter((each) => each.purpose === purpose)).toEqual([
      { purpose, n: 1 },
      { purpose, n: 2 },
    ]);
    const [asked = ''] = Object.keys(failing);
    const [first, ...then] = played.given(asked).filter(isAsked).map(comparisonOf);
    expect(first).toEqual({ purpose, n: 1 });
    expect([...new Set(then.map((each) => each?.n))]).toEqual([2]);
  });

  test('the old shape is dropped, in a quarantine under the names that it has there', async () => {
    const failing = { ApplyPhase: applying('contract', behind('before-contract')) };
    const drops = async (phases?: readonly PhaseName[]) =>
      (await play({ failing, ...(phases && { plan: { phases } }) }))
        .given('ApplyPhase')
        .filter(({ phase }) => phase === 'contract')
        .map(comparisonOf);
    expect(await drops(withoutQuarantine)).toEqual([
      { purpose: 'before-contract', n: 1 },
      { purpose: 'before-contract', n: 2 },
    ]);
    expect(await drops()).toEqual([
      { purpose: 'before-contract', n: 1 },
      { purpose: 'before-drop', n: 1 },
    ]);
  });
});

test.each<readonly [string, readonly PhaseName[] | undefined, PhaseName]>([
  ['set aside', undefined, 'quarantine'],
  ['dropped', withoutQuarantine, 'contract'],
  ['dropped after a quarantine', undefined, 'contract'],
])(
  'where those rows differ, the migration goes back before the old shape is %s',
  async (_, phases, phase) => {
    const played = await play({
      failing: {
        ApplyPhase: applying(phase, behind('before-contract')),
        JudgeVerification: (given) =>
          ['before-contract 2', 'before-drop 1'].includes(Object.values(walkOf(given)).join(' '))
            ? 'VerificationFailed'
            : undefined,
      },
      ...(phases && { plan: { phases } }),
    });
    expect(played).toMatchObject({ status: 'FAILED', error: 'RolledBack' });
    expect(played.given('FenceWorkers')).toMatchObject([{ failure: { phase } }]);
    expect(played.given('CloseMigration')).toMatchObject([{ status: 'rolled-back' }]);
  },
);
