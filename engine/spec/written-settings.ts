import type * as z from 'zod';
import type { Settings } from '../plan/settings.ts';
import { nameOf } from './migration-name.ts';
import type { specSchema } from './spec-schema.ts';
import { reconcileEverySeconds } from './spec-settings.ts';

/** A migration file as it is parsed: measures in the units that their fields give. */
export type Written = z.output<typeof specSchema>;

/** The settings of a migration, each with its unit in its name. */
export function settingsOf(
  written: Omit<Written, 'change' | 'rehearsal' | 'dependents'>,
  file: string,
): Omit<Settings, 'change'> {
  const { backfill, guardrails, reads, confidence, contract, gateDeadline, lockTimeout, ...same } = written;
  const { targetBatchTime, ...copying } = backfill;
  return {
    name: nameOf(file),
    ...same,
    backfill: { ...copying, targetBatchTimeMs: targetBatchTime },
    guardrails: { throttle: throttleOf(guardrails.throttle), rollback: guardrails.rollback },
    reads: { ramp: reads.ramp, bakeSeconds: reads.bake, compare: reads.compare, reported: reads.reported },
    confidence: {
      windowSeconds: confidence.window,
      reconcileEverySeconds: reconcileEverySeconds(confidence),
      ...(confidence.dutyCycle === undefined ? {} : { dutyCycle: confidence.dutyCycle }),
    },
    contract: {
      quarantineSeconds: contract.quarantine,
      quietSeconds: Math.min(contract.quiet ?? confidence.window, confidence.window),
      statements: contract.statements,
    },
    gateDeadlineSeconds: gateDeadline,
    lockTimeoutMs: lockTimeout,
  };
}

function throttleOf(written: Written['guardrails']['throttle']): Settings['guardrails']['throttle'] {
  const { replicaLag, commitLatency, logRate, heldLog, ...same } = written;
  return {
    replicaLagMs: replicaLag,
    ...same,
    ...(commitLatency === undefined ? {} : { commitLatencyMs: commitLatency }),
    ...(logRate === undefined ? {} : { logBytesPerSecond: logRate }),
    ...(heldLog === undefined ? {} : { heldLogBytes: heldLog }),
  };
}
