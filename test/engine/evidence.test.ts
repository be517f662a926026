import { describe, expect, test } from 'vitest';
import { judgeEvidence, type Measured } from '../../engine/evidence.ts';

const now = '2026-10-01T12:00:00.000Z';
const good: Measured = {
  gate: 'contract',
  comparesRows: true,
  verification: { rows: 12, mismatches: 0, finished: true },
  stubbornRows: 0,
  unbuilt: [],
  readSharePercent: 100,
  readsMove: true,
  dependents: [],
  now,
};
const failing = (measured: Partial<Measured>): readonly string[] =>
  judgeEvidence({ ...good, ...measured })
    .items.filter(({ verdict }) => verdict === 'fail')
    .map(({ what, measured: text }) => `${what}: ${text}`);

describe('evidence for the contract gate', () => {
  test('that is all good opens it, and every item is there for people to read', () => {
    expect(judgeEvidence(good)).toMatchObject({
      open: true,
      items: [
        { what: 'rows compared', measured: '12, 0 mismatches', verdict: 'pass' },
        { what: 'stubborn rows', measured: '0', verdict: 'pass' },
        { what: 'constraints and indexes', measured: 'built', verdict: 'pass' },
        { what: 'reads on the new shape', measured: '100 %', verdict: 'pass' },
        { what: 'objects that name the old shape', measured: 'none', verdict: 'pass' },
      ],
    });
  });

  test.each<{ measured: Partial<Measured>; fails: string }>([
    {
      measured: { verification: { rows: 12, mismatches: 1, finished: true } },
      fails: 'rows compared: 12, 1 mismatches',
    },
    {
      measured: { verification: { rows: 12, mismatches: 0, finished: false } },
      fails: 'rows compared: not finished',
    },
    { measured: { stubbornRows: 2 }, fails: 'stubborn rows: 2' },
    {
      measured: { unbuilt: ['build a', 'build b'] },
      fails: 'constraints and indexes: missing: build a, build b',
    },
    { measured: { readSharePercent: 99 }, fails: 'reads on the new shape: 99 %' },
    {
      measured: { dependents: ['view a', 'view b'] },
      fails: 'objects that name the old shape: view a; view b',
    },
  ])('keeps it shut: $fails', ({ measured, fails }) => {
    expect(failing(measured)).toEqual([fails]);
    expect(judgeEvidence({ ...good, ...measured }).open).toBe(false);
  });

  test('asks for no share of reads where none move', () => {
    expect(failing({ readsMove: false, readSharePercent: 0 })).toEqual([]);
  });

  test('of a change that writes no row asks for no comparison', () => {
    const unseen = { rows: 0, mismatches: 0, finished: false };
    expect(failing({ comparesRows: false, verification: unseen })).toEqual([]);
  });
});

test('the read switch asks neither for reads nor for dependents', () => {
  expect(failing({ gate: 'read-switch', readSharePercent: 0, dependents: ['view a'] })).toEqual([]);
  expect(failing({ gate: 'read-switch', stubbornRows: 1 })).toEqual(['stubborn rows: 1']);
});
