import type { GrantName } from './task-permissions.ts';

interface Task {
  /** What it is for, as the Lambda console shows it. */
  readonly does: string;
  readonly may: readonly GrantName[];
  /** How long one invocation may last; the state machine's own limit is 16 minutes. */
  readonly minutes: number;
  /** Who invokes it, where no state machine does. */
  readonly by?: 'people';
}

/**
 * Every function: the tasks of the state machines, and what people invoke by the command line. One handler file each, by
 * the same name, and a role with these grants alone.
 */
export const tasks = {
  PlanMigration: {
    does: 'Reads a migration, checks it against the database, compiles and claims it',
    may: ['database', 'bounded trials'],
    minutes: 5,
  },
  ApplyPhase: {
    does: "Applies a phase's statements",
    may: ['database', 'alarms', 'read the deployed flag'],
    minutes: 10,
  },
  CutShards: { does: 'Cuts the table into key ranges', may: ['database', 'alarms'], minutes: 5 },
  BackfillShard: { does: 'Copies one shard, batch by batch', may: ['database', 'alarms'], minutes: 10 },
  VerifyShard: { does: 'Compares every row of one shard', may: ['database', 'alarms'], minutes: 10 },
  SweepStubbornRows: { does: 'Tries again the rows that refused', may: ['database'], minutes: 10 },
  JudgeVerification: {
    does: 'Says whether a comparison was clean',
    may: ['database', 'alarms', 'read the metrics'],
    minutes: 2,
  },
  BeginConfidence: {
    does: 'Begins the confidence window',
    may: ['database', 'alarms', 'read the metrics', 'read the flag', 'move the flag', 'go forward'],
    minutes: 5,
  },
  CollectEvidence: {
    does: 'Measures what a gate asks for',
    may: ['database', 'alarms', 'read the flag', 'read the metrics'],
    minutes: 5,
  },
  SetReadShare: {
    does: 'Moves a share of the reads to the new shape',
    may: ['database', 'alarms', 'read the metrics', 'read the flag', 'move the flag', 'go forward'],
    minutes: 5,
  },
  SwitchReadsBack: {
    does: 'Sends every read to the old shape',
    may: ['database', 'read the flag', 'move the flag', 'go back'],
    minutes: 5,
  },
  FenceWorkers: {
    does: 'Makes the workers of a past epoch harmless',
    may: ['database', 'end a gate', 'read the flag', 'move the flag', 'go back'],
    minutes: 5,
  },
  UndoPhase: {
    does: 'Undoes one phase',
    may: ['database', 'read the flag', 'move the flag', 'go back'],
    minutes: 10,
  },
  AuditMigration: {
    does: 'Says what a migration has left over',
    may: ['database', 'read the flag'],
    minutes: 5,
  },
  CloseMigration: {
    does: 'Writes how a migration ended',
    may: ['database', 'read the flag', 'move the flag', 'go back'],
    minutes: 5,
  },
  NotifyPeople: {
    does: 'Notifies people what happened or is asked',
    may: ['notify people', 'read breaches'],
    minutes: 2,
  },
  WriteReport: {
    does: 'Writes the report of an execution for people',
    may: ['database', 'read histories', 'read metrics', 'keep reports'],
    minutes: 5,
  },
  SteerMigration: {
    does: "Takes a person's order: pause, resume, abort",
    may: ['database', 'fail a hold', 'notify people'],
    minutes: 2,
    by: 'people',
  },
  DescribeMigration: {
    does: 'Shows how migrations are and where everything is',
    may: ['database', 'read the flag'],
    minutes: 2,
    by: 'people',
  },
  ShowMigrations: {
    does: "Draws the dashboard's table of migrations",
    may: ['database', 'see holds'],
    minutes: 1,
    by: 'people',
  },
} as const satisfies Record<string, Task>;

export type TaskName = keyof typeof tasks;
export const taskNames = Object.keys(tasks).filter((name): name is TaskName => name in tasks);

/** The functions that people invoke themselves, by the command line; no state machine names them. */
export const forPeople = (name: TaskName): boolean => 'by' in tasks[name];
export const peoplesTasks = taskNames.filter(forPeople);
/** What the state machines invoke. */
export const machineTasks = taskNames.filter((name) => !forPeople(name));

/** Task ApplyPhase is `apply-phase`. */
export const kebab = (name: string): string =>
  name.replaceAll(/(?<!^)[A-Z]/gu, (letter) => `-${letter}`).toLowerCase();
