import { emptyPhase, type Phases, type Unit } from '../../plan/plan.ts';
import type { Repair, RepairPlan } from '../rules-sql.ts';
import { createFunction, dropFunction } from './computed.ts';
import { ofRow } from './expression.ts';
import { computedRepair } from './filled.ts';
import { literal } from './quote.ts';
import { noteUnit } from './settled.ts';
import { createTrigger, dropTrigger, events } from './trigger.ts';

/**
 * MySQL reads every row when a rule comes, so it comes last. Until then triggers refuse what breaks it newly; a row that breaks it
 * already is left as its writer has it, for what repairs it may break an index, a check or a key, and the writer would hear of that. A walk
 * repairs it.
 */
export function repairPhases({ repair, last, undo, name }: RepairPlan): Phases {
  const computed = computedRepair(repair);
  const end = [...events.map((event) => dropTrigger(repair, 'keeps', event)), dropFunction(computed)];
  return {
    expand: {
      run: [
        noteUnit(`that ${repair.column} is repaired`),
        createFunction(computed),
        ...keeps(repair, refusalOf(repair, name)),
      ],
      undo: end,
    },
    backfill: emptyPhase,
    // The way back needs no triggers: rows may break the rule again.
    verify: {
      run: [noteUnit(`that ${name ?? `NOT NULL of ${repair.column}`} comes`), ...last, ...end],
      undo,
    },
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
  const refuse = `SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = ${code}, MESSAGE_TEXT = ${literal(says)};`;
  return [
    createTrigger(repair, {
      part: 'keeps',
      event: 'INSERT',
      does: `refuse: ${says}`,
      lines: [`IF ${breaks('NEW')} THEN`, `  ${refuse}`, 'END IF;'],
    }),
    createTrigger(repair, {
      part: 'keeps',
      event: 'UPDATE',
      does: `refuse: ${says}, unless the row is like that already`,
      lines: [`IF ${breaks('NEW')} AND (${breaks('OLD')}) IS NOT TRUE THEN`, `  ${refuse}`, 'END IF;'],
    }),
  ];
}
