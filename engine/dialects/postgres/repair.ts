import type { Brief } from '../../plan/plan.ts';
import type { Repair } from '../rules-sql.ts';
import { triggerName } from './made-names.ts';
import { identifier, literal, qualifiedName } from './quote.ts';
import { unlessRefused } from './row-errors.ts';
import { createFunction, createTrigger, dropFunction, dropTriggers } from './trigger.ts';
import type { Target } from './walk.ts';

const event = '_repair';

/**
 * A constraint that is not yet validated refuses every UPDATE of a row that breaks it, whatever the UPDATE is about. So
 * that a row which nobody has repaired yet can be written, it is repaired on the way; new breaches are refused. What the repair cannot
 * mend stays as it was written, and the constraint says whether that may be: a foreign key lets it pass where the key is the same.
 */
export function startRepair(repair: Repair): Brief['statements'] {
  const row = identifier(repair.table.name);
  const of = (expression: string, image: 'OLD' | 'NEW'): string =>
    `(SELECT (${expression}) FROM (SELECT ${image}.*) AS ${row})`;
  return [
    ...createFunction(repair, 'dual write', 'installer', [
      'DECLARE',
      '  written record := NEW;',
      'BEGIN',
      `  IF ${isSeen(repair)}${of(repair.violated, 'OLD')} AND ${of(repair.violated, 'NEW')} THEN`,
      ...unlessRefused(
        [`NEW.${identifier(repair.column)} := ${of(repair.expression, 'NEW')};`],
        ['RETURN written;'],
      ).map((line) => `    ${line}`),
      `    IF ${of(repair.violated, 'NEW')} THEN`,
      '      RETURN written;',
      '    END IF;',
      '  END IF;',
      '  RETURN NEW;',
      'END',
    ]),
    ...createTrigger(repair, { event, on: 'UPDATE', when: null }),
  ];
}

// A row that refers to what a policy hides breaks nothing; left as it is, nothing is lost.
const isSeen = ({ reads = [] }: Repair): string =>
  reads.map((table) => `NOT row_security_active(${literal(qualifiedName(table))}) AND `).join('');

export const endRepair = ({ migration, table }: Pick<Repair, 'migration' | 'table'>): Brief['statements'] => [
  ...dropTriggers(table, [triggerName(migration, event)]),
  dropFunction(migration, 'dual write'),
];

export const repairTarget = (repair: Repair): Target => ({
  assigned: [{ column: identifier(repair.column), value: repair.expression }],
  unfilled: repair.violated,
  reads: repair.reads,
  settings: repair.settings,
});
