import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { locate, specProblem } from '../../../engine/spec/spec-source.ts';
import { parseSpec } from '../../../engine/spec/spec.ts';
import type { Change } from '../../../engine/changes/kinds.ts';

const short = `# a comment
goal: Rename it
table: users
change:
  kind: rename-column
  from: email
  to: "e mail"
`;
const file = 'migrations/0001-rename-users-email.yaml';

describe('a spec of three keys', () => {
  const { source, ...spec } = parseSpec(short, file);

  it('has a careful default for everything else', () => {
    expect(spec).toEqual({
      name: 'rename-users-email',
      goal: 'Rename it',
      table: { schema: 'public', name: 'users' },
      change: { kind: 'rename-column', from: 'email', to: 'e mail' },
      dependents: [],
      checklist: {},
      backfill: {
        parallelism: 2,
        targetBatchTimeMs: 200,
        by: 'key',
        dutyCycle: 0.8,
        maxBatchRows: 50_000,
        stubbornRows: 100,
      },
      guardrails: {
        throttle: { replicaLagMs: 1000, blockedSessions: 5 },
        rollback: { errorRate: 0.005, latencyP95: 0.1, alarms: [] },
      },
      reads: { ramp: [1, 5, 25, 100], bakeSeconds: 600, compare: 0.01, reported: true },
      confidence: { windowSeconds: 259_200, reconcileEverySeconds: 3600 },
      contract: { quarantineSeconds: 604_800, quietSeconds: 259_200, statements: 'measured' },
      gates: ['read-switch', 'swap', 'contract'],
      gateDeadlineSeconds: 604_800,
      onRollback: 'leave',
      lockTimeoutMs: 500,
      rehearsal: {},
    });
  });

  it('is plain JSON, places included', () => {
    const whole = { ...spec, source };
    expect(JSON.parse(JSON.stringify(whole))).toEqual(whole);
  });

  it('knows where its keys stand, also after a journey as JSON', () => {
    const travelled: { readonly source: typeof source } = JSON.parse(JSON.stringify({ source }));
    expect(locate(travelled, 'change.from')).toEqual({ file, line: 6, column: 3 });
    expect(locate(travelled, 'table')).toEqual({ file, line: 3, column: 1 });
  });

  it('points at the section where a key is not written', () => {
    expect(locate({ source }, 'change.default')).toEqual({ file, line: 4, column: 1 });
    expect(locate({ source }, 'reads.ramp[2]')).toEqual({ file, line: 2, column: 1 });
  });

  it('lets a later check speak in the same form', () => {
    expect(
      specProblem({ source }, 'change.from', 'users has no column `email`', 'Did you mean `mail`?'),
    ).toBe(`${file}:6:3 change.from: users has no column \`email\`. Did you mean \`mail\`?`);
    expect(specProblem({ source }, 'change.from', 'ERROR: no\n  Hint: look.\n', '')).toBe(
      `${file}:6:3 change.from: ERROR: no Hint: look.`,
    );
  });
});

const shipped = (name: string): string =>
  readFileSync(new URL(`../../../migrations/${name}`, import.meta.url), 'utf8');

describe('the written settings', () => {
  it('take their units along', () => {
    const settings = `backfill: { parallelism: 16, targetBatchTime: 1s500ms, dutyCycle: 1, maxBatchRows: 10, stubbornRows: 0 }
guardrails:
  throttle:
    { replicaLag: 250ms, blockedSessions: 0, activeSessions: 16, commitLatency: 50ms, deadRows: 40%, logRate: 1.5MB, heldLog: 10GB }
  rollback: { errorRate: 0%, latencyP95: 25.5%, alarms: [a, "b c"] }
reads: { ramp: [100], bake: 1m30s, compare: 100%, reported: false }
confidence: { window: 2h, reconcileEvery: 2h, dutyCycle: 0.2 }
contract: { quarantine: 1d, quiet: 1h, statements: unmeasured }
gates: []
gateDeadline: 1h
onRollback: remove
lockTimeout: 5s
`;
    expect(parseSpec(short + settings, 'x.yml')).toMatchObject({
      name: 'x',
      backfill: { parallelism: 16, targetBatchTimeMs: 1500, dutyCycle: 1, maxBatchRows: 10, stubbornRows: 0 },
      guardrails: {
        throttle: {
          replicaLagMs: 250,
          blockedSessions: 0,
          activeSessions: 16,
          commitLatencyMs: 50,
          deadRows: 0.4,
          logBytesPerSecond: 1_500_000,
          heldLogBytes: 10_000_000_000,
        },
        rollback: { errorRate: 0, latencyP95: 0.255, alarms: ['a', 'b c'] },
      },
      reads: { ramp: [100], bakeSeconds: 90, compare: 1, reported: false },
      confidence: { windowSeconds: 7200, reconcileEverySeconds: 7200, dutyCycle: 0.2 },
      contract: { quarantineSeconds: 86_400, quietSeconds: 3600, statements: 'unmeasured' },
      gates: [],
      gateDeadlineSeconds: 3600,
      onRollback: 'remove',
      lockTimeoutMs: 5000,
    });
  });

  it.each([
    ['30m', 1800],
    ['72h', 3600],
    ['90d', 7776],
  ])('fit the reconciliation to a window of %s where its interval is left out', (window, every) => {
    const spec = parseSpec(`${short}confidence: { window: ${window} }\n`, file);
    expect(spec.confidence.reconcileEverySeconds).toBe(every);
  });

  it('take a plain number or truth for an SQL expression', () => {
    const change = 'change: { kind: add-column, column: n, type: int, default: 0.10, backfill: true }';
    const spec = parseSpec(`goal: g\ntable: t\n${change}\n`, file);
    expect(spec.change).toEqual({
      kind: 'add-column',
      column: 'n',
      type: 'int',
      default: '0.1',
      backfill: 'true',
    });
  });

  it('may be an alias of an earlier value', () => {
    const spec = parseSpec(`${short}contract: { quarantine: &week 2d }\ngateDeadline: *week\n`, file);
    expect(spec.gateDeadlineSeconds).toBe(172_800);
  });
});

const change = (name: string): Change => parseSpec(shipped(name), name).change;

describe('the shipped migrations', () => {
  it('declare the three kinds', () => {
    expect(change('0001-rename-users-email.yaml')).toEqual({
      kind: 'rename-column',
      from: 'email',
      to: 'email_address',
    });
    expect(change('0002-orders-amount-to-decimal.yaml')).toMatchObject({
      kind: 'change-type',
      up: 'amount / 100.0',
      down: 'round(amount_v2 * 100)::integer',
    });
    expect(change('0003-users-add-locale.yaml')).toMatchObject({
      kind: 'add-column',
      default: "'en'",
      notNull: true,
    });
  });
});
