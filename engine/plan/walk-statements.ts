import { walkStatements, type Walk } from './walk.ts';

/** The statements of a walk by their names. */
export const statementsOfWalk = (named: Walk): Readonly<Record<string, string>> =>
  walkStatements.parse(named);
