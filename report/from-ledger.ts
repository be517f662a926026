import * as z from 'zod';
import { verdicts } from '../engine/evidence/verdict.ts';
import type { LedgerEvent } from '../engine/ledger/journal.ts';
import { isFinished, type WalkProgress } from '../engine/ledger/walks.ts';
import type { Account } from './account.ts';
import type { Backfill, Decision, GateEvidence, Mark, Measured, Pass, Report } from './report.ts';

/** What the ledger alone tells of a migration: comparisons, evidence, decisions, failures. */

// What does not have this shape is no evidence that could be shown.
const evidenceDetail = z.object({
  gate: z.string(),
  open: z.boolean(),
  collectedAt: z.iso.datetime(),
  hash: z.string().nullable().default(null),
  items: z.array(
    z.object({
      what: z.string(),
      measured: z.string(),
      at: z.iso.datetime().nullable().default(null),
      verdict: z.enum(verdicts),
    }),
  ),
});

const decidedDetail = z.object({
  gate: z.string(),
  decision: z.enum(['approve', 'reject']),
  reason: z.string().default(''),
  decidedBy: z.string().nullable().default(null),
  evidence: z.string().nullable().default(null),
  override: z.boolean().default(false),
  /** What sent the migration back before this answer arrived. */
  overtakenBy: z.string().nullable().default(null),
});

const failedDetail = z.object({ reason: z.string() });
const orderedDetail = z.object({
  order: z.string().nullable(),
  reason: z.string().nullable().default(null),
  /** Null is the declared one. */
  dutyCycle: z.number().nullable().default(null),
});

const auditDetail = z.object({
  open: z.array(z.object({ what: z.string(), remedy: z.string() })),
  passed: z.array(z.string()),
});

const detailsOf = <T>(
  events: readonly LedgerEvent[],
  what: string,
  shape: z.ZodType<T>,
): readonly { readonly at: string; readonly detail: T }[] =>
  events.flatMap((event) => {
    const parsed = event.what === what ? shape.safeParse(event.detail) : undefined;
    return parsed?.success === true ? [{ at: event.at, detail: parsed.data }] : [];
  });

/** Every collection of evidence that differs from the one before it, each with the decision that followed it. */
export function evidenceOf(events: readonly LedgerEvent[]): Report['evidence'] {
  const collected = detailsOf(events, 'evidence', evidenceDetail);
  const decisions = detailsOf(events, 'decided', decidedDetail);
  const gates = collected.map(({ at, detail }, index): GateEvidence => {
    const later = collected.slice(index + 1).find(({ detail: other }) => other.gate === detail.gate);
    const answer = decisions.find(
      (it) => it.detail.gate === detail.gate && it.at >= at && (later === undefined || it.at < later.at),
    );
    return { ...detail, decision: answer === undefined ? null : decisionOf(answer.at, answer.detail) };
  });
  return { gates: gates.filter((gate, index) => !isRepeated(gate, index, gates)) };
}

// Evidence is collected again after an approval, and again while a gate waits: of equals the one is shown on which
// somebody decided, else the last.
function isRepeated(gate: GateEvidence, index: number, gates: readonly GateEvidence[]): boolean {
  if (gate.decision !== null) return false;
  return gates.some(
    (other, at) =>
      at !== index &&
      other.gate === gate.gate &&
      said(other) === said(gate) &&
      (other.decision !== null || at > index),
  );
}

const said = ({ items }: GateEvidence): string =>
  JSON.stringify(items.map(({ what, verdict }) => [what, verdict]));

const decisionOf = (
  at: string,
  { decision, reason, decidedBy, evidence, override, overtakenBy }: z.infer<typeof decidedDetail>,
): Decision => ({ decision, reason, by: decidedBy, at, evidence, override, overtakenBy });

/** The latest audit of what was left over. */
export function auditOf(events: readonly LedgerEvent[]): Report['audit'] {
  const last = detailsOf(events, 'audit', auditDetail).at(-1);
  if (last === undefined) return { notMeasured: 'nobody looked at what was left over' };
  return { at: last.at, ...last.detail };
}

/** Decisions, orders and failures as marks on the time axis. */
export function marksOf(events: readonly LedgerEvent[]): readonly Mark[] {
  return [
    ...detailsOf(events, 'decided', decidedDetail).map(({ at, detail }): Mark => ({
      at,
      kind: 'decision',
      says: `Gate ${detail.gate} ${detail.decision === 'approve' ? 'approved' : 'rejected'}${detail.override ? ' against the evidence' : ''}${detail.overtakenBy === null ? '' : `, too late (${detail.overtakenBy})`}: ${detail.reason}`,
    })),
    ...detailsOf(events, 'ordered', orderedDetail).map(({ at, detail }): Mark => ({
      at,
      kind: 'decision',
      says: `Ordered: ${detail.order ?? 'go on'}${detail.dutyCycle === null ? '' : ` ${detail.dutyCycle}`}${detail.reason === null ? '' : `, ${detail.reason}`}`,
    })),
    ...detailsOf(events, 'failed', failedDetail).map(({ at, detail }): Mark => ({
      at,
      kind: 'failure',
      says: detail.reason,
    })),
  ];
}

/** The comparisons and repairs since a moment, oldest first. */
export function passesOf(walks: readonly WalkProgress[], from: string): readonly Pass[] {
  return walks.flatMap((walk) => {
    const { purpose, start, n, rows, changed } = walk;
    if (purpose === 'backfill' || walk.to < from) return [];
    const name = `${purpose} ${start}.${n}`;
    return [{ name, kind: purpose, from: walk.from, to: walk.to, rows, changed, finished: isFinished(walk) }];
  });
}

/** The backfill's own walk; its course over time is known to whoever watched. */
export function backfillOf(
  { walks }: Pick<Account, 'walks'>,
  known: Pick<Backfill, 'workers' | 'stubbornRows' | 'intervalSeconds' | 'points'>,
): Measured<Backfill> {
  const backfill = walks.find(({ purpose }) => purpose === 'backfill');
  if (backfill === undefined)
    return { notMeasured: 'the ledger has no backfill; none began, or its shape was removed' };
  const { rows, batches, from, to } = backfill;
  return { rows, batches, seconds: (Date.parse(to) - Date.parse(from)) / 1000, ...known };
}
