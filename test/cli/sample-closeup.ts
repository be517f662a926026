import type { Closeup } from '../../cli/status/look.ts';
import { parseSpec } from '../../engine/spec/spec.ts';
import { pairShape } from '../engine/shapes-for-tests.ts';

const at = '2026-12-01T10:00:10.000Z';
const entered = (phase: Closeup['migration']['visits'][number]['phase'], leftAt: string | null) => ({
  phase,
  enteredAt: '2026-12-01T10:00:00.000Z',
  leftAt,
});

/** A migration in the middle of its backfill, with what a test wants otherwise. */
const lived = [
  'expand',
  'dual-write',
  'backfill',
  'verify',
  'read-switch',
  'confidence',
  'quarantine',
  'contract',
] as const;

export function closeup(
  otherwise: Partial<Closeup> = {},
  migration: Partial<Closeup['migration']> = {},
): Closeup {
  return {
    at,
    surroundings,
    hold: null,
    execution: { arn: 'arn', status: 'RUNNING', startedAt: at },
    state: 'Backfill',
    wayBack: null,
    breaches: [],
    alarms: [],
    ...otherwise,
    migration: { ...midway, ...migration },
  };
}

const surroundings: Closeup['surroundings'] = {
  target: 'shop',
  engine: 'postgres',
  region: 'eu-central-1',
  migrationMachine: 'migration',
  startMachine: 'migration',
  decideMachine: 'decide',
  holdsTable: 'holds',
  topic: 'topic',
  guardrailAlarm: 'shop-guardrails',
  cluster: 'cluster',
  database: 'shop',
  flags: { application: 'a', environment: 'e', profile: 'p', back: 'b' },
};

const { source: _, ...settings } = parseSpec(
  `goal: Rename it
table: public.users
change: { kind: rename-column, from: email, to: email_address }
`,
  'rename-users-email.yaml',
);

const midway: Closeup['migration'] = {
  name: 'rename-users-email',
  goal: 'Rename it',
  owner: null,
  ticket: null,
  table: { schema: 'public', name: 'users' },
  status: 'running',
  phase: 'backfill',
  epoch: 1,
  execution: 'arn:aws:states:eu-central-1:123456789012:execution:migration:rename-users-email',
  updatedAt: at,
  estimatedRows: 1000,
  backfilledRows: 500,
  stubbornRows: 0,
  stubborn: { first: [], list: '' },
  order: null,
  pace: null,
  rest: null,
  settings,
  shape: pairShape({
    old: { column: 'email', type: 'text' },
    new: { column: 'email_address', type: 'text' },
    up: 'email',
    down: 'email_address',
    quarantined: 'underpin_email',
  }),
  visits: [entered('plan', at), entered('expand', at), entered('dual-write', at), entered('backfill', null)],
  backfill: { rows: 500, changed: 500, batches: 5, shards: 2, shardsDone: 0, seconds: 10 },
  verification: null,
  reads: { percent: 0 },
  failure: null,
  audit: null,
  events: [],
  truth: null,
  steps: lived.map((phase) => ({ phase, applied: false, undo: [] })),
};
