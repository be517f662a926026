import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { phaseNames, type PhaseName } from '../../engine/plan/plan.ts';
import { countStates } from '../../engine/preview/transitions.ts';
import { unwrapError } from '../../engine/words/failure.ts';
import { phasesOf } from '../../report/history.ts';
import { play, usualSchedule, type Failing, type Played } from './played-migration.ts';

const walks = { shards: 2, builds: 1, copyInvocations: 2, passInvocations: 2 };
const passed = z.object({ phase: z.string(), pass: z.number() });
const says = (name: string): boolean => /^(?:NotifyPeople|WriteReport|AuditMigration)$/u.test(name);

/** By phase: what raises an error there. */
const within: Readonly<Record<PhaseName, (error: string) => Failing>> = {
  expand: (error) => ({ ApplyPhase: ({ phase }) => (phase === 'expand' ? error : undefined) }),
  'dual-write': (error) => ({ ApplyPhase: ({ phase }) => (phase === 'dual-write' ? error : undefined) }),
  backfill: (error) => ({ SweepStubbornRows: () => error }),
  verify: (error) => ({ ApplyPhase: ({ phase }) => (phase === 'verify' ? error : undefined) }),
  'read-switch': (error) => ({ SetReadShare: () => error }),
  swap: (error) => ({ ApplyPhase: ({ phase }) => (phase === 'swap' ? error : undefined) }),
  confidence: (error) => ({ BeginConfidence: () => error }),
  quarantine: (error) => ({ ApplyPhase: ({ phase }) => (phase === 'quarantine' ? error : undefined) }),
  contract: (error) => ({ ApplyPhase: ({ phase }) => (phase === 'contract' ? error : undefined) }),
};

describe('a migration that nothing disturbs', () => {
  test('goes through every phase and ends once', async () => {
    const played = await play();
    expect(played).toMatchObject({ status: 'SUCCEEDED', output: { migration: 'm', outcome: 'completed' } });
    expect(phasesOf(played.history, 0).map(({ name }) => name)).toEqual(['plan', ...phaseNames]);
    expect(played.holds).toEqual(['bake-50', 'bake-100', 'confidence-1', 'confidence-2', 'quarantine']);
    expect(played.invoked.slice(-4)).toEqual([
      'AuditMigration',
      'CloseMigration',
      'WriteReport',
      'NotifyPeople',
    ]);
    expect(played.given('CloseMigration')).toEqual([
      { migration: 'm', target: 'shop', epoch: 1, status: 'completed' },
    ]);
  });

  test.each([
    ['as usual', {}],
    ['with gates', { gateAtReadSwitch: true, gateAtSwap: true, gateAtContract: true }],
    ['where the application writes both sides', { follow: 'application' as const }],
    ['without a ramp and a quarantine', { ramp: [], quarantineSeconds: 0 }],
    ['with few phases', { phases: ['expand', 'verify'] as const }],
  ])('%s, enters as many states as the estimate counts', async (_, differs) => {
    const played = await play({
      plan: differs,
      answers: { 'read-switch': 'approve', swap: 'approve', contract: 'approve' },
    });
    expect(played.status).toBe('SUCCEEDED');
    const counted = countStates({ ...usualSchedule, ...differs }, walks);
    expect(counted).toMatchObject({
      transitions: played.statesEntered,
      invocations: played.invoked.length,
      passes: played.given('JudgeVerification').length,
    });
  });

  test.each<readonly [string, readonly PhaseName[], readonly string[]]>([
    ['an index', ['expand', 'verify'], []],
    ['another name by a view', ['expand', 'read-switch', 'confidence', 'contract'], ['contract']],
    [
      'another type under the same name',
      ['expand', 'dual-write', 'backfill', 'verify', 'swap', 'confidence', 'contract'],
      ['swap', 'contract'],
    ],
    ['a farewell', ['quarantine', 'contract'], ['contract']],
  ])(
    '%s: a phase that is not in its plan is passed by, nobody is asked about it',
    async (_, phases, gates) => {
      const played = await play({
        plan: { phases, gateAtReadSwitch: false, gateAtSwap: true, gateAtContract: true },
        answers: { swap: 'approve', contract: 'approve' },
      });
      expect(played.status).toBe('SUCCEEDED');
      expect(phasesOf(played.history, 0).map(({ name }) => name)).toEqual(['plan', ...phases]);
      expect(
        played
          .given('NotifyPeople')
          .filter(({ about }) => about === 'gate')
          .map(({ gate }) => gate),
      ).toEqual(gates);
      expect(played.holds.some((hold) => hold.startsWith('confidence'))).toBe(phases.includes('confidence'));
    },
  );
});

