import type { Brief } from '../../plan/plan.ts';
import type { Fill } from '../dual-write.ts';
import { identifier } from './quote.ts';
import { noteRefused } from './refused-rows.ts';
import { unlessRefused } from './row-errors.ts';
import { createFunction, createTrigger, dropFunction, dropTriggers, triggerName } from './trigger.ts';

const event = '_fill';

/** Fills a new column where a writer that does not know it left it NULL. */
export function startFill(fill: Fill): Brief {
  const column = `NEW.${identifier(fill.column)}`;
  const filled = `(SELECT (${fill.expression}) FROM (SELECT NEW.*) AS ${identifier(fill.table.name)})`;
  return {
    kind: 'brief',
    does: `fill ${fill.column} for writers that do not know it`,
    lock: 'SHARE ROW EXCLUSIVE',
    statements: [
      ...createFunction(fill, 'dual write', 'installer', [
        'BEGIN',
        ...unlessRefused(
          [`${column} := ${filled};`],
          [`${column} := NULL;`, noteRefused(fill.migration, fill.key)],
        ).map((line) => `  ${line}`),
        '  RETURN NEW;',
        'END',
      ]),
      ...createTrigger(fill, { event, on: 'INSERT OR UPDATE', when: `${column} IS NULL` }),
    ],
  };
}

export const triggersOfFill = ({ migration }: Fill): string[] => [triggerName(migration, event)];

export const endFill = ({ migration, table }: Fill): string[] => [
  ...dropTriggers(migration, table, [event]),
  dropFunction(migration, 'dual write'),
];
