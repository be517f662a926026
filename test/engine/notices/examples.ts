import type * as z from 'zod';
import { facts, type Facts } from '../../../engine/notices/notices.ts';
import type { Breach } from '../../../engine/notices/breached.ts';
import { knownElsewhere, staysBehind } from '../../../engine/notices/rolled-back.ts';
import type { DeploymentLinks } from '../../../engine/notices/notice.ts';

const account = 'eu-central-1:111122223333';
export const place: DeploymentLinks = {
  decideMachine: `arn:aws:states:${account}:stateMachine:underpin-decide`,
  migrationMachine: `arn:aws:states:${account}:stateMachine:underpin-migration`,
  options: '--name underpin',
  cluster: 'orders-prod',
  database: 'shop',
  runbook: 'https://github.com/example/shop/blob/main/docs/runbook.md',
};

const migration = 'rename-users-email';
const target = 'shop';
const goal = 'Rename users.email to users.email_address';
const brief = {
  table: 'public.users',
  owner: 'identity-team',
  ticket: 'CHG-1042',
  notify: ['#identity-oncall', '@ann'],
  dashboards: ['https://grafana.example.com/d/identity'],
};
const execution = `arn:aws:states:${account}:execution:underpin-migration:4f1c`;
const asked = { askedAt: '2026-12-01T06:00:00.123Z', deadlineSeconds: 7 * 86_400, execution };
const failure = {
  phase: 'backfill',
  error: { Error: 'GuardrailBreached', Cause: 'alarm underpin-shop-guardrails is on' },
};
const rows = {
  what: 'rows compared',
  measured: '200137, 0 mismatches',
  verdict: 'pass',
  overridable: false,
} as const;
const objects = {
  what: 'objects that name the old shape',
  measured: 'view public.addresses; policy own_rows on table users',
  verdict: 'fail',
  overridable: true,
} as const;

/** One of each as the state machine gives it, and the ways in which they differ. */
const given: Readonly<Record<string, z.input<typeof facts>>> = {
  'gate-read-switch': {
    about: 'gate',
    brief,
    migration,
    target,
    goal,
    gate: 'read-switch',
    evidence: { open: true, items: [rows], hash: '', refused: '' },
    ...asked,
  },
  'gate-contract-shut': {
    about: 'gate',
    brief,
    migration,
    target,
    goal,
    gate: 'contract',
    evidence: {
      open: false,
      items: [rows, objects],
      hash: '9f86d081884c7d65',
      refused: 'the evidence has changed since it was read',
    },
    ...asked,
  },
  'remove-new-shape': { about: 'remove-new-shape', brief, migration, target, failure, ...asked },
  'remove-new-shape-replicated': {
    about: 'remove-new-shape',
    brief,
    migration,
    target,
    failure,
    behind: knownElsewhere(
      { schema: 'public', name: 'users' },
      'publication late sends rows of accounts.users',
    ),
    ...asked,
  },
  completed: {
    about: 'completed',
    brief,
    migration,
    target,
    goal,
    replaced: true,
    report: 'https://reports.example.test/rename-users-email.html',
    audit: {
      open: [
        {
          what: 'the trigger ~underpin_x is on the table',
          since: '2026-12-01T05:59:00Z',
          remedy: 'Run: DROP TRIGGER "~underpin_x" ON "public"."users"',
        },
      ],
      passed: ['the old shape is gone'],
    },
    execution,
  },
  'completed-without-an-audit': {
    about: 'completed',
    brief,
    migration,
    target,
    goal,
    replaced: false,
    report: '',
    audit: { failed: 'TransientDatabaseError' },
    execution,
  },
  'rolled-back': {
    about: 'rolled-back',
    brief,
    migration,
    target,
    failure,
    reason: 'GuardrailBreached: alarm underpin-shop-guardrails is on',
    doubt: null,
    report: '',
    audit: { open: [], passed: ['the old shape is whole', 'every index is valid'] },
    execution,
  },
  'rolled-back-in-doubt': {
    about: 'rolled-back',
    brief,
    migration,
    target,
    failure,
    reason: 'GuardrailBreached: alarm underpin-shop-guardrails is on',
    doubt:
      'underpin_follow is off, or were for a while: ALTER TABLE public.users ENABLE ALWAYS TRIGGER underpin_follow',
    report: '',
    audit: { open: [], passed: ['the old shape is whole', 'every index is valid'] },
    execution,
  },
  'rolled-back-behind': {
    about: 'rolled-back',
    brief,
    migration,
    target,
    failure: { ...failure, phase: 'confidence' },
    reason: 'GuardrailBreached: alarm underpin-shop-guardrails is on',
    behind: staysBehind('index users_late is new'),
    report: '',
    audit: { open: [], passed: ['the old shape is whole', 'every index is valid'] },
    execution,
  },
  'needs-a-person': {
    about: 'needs-a-person',
    brief,
    migration,
    target,
    failure,
    report: '',
    rollbackFailure: { Error: 'UndoFailed', Cause: 'contract cannot be undone: users.email is gone' },
    execution,
  },
  'did-not-start': {
    about: 'did-not-start',
    brief: null,
    migration,
    target,
    failure: {
      phase: 'plan',
      error: {
        Error: 'InvalidSpec',
        Cause:
          '0001-rename-users-email.yaml:5:9 change.from: table public.users has no column "emial". Did you mean "email"?',
      },
    },
    execution,
  },
  waits: {
    about: 'waits',
    brief,
    migration,
    target,
    goal,
    reason: 'nothing is begun before 2026-12-01T06:00Z; it goes on at 2026-12-01T17:00Z',
    waitSeconds: 39_600,
    at: '2026-12-01T06:00:00Z',
    execution,
  },
  paused: {
    about: 'ordered',
    brief,
    migration,
    target,
    order: 'pause',
    reason: 'the sale begins',
    by: 'ann',
  },
  resumed: {
    about: 'ordered',
    brief,
    migration,
    target,
    order: 'resume',
    reason: 'the sale is over',
    by: 'ann',
  },
  paced: {
    about: 'ordered',
    brief,
    migration,
    target,
    order: 'pace',
    dutyCycle: 0.2,
    reason: 'the sale begins',
    by: 'ann',
  },
  aborted: {
    about: 'ordered',
    brief,
    migration,
    target,
    order: 'abort',
    reason: 'the wrong table',
    by: 'ann',
  },
};

export const examples: Readonly<Record<string, Facts>> = Object.fromEntries(
  Object.entries(given).map(([name, each]) => [name, facts.parse(each)]),
);

/** By the name of an example, the guardrails that sent it back. */
export const breaches: Readonly<Record<string, readonly Breach[]>> = {
  'rolled-back': [
    {
      alarm: 'underpin-shop-read-errors',
      at: '2026-12-01T05:58:00Z',
      measured: { value: 0.03125, limit: 0.005 },
      heading: 'read-errors',
    },
    { alarm: 'checkout-errors', at: '2026-12-01T05:58:00Z', measured: null, heading: 'guardrails' },
  ],
};
