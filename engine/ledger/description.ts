import * as z from 'zod';
import { shapeSchema } from '../shapes/shape.ts';
import { engines } from '../dialects/engine.ts';
import { phaseVisit } from '../plan/phase-visits.ts';
import { irreversible, phaseNames, unit } from '../plan/plan.ts';
import { settings } from '../plan/settings.ts';
import { ledgerEvent, workerFailure } from './journal.ts';
import { migrationSummary } from './summary.ts';
import { targetName } from '../words/target.ts';
import { walkId } from './walk-id.ts';
import { progress } from './walks.ts';

// What describe-migration answers, and what the command line parses: both sides of one contract. The command line may be
// newer than what is deployed, so it parses whatever comes.

const phaseName = z.enum(phaseNames);

/** Where everything of one target is found. Optional places are absent, never empty. */
const surroundings = z.object({
  /** The name of the target. */
  target: targetName,
  engine: z.enum(engines),
  region: z.string(),
  migrationMachine: z.string(),
  /** What a new execution is started by: the machine's alias, where it has one. */
  startMachine: z.string(),
  decideMachine: z.string(),
  holdsTable: z.string(),
  topic: z.string(),
  guardrailAlarm: z.string(),
  dashboardUrl: z.string().optional(),
  reportBucket: z.string().optional(),
  cluster: z.string(),
  database: z.string(),
  flags: z.object({
    application: z.string(),
    environment: z.string(),
    profile: z.string(),
    /** The deployment strategy of the way back. */
    back: z.string(),
  }),
});
export type DeploymentResources = z.infer<typeof surroundings>;

const step = z.object({
  phase: phaseName,
  /** Whether statements of the phase stand in the database. */
  applied: z.boolean(),
  undo: z.union([z.array(unit), irreversible]),
});
/** A phase as it can be undone; its statements as the plan has them. */
export type UndoStep = z.infer<typeof step>;

const details = migrationSummary.extend({
  shape: shapeSchema,
  settings,
  visits: z.array(phaseVisit),
  backfill: progress,
  /** The newest comparison; null before the first. */
  verification: progress.extend({ ...walkId.shape, to: z.string() }).nullable(),
  /** The first rows whose data refuses the change, by key, and the statement that shows all. Keys can be personal data. */
  stubborn: z.object({
    first: z.array(z.object({ key: z.string(), sqlstate: z.string() })),
    list: z.string(),
  }),
  /** The share of reads that the newest flag sends to the new shape; or why it is not known. */
  reads: z.union([z.object({ percent: z.number() }), z.object({ unknown: z.string() })]),
  /** Why workers rest now, or work less: what the database shows of its health; null where they may work. */
  rest: z.string().nullable(),
  /** Why a worker of the latest start gave up; null where none did. */
  failure: workerFailure.nullable(),
  /** What is left, looked for just now where the migration is over; else, or where nobody could look, the newest audit. */
  audit: ledgerEvent.omit({ id: true }).nullable(),
  /** Newest first. */
  events: z.array(ledgerEvent),
  /** Of an application that writes both sides, the one that is the truth; null where nobody but triggers does, or needs to. */
  truth: z.enum(['old', 'new']).nullable().default(null),
  /** All phases, in the order in which they are lived. */
  steps: z.array(step),
});
export type MigrationDetails = z.infer<typeof details>;

const targetDescription = z.object({
  surroundings,
  /** `unreadable` names the error; the surroundings are reported all the same. */
  ledger: z.union([z.enum(['there', 'absent']), z.object({ unreadable: z.string() })]),
  /** Newest first. */
  migrations: z.array(migrationSummary),
});

export const description = z.object({
  /** The one that was asked for, or all of them. */
  targets: z.array(targetDescription).min(1),
  /** The one that was asked for; null where none was, or the ledger has no such migration. */
  migration: details.nullable(),
});
/** All that people can be shown of a deployment and its migrations without a database secret. */
export type Description = z.infer<typeof description>;

/** The same of one target alone. */
export type TargetDescription = z.infer<typeof targetDescription> & Pick<Description, 'migration'>;
