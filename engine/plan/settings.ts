import * as z from 'zod';
import { storedChangeWindow } from '../spec/change-window.ts';
import { tableName } from '../spec/table-name.ts';

const gateName = z.enum(['read-switch', 'swap', 'contract']);
export type GateName = z.infer<typeof gateName>;

/**
 * A migration as its author declared it, defaults filled in: all of a spec but where it was written. JSON; it lives in the
 * ledger beside the plan. Shares are of 1: `0.5%` is 0.005.
 */
export const settings = z
  .object({
    name: z.string(),
    goal: z.string(),
    owner: z.exactOptional(z.string()),
    ticket: z.exactOptional(z.string()),
    /** YYYY-MM-DD. */
    deadline: z.exactOptional(z.string()),
    table: tableName,
    change: z.looseObject({ kind: z.string() }).readonly(),
    /** What only the author can answer of the pre-flight checklist. */
    checklist: z
      .object({
        rollbackNote: z.exactOptional(z.string()),
        trafficProfile: z.exactOptional(z.string()),
        dashboards: z.exactOptional(z.array(z.string()).readonly()),
        notify: z.exactOptional(z.array(z.string()).readonly()),
      })
      .readonly(),
    backfill: z
      .object({
        by: z.enum(['key', 'place']),
        parallelism: z.number(),
        targetBatchTimeMs: z.number(),
        dutyCycle: z.number(),
        maxBatchRows: z.number(),
        stubbornRows: z.number(),
      })
      .readonly(),
    guardrails: z
      .object({
        throttle: z
          .object({
            replicaLagMs: z.number(),
            blockedSessions: z.number(),
            activeSessions: z.exactOptional(z.number()),
            slowStatements: z.exactOptional(z.number()),
            commitLatencyMs: z.exactOptional(z.number()),
            deadRows: z.exactOptional(z.number()),
            logBytesPerSecond: z.exactOptional(z.number()),
            heldLogBytes: z.exactOptional(z.number()),
            query: z.exactOptional(z.string()),
          })
          .readonly(),
        /** `latencyP95` is the growth over the baseline: `+10%` is 0.1. `partialWrites` is of rows, where the application writes both sides. */
        rollback: z
          .object({
            errorRate: z.number(),
            latencyP95: z.number(),
            partialWrites: z.exactOptional(z.number()),
            alarms: z.array(z.string()).readonly(),
          })
          .readonly(),
      })
      .readonly(),
    reads: z
      .object({
        ramp: z.array(z.number()).readonly(),
        bakeSeconds: z.number(),
        compare: z.number(),
        /** Whether the application publishes its reads. */
        reported: z.boolean(),
      })
      .readonly(),
    confidence: z
      .object({
        windowSeconds: z.number(),
        reconcileEverySeconds: z.number(),
        dutyCycle: z.exactOptional(z.number()),
      })
      .readonly(),
    contract: z
      .object({
        quarantineSeconds: z.number(),
        /** How long nobody may have used the old shape. */
        quietSeconds: z.number(),
        statements: z.enum(['measured', 'unmeasured']),
      })
      .readonly(),
    gates: z.array(gateName).readonly(),
    gateDeadlineSeconds: z.number(),
    onRollback: z.enum(['leave', 'remove']),
    lockTimeoutMs: z.number(),
    changeWindow: z.exactOptional(storedChangeWindow),
  })
  .readonly();
export type Settings = z.infer<typeof settings>;

/** Whether rows are walked in the order of their key, or as they lie in the table. */
export type WalkOrder = Settings['backfill']['by'];
