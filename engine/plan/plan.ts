import * as z from 'zod';
import { engines } from '../dialects/engine.ts';
import { shapeSchema } from '../shapes/shape.ts';
import { tableName } from '../spec/table-name.ts';
import { differences } from './differences.ts';
import { expectedTable } from './expected.ts';
import { sideFact } from './side-facts.ts';
import { walk } from './walk.ts';

/** The phases in the order in which they are lived. Rollback visits them newest first. */
export const phaseNames = [
  'expand',
  'dual-write',
  'backfill',
  'verify',
  'read-switch',
  'swap',
  'confidence',
  'quarantine',
  'contract',
] as const;
export type PhaseName = (typeof phaseNames)[number];

/**
 * The strongest table lock that a statement takes, as PostgreSQL names it. `metadata`: MySQL's, for a moment at the
 * beginning and the end of a change of the table.
 */
export const lock = z.enum([
  'ACCESS EXCLUSIVE',
  'SHARE ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'metadata',
  'none',
]);
export type Lock = z.infer<typeof lock>;

/** Statements that commit together under one lock timeout, as one call. */
const brief = z
  .object({
    kind: z.literal('brief'),
    does: z.string(),
    lock,
    statements: z.array(z.string()).readonly(),
    /** Of a call that waits for several locks, in ms for each, where the lock timeout is more: before the database looks for a victim. */
    waitsAtMostMs: z.exactOptional(z.number()),
    /** It evaluates nothing over rows: no row's value can be in what the database says of it. */
    catalogOnly: z.exactOptional(z.literal(true)),
  })
  .readonly();
export type Brief = z.infer<typeof brief>;

/**
 * One statement that may run for hours beside the traffic: started, then watched from the catalog.
 * `state` gives one row of JSON: `{"state": "absent" | "running" | "broken" | "done"}`.
 */
const online = z
  .object({
    kind: z.literal('online'),
    does: z.string(),
    lock,
    /** Calls that open its session, one after the other; they take the unit's place in the ledger as parameters. */
    session: z.exactOptional(z.array(z.string()).readonly()),
    statement: z.string(),
    /** How often it reads the whole table; 0: a sample. */
    scans: z.literal([0, 1, 2]),
    state: z.string(),
    /** Clears what a failed attempt left behind (an INVALID index). */
    clean: z.string().nullable(),
  })
  .readonly();
export type Online = z.infer<typeof online>;

export const unit = z.discriminatedUnion('kind', [brief, online]);
export type Unit = z.infer<typeof unit>;

export const irreversible = z.object({ irreversible: z.string() }).readonly();

/** What a phase does to the schema, with its undo beside it. Both run in the order written. */
const phase = z
  .object({ run: z.array(unit).readonly(), undo: z.union([z.array(unit).readonly(), irreversible]) })
  .readonly();
export type Phase = z.infer<typeof phase>;

/** A phase that a change does not live is not there: nobody is asked about it, and nothing waits for it. */
const phases = z.partialRecord(z.enum(phaseNames), phase).readonly();
export type Phases = z.infer<typeof phases>;

/** A phase that is lived without SQL of its own: a walk, a window. */
export const emptyPhase: Phase = { run: [], undo: [] };

/** A migration compiled to plain SQL. JSON: it lives in the ledger from the first phase to the last. */
export const plan = z
  .object({
    migration: z.string(),
    engine: z.enum(engines),
    table: tableName,
    shape: shapeSchema,
    /** Of a partitioned table whose indexes are built partition by partition. */
    partitions: z.exactOptional(z.array(tableName).readonly()),
    estimatedRows: z.number(),
    warnings: z.array(z.string()).readonly(),
    phases,
    /** Who keeps both sides equal. Left out: triggers, or nobody has to. */
    follow: z.exactOptional(z.literal('application')),
    /** At most one for each purpose, and for each truth; none where no row has to be written or compared. */
    walks: z.array(walk).readonly(),
    /** What the audit at the end compares with. */
    expects: expectedTable,
    /** Where both sides exchange their names: what is built before, under the names that it has until then. */
    expectsBeforeSwap: z.exactOptional(expectedTable),
    differences: z.exactOptional(differences),
    /** A query of what is worth knowing at a gate and forbids nothing: rows of JSON, `{"what": …}`. */
    remarks: z.exactOptional(z.string()),
    /** Views to which the plan gives another definition. */
    replacesViews: z.exactOptional(z.array(tableName).readonly()),
    /** Policies of the table to which it gives other expressions. */
    altersPolicies: z.exactOptional(z.array(z.string()).readonly()),
    /** What an author may write under `dependents:`, each a statement. */
    offers: z.exactOptional(z.array(z.string()).readonly()),
    /** What hung on the old columns when the plan was made: what comes later is not in it. */
    oldSide: z.exactOptional(z.array(sideFact).readonly()),
  })
  .readonly();
export type Plan = z.infer<typeof plan>;

export const livedPhases = ({ phases: lived }: Pick<Plan, 'phases'>): readonly PhaseName[] =>
  phaseNames.filter((name) => lived[name] !== undefined);

export const phaseOf = ({ phases: lived }: Pick<Plan, 'phases'>, name: PhaseName): Phase =>
  lived[name] ?? emptyPhase;
