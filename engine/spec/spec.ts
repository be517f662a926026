import type * as z from 'zod';
import type { Settings } from '../plan/settings.ts';
import type { Change } from '../changes/kinds.ts';
import { nameOf, nameProblems } from './migration-name.ts';
import { problemsOf } from './spec-problems.ts';
import { specSchema } from './spec-schema.ts';
import { reconcileEverySeconds } from './spec-settings.ts';
import { invalidSpec, type Positions, type SpecSource } from './spec-source.ts';
import { readYaml } from './yaml-document.ts';

export {
  locate,
  problemAt,
  problemLine,
  specProblem,
  type Position,
  type SpecSource,
} from './spec-source.ts';

type Written = z.output<typeof specSchema>;

export type { Change } from '../changes/kinds.ts';
export type { GateName } from '../plan/settings.ts';

/** A migration as its author declares it, defaults filled in, and where each part of it is written. */
export interface Spec extends Omit<Settings, 'change'> {
  readonly change: Change;
  readonly rehearsal: Written['rehearsal'];
  /** Statements, each the new definition of a view. */
  readonly dependents: readonly string[];
  readonly source: SpecSource;
}

const largestFile = 1_000_000;

/**
 * Reads a migration file; its name gives the migration's.
 * Raises InvalidSpec, which holds every problem of the file, one a line: `FILE:LINE:COLUMN key: the fact. The remedy.`
 */
export function parseSpec(text: string, file: string): Spec {
  const start = { line: 1, column: 1, key: '' };
  if (text.length > largestFile) {
    const fact = `The file has ${text.length} characters; a migration has a few hundred.`;
    throw invalidSpec(file, [{ ...start, fact, remedy: 'Give the right file.' }]);
  }
  const { data, positions, problems } = readYaml(text.replace(/^\uFEFF/, ''));
  const soFar = [...nameProblems(file), ...problems];
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw invalidSpec(file, problems.length > 0 ? soFar : [...soFar, { ...start, ...notAMigration(data) }]);
  }
  const parsed = specSchema.safeParse(data);
  if (parsed.success && soFar.length === 0) return specOf(parsed.data, file, positions);
  throw invalidSpec(file, [
    ...soFar,
    ...(parsed.success ? [] : problemsOf(parsed.error.issues, data, positions)),
  ]);
}

function notAMigration(data: unknown) {
  const remedy = 'Write `goal:`, `table:` and `change:`, each on its own line.';
  return {
    fact: data === null || data === undefined ? 'The file is empty.' : 'The file is not a section of keys.',
    remedy,
  };
}

function specOf(written: Written, file: string, positions: Positions): Spec {
  const { backfill, guardrails, reads, confidence, contract, gateDeadline, lockTimeout, ...same } = written;
  const { targetBatchTime, ...copying } = backfill;
  const { replicaLag, ...signals } = guardrails.throttle;
  return {
    name: nameOf(file),
    ...same,
    backfill: { ...copying, targetBatchTimeMs: targetBatchTime },
    guardrails: { throttle: { replicaLagMs: replicaLag, ...signals }, rollback: guardrails.rollback },
    reads: { ramp: reads.ramp, bakeSeconds: reads.bake, compare: reads.compare, reported: reads.reported },
    confidence: {
      windowSeconds: confidence.window,
      reconcileEverySeconds: reconcileEverySeconds(confidence),
    },
    contract: {
      quarantineSeconds: contract.quarantine,
      quietSeconds: Math.min(contract.quiet ?? confidence.window, confidence.window),
      statements: contract.statements,
    },
    gateDeadlineSeconds: gateDeadline,
    lockTimeoutMs: lockTimeout,
    source: { file, positions },
  };
}