describe('the history of a migration', () => {
  test('stays far below its limit with gates, a usual ramp and a window of three days', async () => {
    const played = await play({
      plan: {
        ramp: [1, 5, 25, 100],
        segments: Array.from({ length: 72 }, (_, at) => ({ segment: at + 1, seconds: 1 })),
        gateAtReadSwitch: true,
        gateAtContract: true,
      },
      answers: { 'read-switch': 'approve', contract: 'approve' },
    });
    expect(played.status).toBe('SUCCEEDED');
    expect(played.events).toBeLessThan(2000);
  });

  test('is as long for many shards as for few', async () => {
    const [few, many] = [await play({ shards: 1 }), await play({ shards: 40 })];
    // A window as short as these may end before its hold is known to be taken.
    const lasting = ({ history }: Played) => history.filter(({ type }) => type !== 'TaskSubmitted').length;
    expect(lasting(many)).toBe(lasting(few));
  });
});

describe('an error', () => {
  const reversible = phaseNames.filter((phase) => phase !== 'contract');

  test.each(reversible)('in %s keeps its name through the frame, and everything is undone', async (phase) => {
    const played = await play({ failing: within[phase]('GuardrailBreached') });
    expect(played).toMatchObject({ status: 'FAILED', error: 'RolledBack', cause: `${phase}: it was broken` });
    const [fenced] = played.given('FenceWorkers');
    expect(fenced).toMatchObject({ failure: { phase, error: { Error: 'GuardrailBreached' } } });
    const first = played.invoked.indexOf('SwitchReadsBack');
    expect(played.invoked[first + 1]).toBe('FenceWorkers');
    expect(played.invoked.slice(first + 2).filter((name) => !says(name))).toEqual([
      'UndoPhase verify',
      'CloseMigration',
    ]);
    expect(played.given('CloseMigration')).toEqual([
      { migration: 'm', target: 'shop', epoch: 2, status: 'rolled-back' },
    ]);
    expect(played.given('NotifyPeople').at(-1)).toMatchObject({
      about: 'rolled-back',
      reason: 'it was broken',
    });
  });

  test.each(phaseNames)(
    'Fenced in %s ends it without another step: it has been taken over',
    async (phase) => {
      const played = await play({ failing: within[phase]('Fenced') });
      expect(played).toMatchObject({ status: 'FAILED', error: 'TakenOver' });
      expect(played.invoked).not.toContain('SwitchReadsBack');
    },
  );

  test('in a nested comparison arrives whole, and is read by its own name', async () => {
    const played = await play({ failing: { JudgeVerification: () => 'VerificationFailed' } });
    const { failure } = played.given('FenceWorkers')[0] ?? {};
    expect(failure).toMatchObject({ phase: 'verify', error: { Error: 'States.TaskFailed' } });
    expect(unwrapError(whole(failure))).toEqual({ error: 'VerificationFailed', cause: 'it failed' });
  });

  test('from the quarantine on first brings the old shape back, then the reads', async () => {
    for (const phase of ['quarantine', 'contract'] as const) {
      const played = await play({ failing: within[phase]('Aborted') });
      expect(played.error).toBe('RolledBack');
      const first = played.invoked.indexOf('UndoPhase quarantine');
      expect(played.invoked[first + 1]).toBe('SwitchReadsBack');
    }
  });

  test('in the contract, once it has begun, calls for people and undoes nothing', async () => {
    const played = await play({ failing: within.contract('UndoFailed') });
    expect(played).toMatchObject({ status: 'FAILED', error: 'UndoFailed' });
    expect(played.invoked).not.toContain('SwitchReadsBack');
    expect(played.given('NotifyPeople').at(-1)).toMatchObject({
      about: 'needs-a-person',
      failure: { phase: 'contract', error: { Error: 'UndoFailed' } },
      rollbackFailure: null,
    });
  });

  test.each(['SwitchReadsBack', 'FenceWorkers', 'UndoPhase', 'CloseMigration'])(
    'of %s on the way back calls for people, who are notified of both',
    async (name) => {
      const failing = { ...within.expand('Aborted'), [name]: () => 'PreflightFailed' };
      const played = await play({ failing });
      expect(played).toMatchObject({ status: 'FAILED', error: 'UndoFailed' });
      const about = { failure: { phase: 'expand' }, rollbackFailure: { Error: 'PreflightFailed' } };
      expect(played.given('WriteReport')).toMatchObject([{ status: 'needs-a-person', ...about }]);
      expect(played.given('NotifyPeople').at(-1)).toMatchObject({ about: 'needs-a-person', ...about });
    },
  );

  test('of an epoch that is over on the way back has the fence asked whether it still has the migration', async () => {
    let undone = 0;
    const copied = {
      ...within.expand('Aborted'),
      UndoPhase: () => ((undone += 1) === 1 ? 'Fenced' : undefined),
    };
    const played = await play({ failing: copied });
    expect(played).toMatchObject({ status: 'FAILED', error: 'RolledBack' });
    expect(played.given('FenceWorkers')).toHaveLength(2);

    let fenced = 0;
    const taken = {
      ...within.expand('Aborted'),
      UndoPhase: () => 'Fenced',
      FenceWorkers: () => ((fenced += 1) === 2 ? 'Fenced' : undefined),
    };
    expect(await play({ failing: taken })).toMatchObject({ status: 'FAILED', error: 'TakenOver' });
  });

  test('while the end is written down calls for people', async () => {
    const played = await play({ failing: { CloseMigration: () => 'PreflightFailed' } });
    expect(played.error).toBe('UndoFailed');
    expect(played.given('NotifyPeople').at(-1)).toMatchObject({
      failure: { phase: 'close', error: { Error: 'PreflightFailed' } },
      rollbackFailure: null,
    });
  });

  test('of the plan changes nothing and says so', async () => {
    const played = await play({ failing: { PlanMigration: () => 'InvalidSpec' } });
    expect(played).toMatchObject({ status: 'FAILED', error: 'InvalidSpec' });
    expect(played.invoked).toEqual(['PlanMigration', 'NotifyPeople']);
    expect(played.given('NotifyPeople')).toMatchObject([
      { about: 'did-not-start', failure: { phase: 'plan' } },
    ]);
  });

  test('of what only says something changes no outcome', async () => {
    const never = { NotifyPeople: () => 'Odd', WriteReport: () => 'Odd', AuditMigration: () => 'Odd' };
    expect((await play({ failing: never, plan: { waitSeconds: 5 } })).status).toBe('SUCCEEDED');
    expect((await play({ failing: { ...never, ...within.expand('Aborted') } })).error).toBe('RolledBack');
  });
});

