import { basename } from 'node:path';
import type { RehearsalOptions } from '../../rehearsal/options.ts';

/** A migration that is sent through the cells; short, so that a cell costs seconds. */
export interface Path {
  readonly name: string;
  readonly file: string;
  readonly table: string;
  /** What the migration's file says otherwise, by key. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly asked: Partial<RehearsalOptions>;
  /** How it ends without a fault. */
  readonly ends: 'completed' | 'rolled-back';
  /** States that ask more here than on the paths before it: they are looked at once more. */
  readonly anew?: readonly string[];
}

// In the cloud's time, which runs 20 times as fast. A share takes a real second to be reported.
const windows = {
  'reads.ramp': [100],
  'reads.bake': '60s',
  'confidence.window': '10s',
  'confidence.reconcileEvery': '10s',
  'contract.quarantine': '5s',
  'backfill.parallelism': 1,
};

// Its application loses one second write in a hundred, and a fault may last for minutes: that is no reason to go back here.
const losingWrites = { 'guardrails.rollback.partialWrites': '50%' };

/** Together they pass through every state that calls something, and by every handler that a state invokes. */
export const paths: readonly Path[] = [
  {
    name: 'drop-not-null',
    file: 'migrations/0004-users-email-optional.yaml',
    table: 'public.users',
    settings: {},
    asked: {},
    ends: 'completed',
  },
  {
    name: 'set-not-null',
    file: 'migrations/0005-users-country-required.yaml',
    table: 'public.users',
    settings: { 'backfill.parallelism': 1 },
    asked: {},
    ends: 'completed',
  },
  {
    name: 'drop-column',
    file: 'migrations/0011-orders-drop-currency.yaml',
    table: 'public.orders',
    settings: { 'confidence.window': '10s', 'confidence.reconcileEvery': '10s', 'contract.quarantine': '5s' },
    asked: {},
    ends: 'completed',
  },
  {
    name: 'rename-column',
    file: 'migrations/0001-rename-users-email.yaml',
    table: 'public.users',
    settings: windows,
    asked: {},
    ends: 'completed',
  },
  {
    name: 'swap',
    file: 'migrations/0014-orders-amount-to-bigint.yaml',
    table: 'public.orders',
    settings: {
      'confidence.window': '10s',
      'confidence.reconcileEvery': '10s',
      'contract.quarantine': '5s',
      'backfill.parallelism': 1,
    },
    asked: {},
    ends: 'completed',
  },
  {
    name: 'rename-column, rolled back',
    file: 'migrations/0001-rename-users-email.yaml',
    table: 'public.users',
    settings: windows,
    asked: { breach: 'confidence' },
    ends: 'rolled-back',
  },
  {
    name: 'rename-column, both sides written',
    file: 'migrations/0036-products-name-to-title.yaml',
    table: 'public.products',
    settings: { ...windows, ...losingWrites },
    asked: {},
    ends: 'completed',
  },
  {
    name: 'rename-column, both sides written, rolled back',
    file: 'migrations/0036-products-name-to-title.yaml',
    table: 'public.products',
    // As long as all processes are given to hear of a flag, in real seconds.
    settings: { ...windows, ...losingWrites, 'reads.bake': '20s' },
    asked: { breach: 'confidence' },
    ends: 'rolled-back',
    anew: ['Undo a phase'],
  },
];

/** Of its migration, as people call it. */
export const nameOf = ({ file }: Path): string => basename(file, '.yaml').replace(/^\d+-/u, '');

export function pathOf(name: string): Path {
  const path = paths.find((each) => each.name === name);
  if (path === undefined) throw new Error(`There is no path ${name}.`);
  return path;
}
