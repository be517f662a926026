import * as z from 'zod';
import { section } from '../spec/spec-fields.ts';
import { objectName, sqlExpression } from '../spec/sql-fields.ts';
import { authoredRepair, repairExpressions, repairRefusals } from './authored-repair.ts';
import { heldRule } from './held-rule.ts';
import type { Kind } from './kind.ts';

const about = {
  is: 'Adds a check constraint.',
  example: `{ kind: add-check, name: orders_amount_positive, check: amount >= 0 }`,
};

const keys = section(
  {
    kind: z.literal('add-check').describe(about.is),
    name: objectName('the name of the constraint', {
      is: 'The name of the constraint.',
      example: 'orders_amount_positive',
    }),
    check: sqlExpression({
      is: 'An SQL expression over the row that must not be false.',
      example: 'amount >= 0',
    }),
    repair: z.exactOptional(authoredRepair({ column: 'amount', to: 'greatest(amount, 0)' })),
  },
  about,
);

/** A check that holds for new rows at once, and for those that are there once all were scanned beside the traffic. */
export const addCheck: Kind<'add-check', typeof keys> = {
  kind: 'add-check',
  keys,
  asks: [
    { key: 'name', flag: 'name', asks: 'The name of the constraint?' },
    { key: 'check', flag: 'check', asks: 'The rule, in SQL, such as amount >= 0?' },
  ],
  inWords: 'add a check',
  verb: 'check',
  goal: (table, { check }) => `Make sure that ${check} in ${table}`,
  oldColumns: () => [],
  names: ({ name }) => ({ builds: [name] }),
  faults: (_, { sql }) => {
    const why = sql.cannot['check beside the traffic'];
    return why === undefined
      ? []
      : [
          {
            key: 'change.kind',
            fact: `a check cannot be added beside the traffic: ${why}`,
            remedy:
              'Let the application or triggers of your own refuse such rows, or add it yourself while nobody writes. For NULL there is set-not-null.',
          },
        ];
  },
  refusals: ({ repair }, subject) => repairRefusals(repair, subject),
  expressions: ({ check, repair }, subject) => [
    { key: 'change.check', expression: { text: check, type: 'boolean', over: null } },
    ...repairExpressions(repair, subject),
  ],
  compile: async ({ name, check, repair }, subject, ask) => {
    const rule = subject.sql.rules.check(check);
    const known = await ask.rule({
      key: 'change.check',
      name,
      made: { as: 'constraint', definition: rule.definition, references: null },
      forbidden: { kind: 'each', violated: rule.violated },
      isRepaired: repair !== undefined,
      remedy: 'Write `repair:`, or fix them first.',
    });
    return heldRule(
      subject,
      {
        ...rule,
        name,
        refuses: `rows for which it is false that ${check}`,
        repair: repair === undefined ? null : { column: repair.column, expression: repair.to },
        finish: null,
        warnings: [],
        expects: { constraints: [{ name, valid: true }] },
      },
      known,
    );
  },
};
