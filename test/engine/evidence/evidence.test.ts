import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashedText, type EvidenceItem, type GateDecision } from '../../../engine/evidence/evidence.ts';
import { answer, judgeEvidence } from '../../../engine/evidence/judge-evidence.ts';
import type {
  GateMeasurements,
  NamedStatement,
  OldShapeMeasured,
  ReadsMeasured,
  RowsMeasured,
  StatementsMeasured,
} from '../../../engine/evidence/measured.ts';

const noStubbornRows = { count: 0, states: {}, list: '' };
const now = '2026-10-04T12:00:00.000Z';
const since = '2026-10-01T12:00:00.000Z';
const rows: RowsMeasured = {
  changedTriggers: [],
  rows: 1200,
  mismatches: 0,
  finished: true,
  startedAt: '2026-10-04T11:00:00.000Z',
  finishedAt: '2026-10-04T11:30:00.000Z',
  ageSeconds: 1800,
  freshSeconds: 86_400,
  mostPartial: null,
  lastRepairAt: '2026-10-01T08:00:00.000Z',
};
const reported: ReadsMeasured = { kind: 'reported', since, old: 3, new: 12_000, oldLately: 0 };
const counted: StatementsMeasured = { kind: 'counted', since, readers: 0, named: [], wholeRow: 0 };
const oldShape: OldShapeMeasured = {
  switched: { flagPercent: 100, reads: reported },
  statements: counted,
  dependents: [],
  replaced: [],
  functions: [],
  notes: [],
};
const good: GateMeasurements = {
  gate: 'contract',
  now,
  rows,
  stubbornRows: noStubbornRows,
  silentTriggers: null,
  changedSince: [],
  differences: null,
  remarks: null,
  unbuilt: [],
  lost: [],
  leftBehind: [],
  triggersBehind: null,
  bound: null,
  contract: { oldShape, quarantineSeconds: 604_800 },
};
const measured = (
  over: Partial<GateMeasurements>,
  row: Partial<RowsMeasured> = {},
  shape: Partial<OldShapeMeasured> = {},
): GateMeasurements => ({
  ...good,
  rows: { ...rows, ...row },
  contract: { oldShape: { ...oldShape, ...shape }, quarantineSeconds: 604_800 },
  ...over,
});
const select: NamedStatement = {
  queryId: '42',
  role: 'app',
  verb: 'SELECT',
  calls: 1204,
  writes: false,
  doubtful: false,
};
const failing = (given: GateMeasurements): readonly string[] =>
  judgeEvidence(given)
    .items.filter(({ verdict }) => verdict === 'fail')
    .map(({ what, measured: text }) => `${what}: ${text}`);

