import * as z from 'zod';
import type { ChangeWindow } from '../spec/change-window.ts';
import { engines } from '../dialects/dialect.ts';
import { expected } from './expected.ts';
import type { LedgerRecord } from '../ledger/ledger.ts';
import { phaseNames, type Phase, type Plan, type Unit } from './plan.ts';

// What comes back from the ledger was written by us, but by which version? It is parsed like any other input.

const lock = z.enum(['ACCESS EXCLUSIVE', 'SHARE ROW EXCLUSIVE', 'SHARE UPDATE EXCLUSIVE', 'none']);
export const unit: z.ZodType<Unit> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('brief'), does: z.string(), lock, statements: z.array(z.string()) }),
  z.object({
    kind: z.literal('online'),
    does: z.string(),
    lock,
    statement: z.string(),
    scans: z.union([z.literal(0), z.literal(1), z.literal(2)]),
    state: z.string(),
    clean: z.string().nullable(),
  }),
]);
const phase: z.ZodType<Phase> = z.object({
  run: z.array(unit),
  undo: z.union([z.array(unit), z.object({ irreversible: z.string() })]),
});
const side = z.object({ column: z.string(), type: z.string() });
const plan: z.ZodType<Plan> = z.object({
  migration: z.string(),
  engine: z.enum(engines),
  table: z.object({ schema: z.string(), name: z.string() }),
  shape: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('pair'),
      old: side,
      new: side,
      up: z.string(),
      down: z.string(),
      quarantined: z.string(),
    }),
    z.object({ kind: z.literal('added'), column: z.string(), type: z.string(), fill: z.string().nullable() }),
  ]),
  estimatedRows: z.number(),
  warnings: z.array(z.string()),
  phases: z.record(z.enum(phaseNames), phase),
  walk: z
    .object({ cut: z.string(), batch: z.string(), check: z.string(), skip: z.string(), sweep: z.string() })
    .nullable(),
  expects: expected,
});

const changeWindow: z.ZodType<ChangeWindow> = z.object({
  notBefore: z.string().optional(),
  avoid: z.array(
    z.object({ days: z.array(z.number()), from: z.number(), until: z.number(), written: z.string() }),
  ),
  timeZone: z.string(),
});

/** The part of a spec that handlers need again and again. */
const settings = z.object({
  backfill: z.object({
    parallelism: z.number(),
    targetBatchTimeMs: z.number(),
    dutyCycle: z.number(),
    maxBatchRows: z.number(),
    stubbornRows: z.number(),
  }),
  guardrails: z.object({
    throttle: z.object({ replicaLagMs: z.number(), blockedSessions: z.number() }),
    rollback: z.object({ alarms: z.array(z.string()) }),
  }),
  reads: z.object({ reported: z.boolean() }),
  confidence: z.object({ windowSeconds: z.number(), reconcileEverySeconds: z.number() }),
  contract: z.object({
    quarantineSeconds: z.number(),
    quietSeconds: z.number(),
    statements: z.enum(['measured', 'unmeasured']),
  }),
  onRollback: z.enum(['leave', 'remove']),
  lockTimeoutMs: z.number(),
  changeWindow: changeWindow.optional(),
});
export type Settings = z.infer<typeof settings>;

export const storedPlan = (record: LedgerRecord): Plan => plan.parse(record.plan);
export const storedSettings = (record: LedgerRecord): Settings => settings.parse(record.settings);