describe('a start after one that was stopped while the new side was the truth of an application that writes both', () => {
  test.each([
    ['confidence', ['SwitchReadsBack', 'FenceWorkers']],
    ['quarantine', ['UndoPhase quarantine', 'SwitchReadsBack', 'FenceWorkers']],
  ] as const)('in %s goes back by the ordinary way, and nowhere else', async (phase, first) => {
    const error = { Error: 'StoppedBefore', Cause: 'it was stopped' };
    // Its change window is closed: reads need not wait for it.
    const played = await play({
      plan: { goesBack: { phase, error }, waitSeconds: 3000 },
      fenced: { undo: ['read-switch'] },
    });
    expect(played).toMatchObject({ status: 'FAILED', error: 'RolledBack' });
    expect(played.invoked.filter((name) => !says(name))).toEqual([
      'PlanMigration',
      ...first,
      'UndoPhase read-switch',
      'CloseMigration',
    ]);
    expect(played.given('FenceWorkers')).toMatchObject([{ failure: { phase, error } }]);
  });

  test('hands each pass of the reverse backfill on to the next call', async () => {
    const played = await play({
      failing: within.confidence('Aborted'),
      fenced: { undo: ['read-switch', 'verify'] },
      working: {
        UndoPhase: (event) => {
          const { pass, phase } = passed.parse(event);
          return { done: phase !== 'read-switch' || pass === 3, pass: pass + 1 };
        },
      },
    });
    expect(played.error).toBe('RolledBack');
    expect(played.given('UndoPhase').map((given) => passed.parse(given))).toEqual([
      { phase: 'read-switch', pass: 1 },
      { phase: 'read-switch', pass: 2 },
      { phase: 'read-switch', pass: 3 },
      { phase: 'verify', pass: 1 },
    ]);
  });
});