describe('evidence for the contract gate', () => {
  test('waits for triggers that know the old shape alone, as far as a person does not pass over it', () => {
    const given = measured({
      gate: 'read-switch',
      contract: null,
      triggersBehind: ['a fires on email alone'],
    });
    expect(failing(given)).toEqual(['triggers that know the old shape alone: a fires on email alone']);
    expect(failing({ ...given, triggersBehind: [] })).toEqual([]);
    const judged = judgeEvidence(given);
    const decision = { decision: 'approve' as const, reason: 'r', decidedBy: 'arn' };
    expect(answer(judged, given, { decision, shown: '', comparedSince: false }).next).toBe('ask');
    expect(
      answer(judged, given, { decision: { ...decision, override: true }, shown: '', comparedSince: false })
        .next,
    ).toBe('go-on');
  });

  test('shows what is worth knowing of the old type, and stays open', () => {
    const shown = judgeEvidence(measured({ remarks: ['AUTO_INCREMENT is at 95 %'] }));
    expect(shown.open).toBe(true);
    expect(shown.items).toContainEqual(
      expect.objectContaining({
        what: 'numbers that the old type has left',
        measured: 'AUTO_INCREMENT is at 95 %',
        verdict: 'pass',
      }),
    );
  });

  test('names what the new shape does not get', () => {
    const { open, items } = judgeEvidence(measured({ leftBehind: ['check a', 'index b'] }));
    expect(open).toBe(true);
    expect(items.find(({ what }) => what === 'constraints and indexes')?.measured).toBe(
      'built; left behind: check a, index b',
    );
  });

  test('that is all good opens it, and every item says what was measured, and when', () => {
    const { open, items, collectedAt } = judgeEvidence(good);
    expect({ open, collectedAt }).toEqual({ open: true, collectedAt: now });
    expect(items.map(({ what, measured: text, at, overridable }) => [what, text, at, overridable])).toEqual([
      ['rows compared', '1,200, 0 mismatches', '2026-10-04T11:30:00.000Z', false],
      ['stubborn rows', '0', now, false],
      ['constraints and indexes', 'built', now, false],
      ['old columns as planned', 'unchanged', now, true],
      ['reads sent to the new shape', '100 %', now, false],
      ['reads of the new shape', '99.97 % of 12,003 since 2026-10-01 12:00 UTC', now, true],
      ['reads of the old shape', 'none since 2026-10-01 12:00 UTC', now, true],
      ['statements that read the old shape', 'none since 2026-10-01 12:00 UTC', now, true],
      ['statements that write the old shape', 'none since 2026-10-01 12:00 UTC', now, true],
      ['objects that depend on the old shape', 'none', now, false],
      ['functions that name the old shape', 'none', now, true],
      [
        'way back',
        'every phase can be undone until 7d after the approval, when the quarantine ends and the contract begins; nothing can be brought back after the contract. The approval says that this is understood',
        now,
        false,
      ],
    ]);
  });

  describe('where the application writes both sides', () => {
    const partly = (mismatches: number, mostPartial: number, over: Partial<RowsMeasured> = {}) =>
      measured({ rows: { ...rows, mismatches, mostPartial, ...over } });
    const decision = {
      decision: 'approve' as const,
      reason: 'r',
      decidedBy: 'arn',
      acknowledgeRollback: true,
    };
    const next = (given: GateMeasurements, comparedSince = false): string =>
      answer(judgeEvidence(given), given, { decision, shown: '', comparedSince }).next;

    test('rows that one side had missed are said with their share, and few of them keep no gate shut', () => {
      expect(failing(partly(12, 0.01))).toEqual([]);
      expect(judgeEvidence(partly(12, 0.01)).items[0]?.measured).toBe(
        '1,200 reconciled, 12 with a write that had reached one side alone since the reconciliation before, and repaired (1 %; at most 1 %)',
      );
    });

    test('too many of them do, and rows are reconciled again for an approval, not twice in a row', () => {
      expect(failing(partly(13, 0.01))).toHaveLength(1);
      expect(next(partly(13, 0.01))).toBe('compare-again');
      expect(next(partly(13, 0.01, { ageSeconds: 5 }))).toBe('compare-again');
      expect(next(partly(13, 0.01), true)).toBe('ask');
      expect(next(partly(12, 0.01), true)).toBe('go-on');
      expect(next(partly(12, 0.01))).toBe('go-on');
    });

    test('all of them may be behind where nobody reads that side', () => {
      expect(next(partly(1200, 1))).toBe('go-on');
      expect(judgeEvidence(partly(600, 1)).items[0]?.measured).toContain('repaired (50 %)');
    });
  });

  test('where triggers were off, no approval opens it and nothing is compared again by itself', () => {
    const given = measured({ silentTriggers: 'a is off' });
    expect(failing(given)).toEqual([
      'rows compared: 1,200, 0 mismatches; writes may have passed the triggers since: a is off',
    ]);
    const decision = {
      decision: 'approve' as const,
      reason: 'r',
      decidedBy: 'arn',
      acknowledgeRollback: true,
      override: true,
    };
    expect(answer(judgeEvidence(given), given, { decision, shown: '', comparedSince: false }).next).toBe(
      'ask',
    );
  });

  test.each<{ given: GateMeasurements; fails: readonly string[] }>([
    {
      given: measured({ changedSince: ['index a is new', 'default of b is another'] }),
      fails: ['old columns as planned: since the plan: index a is new; default of b is another'],
    },
    {
      given: measured({ differences: ['index a is new', 'right SELECT to b is gone'] }),
      fails: [
        'table and copy: on the table, and not on the copy: index a is new; right SELECT to b is gone. Take it back, or ' +
          'run the migration once more with `onRollback: remove`, reject its first gate, and start it anew',
      ],
    },
    { given: measured({}, { mismatches: 1 }), fails: ['rows compared: 1,200, 1 mismatches'] },
    {
      given: measured({}, { changedTriggers: ['a', 'b'] }),
      fails: ['rows compared: 1,200, 0 mismatches; older than a change of a, b'],
    },
    { given: measured({}, { finished: false }), fails: ['rows compared: not finished'] },
    {
      given: measured({}, { ageSeconds: 86_401 }),
      fails: ['rows compared: 1,200, 0 mismatches; 1d1s, and older than 1d is too old to decide by'],
    },
    {
      given: measured({}, { lastRepairAt: '2026-10-04T11:10:00.000Z' }),
      fails: ['rows compared: 1,200, 0 mismatches; older than the last repair'],
    },
    {
      given: measured({}, { ageSeconds: Number.NaN }),
      fails: ['rows compared: 1,200, 0 mismatches; 0s, and older than 1d is too old to decide by'],
    },
    {
      given: measured({ stubbornRows: { count: 2, states: { '22P02': 1, '22P05': 1 }, list: 'SELECT …' } }),
      fails: ['stubborn rows: 2 (SQLSTATE 22P02: 1, 22P05: 1); their keys: SELECT …'],
    },
    {
      given: measured({ unbuilt: ['build a', 'build b'] }),
      fails: ['constraints and indexes: missing: build a, build b'],
    },
    {
      given: measured({ lost: ['the unique index a is not there'], leftBehind: ['check b'] }),
      fails: ['constraints and indexes: the unique index a is not there; left behind: check b'],
    },
    {
      given: measured({}, {}, { switched: { flagPercent: 99, reads: reported } }),
      fails: ['reads sent to the new shape: 99 %'],
    },
    {
      given: measured({}, {}, { switched: { flagPercent: 100, reads: { ...reported, old: 0, new: 0 } } }),
      fails: [
        'reads of the new shape: no read was reported since 2026-10-01 12:00 UTC: publish the metric Reads, or say `reads: { reported: false }`',
      ],
    },
    {
      given: measured(
        {},
        {},
        { switched: { flagPercent: 100, reads: { ...reported, old: 102, new: 9898, oldLately: 0 } } },
      ),
      fails: [`reads of the new shape: 98.98 % of 10,000 since 2026-10-01 12:00 UTC`],
    },
    {
      given: measured({}, {}, { switched: { flagPercent: 100, reads: { ...reported, oldLately: 1 } } }),
      fails: [`reads of the old shape: 1 since 2026-10-01 12:00 UTC`],
    },
    {
      given: measured({}, {}, { statements: { ...counted, named: [select] } }),
      fails: [
        `statements that read the old shape: SELECT by app, 1,204 calls, queryid 42 since 2026-10-01 12:00 UTC`,
      ],
    },
    {
      given: measured(
        {},
        {},
        { statements: { ...counted, named: [{ ...select, verb: 'UPDATE', writes: true }] } },
      ),
      fails: [
        `statements that write the old shape: UPDATE by app, 1,204 calls, queryid 42 since 2026-10-01 12:00 UTC`,
      ],
    },
    {
      given: measured({}, {}, { statements: { kind: 'unmeasured', why: 'the counts were reset' } }),
      fails: [
        'statements that read the old shape: not measured: the counts were reset',
        'statements that write the old shape: not measured: the counts were reset',
      ],
    },
    {
      given: measured(
        {},
        {},
        { switched: { flagPercent: 100, reads: { kind: 'waived' } }, statements: { kind: 'waived' } },
      ),
      fails: [
        'reads of the new shape: not measured, by `reads: { reported: false }`, and the statements cannot stand in for them',
      ],
    },
    {
      given: measured(
        {},
        {},
        { switched: { flagPercent: 100, reads: { kind: 'waived' } }, statements: { ...counted, readers: 2 } },
      ),
      fails: [
        'reads of the new shape: not measured, by `reads: { reported: false }`, and the statements cannot stand in for them',
      ],
    },
    {
      given: measured({}, {}, { dependents: ['view a', 'view b'] }),
      fails: ['objects that depend on the old shape: view a; view b'],
    },
    { given: measured({}, {}, { functions: ['f()'] }), fails: ['functions that name the old shape: f()'] },
  ])('keeps it shut: $fails', ({ given, fails }) => {
    expect(failing(given)).toEqual(fails);
    expect(judgeEvidence(given).open).toBe(false);
  });

  test('of an application that does not report its reads stands on the statements', () => {
    expect(failing(measured({}, {}, { switched: { flagPercent: 100, reads: { kind: 'waived' } } }))).toEqual(
      [],
    );
  });

  test('that the file waives opens the gate, and has not passed', () => {
    const { open, items } = judgeEvidence(measured({}, {}, { statements: { kind: 'waived' } }));
    expect(open).toBe(true);
    expect(items.filter(({ verdict }) => verdict === 'waived').map(({ what }) => what)).toEqual([
      'statements that read the old shape',
      'statements that write the old shape',
    ]);
  });

  test('of a column that goes without a successor stands on statements, functions and the catalog', () => {
    const leaving = measured({ changedSince: null }, {}, { switched: null });
    expect(judgeEvidence(leaving).items.map(({ what }) => what)).toEqual([
      'rows compared',
      'stubborn rows',
      'constraints and indexes',
      'statements that read the old shape',
      'statements that write the old shape',
      'objects that depend on the old shape',
      'functions that name the old shape',
      'way back',
    ]);
    expect(failing(measured({}, {}, { switched: null, dependents: ['view v'] }))).toEqual([
      'objects that depend on the old shape: view v',
    ]);
  });

  test('of a change that replaces no shape asks for none of its use', () => {
    expect(failing({ ...good, contract: { oldShape: null, quarantineSeconds: 0 } })).toEqual([]);
  });

  test('of a change that writes no row asks for no comparison', () => {
    expect(failing({ ...good, rows: null })).toEqual([]);
  });
});

