import type { Brief } from '../../plan/plan.ts';
import type { Repair } from '../rules-sql.ts';
import { identifier } from './quote.ts';
import { createFunction, createTrigger, dropFunction, dropTriggers } from './trigger.ts';
import type { Target } from './walk-target.ts';

const event = '_repair';

/**
 * A constraint that is not yet validated refuses every UPDATE of a row that breaks it, whatever the UPDATE is about. So
 * that a row which nobody has repaired yet can be written, it is repaired on the way; new breaches are refused.
 */
export function startRepair(repair: Repair): Brief['statements'] {
  const row = identifier(repair.table.name);
  const of = (expression: string, image: 'OLD' | 'NEW'): string =>
    `(SELECT (${expression}) FROM (SELECT ${image}.*) AS ${row})`;
  return [
    ...createFunction(repair, 'dual write', 'installer', [
      'BEGIN',
      `  IF ${of(repair.violated, 'OLD')} AND ${of(repair.violated, 'NEW')} THEN`,
      `    NEW.${identifier(repair.column)} := ${of(repair.expression, 'NEW')};`,
      '  END IF;',
      '  RETURN NEW;',
      'END',
    ]),
    ...createTrigger(repair, { event, on: 'UPDATE', when: null }),
  ];
}

export const endRepair = ({ migration, table }: Pick<Repair, 'migration' | 'table'>): Brief['statements'] => [
  ...dropTriggers(migration, table, [event]),
  dropFunction(migration, 'dual write'),
];

export const repairTarget = (repair: Repair): Target => ({
  assigned: [{ column: identifier(repair.column), value: repair.expression }],
  unfilled: repair.violated,
  settings: repair.settings,
});
