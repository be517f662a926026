import * as z from 'zod';
import { verdicts } from '../../engine/evidence/verdict.ts';
import type { MigrationSummary } from '../../engine/ledger/summary.ts';

const evidenceItem = z.object({
  what: z.string(),
  measured: z.string(),
  verdict: z.enum(verdicts),
  at: z.string().optional(),
  overridable: z.boolean().default(false),
});
export type EvidenceItem = z.infer<typeof evidenceItem>;

const evidence = z.object({
  open: z.boolean(),
  collectedAt: z.string().optional(),
  hash: z.string().optional(),
  /** Why an approval before this did not open the gate. */
  refused: z.string().optional(),
  items: z.array(evidenceItem),
});

const text = z.object({ S: z.string() }).transform(({ S }) => S);
const number = z.object({ N: z.string() }).transform(({ N }) => Number(N));
const hold = z.object({
  migration: text,
  hold: text,
  /** `window`: its end means healthy. Anything else waits for a person. */
  kind: text,
  state: text,
  execution: text,
  openedAt: text,
  epoch: number,
  seconds: number,
  evidence: text.transform((json) => evidence.parse(JSON.parse(json))).optional(),
  decision: text.optional(),
  reason: text.optional(),
});
/** What a migration waits for, or has waited for last. */
export type Hold = z.infer<typeof hold>;

// All but the token: whoever has it could answer past the decide machine.
const shown = Object.keys(hold.shape);

/** What is asked of the table: a hold without its token. */
export const projection = {
  ProjectionExpression: shown.map((name) => `#${name}`).join(', '),
  ExpressionAttributeNames: Object.fromEntries(shown.map((name) => [`#${name}`, name])),
};

export const holdOf = (item: unknown): Hold => hold.parse(item);

export const isWindow = ({ kind }: Hold): boolean => kind === 'window';

export const deadlineOf = ({ openedAt, seconds }: Hold): Date =>
  new Date(Date.parse(openedAt) + seconds * 1000);

/** Whether a migration waits at it now. A hold that timed out, or that a rollback passed by, still says `open`. */
export const isOpen = (
  it: Hold,
  { status, epoch }: Pick<MigrationSummary, 'status' | 'epoch'>,
  now: Date,
): boolean => it.state === 'open' && status === 'running' && it.epoch === epoch && deadlineOf(it) > now;
