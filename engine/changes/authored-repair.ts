import { section } from '../spec/spec-fields.ts';
import { columnName, sqlExpression } from '../spec/sql-fields.ts';
import type { Expression } from '../dialects/inspector.ts';
import type { Refusal, Subject } from './kind.ts';
import { columnNamed, unwalkable, unwritable } from './refusals.ts';

/** What is done to rows that break a rule: one column is set. */
export const authoredRepair = (example: { readonly column: string; readonly to: string }) =>
  section(
    {
      column: columnName({
        is: 'The column to set in rows that break the rule.',
        example: example.column,
      }),
      to: sqlExpression({
        is: 'An SQL expression over the row that computes its value.',
        example: example.to,
      }),
    },
    {
      is: 'How to repair rows that break the rule.',
      example: `{ column: ${example.column}, to: ${example.to} }`,
    },
  );

type Authored = { readonly column: string; readonly to: string } | undefined;

export const repairRefusals = (repair: Authored, subject: Subject): readonly Refusal[] =>
  repair === undefined
    ? []
    : [...unwritable(subject, repair.column, 'change.repair.column'), ...unwalkable(subject)];

export const repairExpressions = (
  repair: Authored,
  { catalog }: Subject,
): readonly { readonly key: string; readonly expression: Expression }[] =>
  repair === undefined
    ? []
    : [
        {
          key: 'change.repair.to',
          expression: {
            text: repair.to,
            type: columnNamed(catalog, repair.column)?.type ?? 'text',
            over: null,
          },
        },
      ];
