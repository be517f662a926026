import type { TableName } from '../spec/table-name.ts';
import type { Brief, Lock, Phase } from './plan.ts';

/** Statements that commit together, as one call. */
export const brief = (does: string, lock: Lock, statements: readonly string[]): Brief => ({
  kind: 'brief',
  does,
  lock,
  statements,
});

/** The same of statements that evaluate nothing over rows: what the database says of one of them may be passed on. */
export const catalogBrief = (does: string, lock: Lock, statements: readonly string[]): Brief => ({
  ...brief(does, lock, statements),
  catalogOnly: true,
});

/** None where there are no statements. */
export const briefIfAny = (does: string, lock: Lock, statements: readonly string[]): readonly Brief[] =>
  statements.length === 0 ? [] : [brief(does, lock, statements)];

/** The undo that there is not, once columns are dropped. */
export const columnsGone = ({ name }: TableName, columns: readonly string[]): Phase['undo'] => ({
  irreversible: `${name}.${columns.join(`, ${name}.`)} ${columns.length > 1 ? 'are' : 'is'} gone`,
});