test('a comparison that rows may have come behind is walked again, and repaired only if it has found something', async () => {
  const judged = z.object({ walk: z.object({ purpose: z.string(), n: z.number() }) });
  const walked: string[] = [];
  const played = await play({
    working: {
      JudgeVerification: (event) => {
        const { purpose, n } = judged.parse(event).walk;
        walked.push(`${purpose} ${n}`);
        const overtaken = purpose === 'before-contract' ? n === 1 : purpose === 'verify' && n < 3;
        return { clean: !overtaken, checked: 2, mismatches: 0, overtaken };
      },
    },
  });
  expect(played.status).toBe('SUCCEEDED');
  expect(walked.join(', ')).toBe(
    'verify 1, verify 2, verify 3, reconcile 1, reconcile 2, before-contract 1, before-contract 2',
  );
  expect(played.given('BackfillShard')).toHaveLength(2);
});

describe('before the new side is the truth of an application that writes both', () => {
  const judged = z.object({ walk: z.object({ n: z.number() }), noneMayDiffer: z.boolean() });
  /** The walk after the last share finds rows so often. */
  const finding = async (times: number) => {
    const played = await play({
      plan: { follow: 'application' },
      working: {
        JudgeVerification: (event) => {
          const { walk, noneMayDiffer } = judged.parse(event);
          return { clean: !noneMayDiffer || walk.n - 20_000 >= times, checked: 2, mismatches: 1 };
        },
      },
    });
    const last = played
      .given('JudgeVerification')
      .map((given) => judged.parse(given))
      .filter(({ noneMayDiffer }) => noneMayDiffer);
    return { played, passes: last.map(({ walk }) => walk.n) };
  };

  test('rows are walked again until a pass has found none', async () => {
    const { played, passes } = await finding(3);
    expect(passes).toEqual([20_000, 20_001, 20_002, 20_003]);
    expect(played.status).toBe('SUCCEEDED');
    const moved = played.invoked.indexOf('ApplyPhase read-switch');
    expect(played.invoked.slice(0, moved).filter((name) => name === 'JudgeVerification')).toHaveLength(
      // The verification, one after each share, and these.
      1 + usualSchedule.ramp.length + passes.length,
    );
  });

  test('a pass that is over for too long is followed by another under a number of its own, and so is a flag that was deployed anew', async () => {
    const asked = z.looseObject({ phase: z.string(), passed: z.unknown().optional() });
    const answers = [{ done: false, deployment: 7 }, { done: false, deployment: 9 }, { done: true }];
    const played = await play({
      plan: { follow: 'application' },
      working: {
        SetReadShare: () => ({ percent: 100, deployment: 7 }),
        ApplyPhase: (event) =>
          asked.parse(event).phase === 'read-switch' ? (answers.shift() ?? {}) : { done: true },
        JudgeVerification: (event) => {
          const { walk } = judged.parse({ noneMayDiffer: false, ...z.looseObject({}).parse(event) });
          return { clean: walk.n !== 20_001, checked: 2, mismatches: 1 };
        },
      },
    });
    expect(played.status).toBe('SUCCEEDED');
    const walk = (n: number) => ({ purpose: 'reconcile', n });
    expect(
      played
        .given('ApplyPhase')
        .map((given) => asked.parse(given))
        .flatMap(({ phase, passed: its }) => (phase === 'read-switch' ? [its] : [])),
    ).toEqual([
      { deployment: 7, walk: walk(20_000) },
      { deployment: 7, walk: walk(20_002) },
      { deployment: 9, walk: walk(20_003) },
    ]);
  });

  test('ten passes that have found some lead back, and the truth has not moved', async () => {
    const { played, passes } = await finding(Infinity);
    expect(passes).toHaveLength(10);
    expect(played).toMatchObject({ status: 'FAILED', error: 'RolledBack' });
    expect(played.invoked).not.toContain('ApplyPhase read-switch');
    expect(played.given('FenceWorkers')).toMatchObject([
      { failure: { phase: 'read-switch', error: { Error: expect.any(String) } } },
    ]);
  });
});

