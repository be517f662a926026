import type { TableName } from './table-name.ts';

const bare = /^[a-z_][a-z0-9_$]*$/u;

/** A table as a migration file names it. */
export const writtenTable = ({ schema, name }: TableName): string =>
  [schema, name].map((each) => (bare.test(each) ? each : `"${each.replaceAll('"', '""')}"`)).join('.');
