import { emptyPhase, type Phases, type Unit } from '../../plan/plan.ts';
import type { Repair, RepairPlan } from '../rules-sql.ts';
import { computedValue, createFunction, dropFunction } from './computed.ts';
import { ofRow } from './expression.ts';
import { computedRepair } from './filled.ts';
import { identifier, literal } from './quote.ts';
import { noted } from './settled.ts';
import { createTrigger, dropTrigger, events } from './trigger.ts';

/**
 * MySQL reads every row when a rule comes, so it comes last. Until then triggers refuse what breaks it newly, and repair a
 * row that breaks it already when it is updated; a walk repairs the others.
 */
export function repairPhases({ repair, last, undo, name }: RepairPlan): Phases {
  const computed = computedRepair(repair);
  const end = [...events.map((event) => dropTrigger(repair, 'keeps', event)), dropFunction(computed)];
  return {
    expand: {
      run: [
        noted(`that ${repair.column} is repaired`),
        createFunction(computed),
        ...keeps(repair, refusalOf(repair, name)),
      ],
      undo: end,
    },
    backfill: emptyPhase,
    // The way back needs no triggers: rows may break the rule again.
    verify: { run: [noted(`that ${name ?? `NOT NULL of ${repair.column}`} comes`), ...last, ...end], undo },
  };
}

interface Refusal {
  readonly code: number;
  readonly says: string;
}

/** A writer is told what MySQL itself will say ever after. */
const refusalOf = ({ column }: Repair, name: string | null): Refusal =>
  name === null
    ? { code: 1048, says: `Column '${column}' cannot be null` }
    : { code: 3819, says: `Check constraint '${name}' is violated.` };

function keeps(repair: Repair, { code, says }: Refusal): readonly Unit[] {
  const columns = repair.row.map(({ name }) => name);
  const breaks = (image: 'OLD' | 'NEW'): string => ofRow(repair.violated, columns, image);
  const column = `NEW.${identifier(repair.column)}`;
  const refuse = `SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = ${code}, MESSAGE_TEXT = ${literal(says)};`;
  const refused = [`IF ${breaks('NEW')} THEN`, `  ${refuse}`, 'END IF;'];
  return [
    createTrigger(repair, { part: 'keeps', event: 'INSERT', does: `refuse: ${says}`, lines: refused }),
    createTrigger(repair, {
      part: 'keeps',
      event: 'UPDATE',
      does: `refuse: ${says}, and repair a row that is like that already`,
      lines: [
        `IF ${breaks('OLD')} THEN`,
        `  IF ${breaks('NEW')} THEN`,
        '    BEGIN',
        // The walk finds it again, and says which row it is.
        '      DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN END;',
        `      SET ${column} = ${computedValue(computedRepair(repair), 'NEW.')};`,
        '    END;',
        '  END IF;',
        'ELSE',
        ...refused.map((line) => `  ${line}`),
        'END IF;',
      ],
    }),
  ];
}
