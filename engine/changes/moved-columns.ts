import type { Column } from '../catalog/facts.ts';
import type { MovedColumn } from '../dialects/splits.ts';

export interface SplitTable {
  readonly into: string;
  readonly columns: readonly string[];
  readonly unsaid?: Readonly<Record<string, string>>;
}

/** Whether an INSERT that leaves the column out fails, as that of the new application does. */
export const mustBeSaid = ({ notNull, default: otherwise }: Column): boolean => notNull && otherwise === null;

/** Whether the column holds NULL where nothing has been said of it. */
export const unsaidIsNull = ({ unsaid }: Pick<MovedColumn, 'unsaid'>): boolean => /^null$/iu.test(unsaid);

export function movedColumn({ unsaid = {} }: SplitTable, column: Column): MovedColumn {
  const { name, type, plain, default: otherwise } = column;
  return {
    column: name,
    type,
    plain,
    default: otherwise === null ? null : { expression: otherwise, varies: 'never' },
    unsaid: otherwise ?? unsaid[name] ?? 'NULL',
    isFilled: mustBeSaid(column),
  };
}
