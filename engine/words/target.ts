import * as z from 'zod';

/** A migration in one of the databases that a deployment serves. The same file may run in each of them. */
export interface TargetedMigration {
  readonly migration: string;
  /** The name of a target: a database that is migrated. */
  readonly target: string;
}

// Together with the longest name of a migration (40) and a time, it fits into the name of an execution (80).
const longestTarget = 20;

export const targetName = z.string().regex(new RegExp(`^[a-z][a-z0-9-]{0,${longestTarget - 1}}$`, 'u'), {
  error: () =>
    `a target's name has 1 to ${longestTarget} lower-case letters, digits and hyphens, and begins with a letter`,
});

/** By which people and the table of holds name it. */
export const keyOf = ({ migration, target }: TargetedMigration): string => `${migration}@${target}`;

/** Where the report of an execution is kept, without its ending: below its target, so that access can be given by target. */
export const reportKey = ({ migration, target }: TargetedMigration, execution: string): string =>
  `${target}/${migration}/${execution.split(':').at(-1) ?? 'execution'}`;

/** The key of its read flag, of letters that AppConfig takes. Neither name holds a `_`. */
export const flagKeyOf = ({ migration, target }: TargetedMigration): string => `${migration}_${target}`;