describe('a hold', () => {
  const refused = { Error: 'GateRejected', Cause: 'not on a Friday' };

  test.each([
    ['read-switch', 'read-switch'],
    ['contract', 'contract-gate'],
  ])('at the gate %s that is refused is raised by its own name in %s', async (gate, phase) => {
    const played = await play({
      plan: { gateAtReadSwitch: true, gateAtContract: true },
      answers: { 'read-switch': 'approve', contract: 'approve', [gate]: refused },
    });
    expect(played.error).toBe('RolledBack');
    expect(played.given('FenceWorkers')).toMatchObject([{ failure: { phase, error: refused } }]);
  });

  test.each(['bake-50', 'confidence-2', 'quarantine'])('%s that is failed leads back', async (hold) => {
    const breach = { Error: 'GuardrailBreached', Cause: 'alarm x is on' };
    const played = await play({
      plan: { bakeSeconds: 3000, segments: [{ segment: 2, seconds: 3000 }], quarantineSeconds: 3000 },
      answers: { 'bake-50': 'approve', 'bake-100': 'approve', 'confidence-2': 'approve', [hold]: breach },
    });
    expect(played.given('FenceWorkers')).toMatchObject([{ failure: { error: breach } }]);
  });

  test('before the change window that is failed leads back, and nothing has begun', async () => {
    const played = await play({
      plan: { waitSeconds: 3000 },
      answers: { 'change-window': { Error: 'Aborted', Cause: 'not today' } },
    });
    expect(played.given('FenceWorkers')).toMatchObject([{ failure: { phase: 'change-window' } }]);
    expect(played.invoked).not.toContain('ApplyPhase expand');
  });

  test('without anybody to ask, evidence that is missing leads back', async () => {
    const played = await play({ failing: { CollectEvidence: () => 'EvidenceMissing' } });
    expect(played.given('FenceWorkers')).toMatchObject([
      { failure: { phase: 'contract-gate', error: { Error: 'EvidenceMissing' } } },
    ]);
  });

  test('that lets the new shape go runs the same undo loop once more', async () => {
    const fenced = { undo: ['verify'], remove: ['dual-write', 'expand'] } as const;
    const failing = within['read-switch']('Aborted');
    const undone = async (answer: 'approve' | typeof refused) =>
      (await play({ failing, fenced, answers: { 'remove-new-shape': answer } })).invoked.filter((name) =>
        name.startsWith('UndoPhase'),
      );
    expect(await undone('approve')).toEqual(['UndoPhase verify', 'UndoPhase dual-write', 'UndoPhase expand']);
    expect(await undone(refused)).toEqual(['UndoPhase verify']);
  });
});

function whole(failure: unknown): { readonly Error: string; readonly Cause: string } {
  if (typeof failure === 'object' && failure !== null && 'error' in failure) {
    const { error } = failure;
    if (typeof error === 'object' && error !== null && 'Error' in error && 'Cause' in error)
      return { Error: String(error.Error), Cause: String(error.Cause) };
  }
  throw new Error('there is no whole error');
}