test('the read switch asks for rows, constraints and nothing of the old shape', () => {
  const gate = { ...good, gate: 'read-switch', contract: null } as const;
  expect(judgeEvidence(gate).items.map(({ what }) => what)).toEqual([
    'rows compared',
    'stubborn rows',
    'constraints and indexes',
    'old columns as planned',
  ]);
});

const decision: GateDecision = {
  decision: 'approve',
  reason: 'looked at it',
  decidedBy: 'arn:decide',
  evidence: 'hash',
  acknowledgeRollback: true,
};
const answered = (given: GateMeasurements, said: Partial<GateDecision> = {}, shown = 'hash') =>
  answer(judgeEvidence(given), given, { decision: { ...decision, ...said }, shown, comparedSince: false });

describe('an approval', () => {
  test('opens a gate whose evidence is good now', () => {
    expect(answered(good)).toEqual({ next: 'go-on', refused: '' });
    expect(answer(judgeEvidence(good), good, null)).toEqual({ next: 'go-on', refused: '' });
  });

  test('of other evidence than was shown opens nothing, override or not', () => {
    expect(answered(good, { evidence: 'forged', override: true })).toMatchObject({ next: 'ask' });
    expect(answered(good, { evidence: undefined })).toMatchObject({ next: 'go-on' });
  });

  test('that does not acknowledge the way back opens the contract gate never, and the read switch all the same', () => {
    expect(answered(good, { acknowledgeRollback: undefined, override: true })).toMatchObject({ next: 'ask' });
    expect(
      answered({ ...good, gate: 'read-switch', contract: null }, { acknowledgeRollback: undefined }),
    ).toMatchObject({ next: 'go-on' });
  });

  test('of stale rows has them compared again, if nothing else is against it', () => {
    const stale = measured({}, { ageSeconds: 90_000 });
    expect(answered(stale)).toEqual({ next: 'compare-again', refused: '' });
    expect(answered({ ...stale, stubbornRows: { ...noStubbornRows, count: 1 } })).toEqual({
      next: 'ask',
      refused: 'still against it: rows compared, stubborn rows',
    });
    expect(answer(judgeEvidence(stale), stale, null).next).toBe('ask');
  });

  test('that nobody gives, for nobody is asked, has them compared again by itself', () => {
    const stale = measured({}, { ageSeconds: 90_000 });
    const unasked = (given: GateMeasurements) =>
      answer(judgeEvidence(given), given, null, { comparedSince: false });
    expect(unasked(stale)).toEqual({ next: 'compare-again', refused: '' });
    expect(unasked(good)).toEqual({ next: 'go-on', refused: '' });
    expect(unasked({ ...stale, stubbornRows: { ...noStubbornRows, count: 1 } }).next).toBe('ask');
  });

  test('with an override passes over what cannot lose data', () => {
    const used = measured({}, {}, { statements: { ...counted, named: [select] }, functions: ['f()'] });
    expect(answered(used)).toMatchObject({ next: 'ask' });
    expect(answered(used, { override: true })).toEqual({ next: 'go-on', refused: '' });
  });

  test('never passes over rows that differ, refuse, or are not guarded, whatever it says', () => {
    const truths = fc.record({
      override: fc.boolean(),
      acknowledgeRollback: fc.boolean(),
      mismatches: fc.nat(3),
      stubbornRows: fc.nat(3),
      isBuilt: fc.boolean(),
      flagPercent: fc.constantFrom(100, 99, 0),
      dependents: fc.constantFrom<readonly string[]>([], ['view v']),
    });
    fc.assert(
      fc.property(truths, (truth) => {
        const given = measured(
          {
            stubbornRows: { ...noStubbornRows, count: truth.stubbornRows },
            unbuilt: truth.isBuilt ? [] : ['build a'],
          },
          { mismatches: truth.mismatches },
          { switched: { flagPercent: truth.flagPercent, reads: reported }, dependents: truth.dependents },
        );
        const { next } = answered(given, truth);
        const isSafe =
          truth.mismatches + truth.stubbornRows === 0 &&
          truth.isBuilt &&
          truth.flagPercent === 100 &&
          truth.dependents.length === 0 &&
          truth.acknowledgeRollback;
        expect(next).toBe(isSafe ? 'go-on' : 'ask');
      }),
    );
  });
});

describe('the hash', () => {
  const item: EvidenceItem = { what: 'a', measured: 'b', at: now, verdict: 'pass', overridable: false };
  const text = (over: Partial<EvidenceItem>): string =>
    hashedText({ gate: 'contract', collectedAt: now, items: [{ ...item, ...over }] });

  test('is of every field of every item, in whatever order they came', () => {
    const { what, ...rest } = item;
    expect(hashedText({ items: [{ ...rest, what }], collectedAt: now, gate: 'contract' })).toBe(text({}));
    const others = [
      text({}),
      text({ what: 'c' }),
      text({ measured: 'c' }),
      text({ at: since }),
      text({ verdict: 'fail' }),
      text({ overridable: true }),
    ];
    expect(new Set(others).size).toBe(others.length);
  });
});
