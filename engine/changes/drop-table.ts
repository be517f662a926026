import * as z from 'zod';
import { emptyPhase } from '../plan/plan.ts';
import { section } from '../spec/spec-fields.ts';
import { dropTableRefusals, takenAside } from './drop-table-refusals.ts';
import { expectsNothing } from './expectations.ts';
import { dropTableWarnings, snapshotAdvice } from './farewell-warnings.ts';
import type { CompiledChange, Kind, Subject } from './kind.ts';
import { brief } from '../plan/brief.ts';

const about = {
  is: 'Drops a table with all its rows.',
  example: '{ kind: drop-table }',
};

const keys = section({ kind: z.literal('drop-table').describe(about.is) }, about);

/**
 * Farewell to a table: the statements of the confidence window show that nobody uses it, the quarantine hides it under
 * another name, and until the contract one rename brings it back with every row.
 */
export const dropTable: Kind<'drop-table', typeof keys> = {
  kind: 'drop-table',
  keys,
  asks: [],
  inWords: 'drop a table that nobody uses',
  verb: 'drop',
  goal: (table) => `Drop ${table}`,
  oldColumns: () => [],
  wholeTable: () => true,
  takesAway: () => true,
  // Said by its own refusal, which knows why.
  takesPartitioned: () => true,
  refusals: (_, subject) => dropTableRefusals(subject),
  expressions: () => [],
  compile: async (_, subject, { taken }) => {
    const refused = takenAside(await taken([subject.sql.tables.quarantinedName(subject.table.name)]));
    return refused.length > 0 ? { refused } : compiled(subject);
  },
};

function compiled(subject: Subject): CompiledChange {
  const { table, catalog, sql } = subject;
  const quarantined = sql.tables.quarantinedName(table.name);
  const aside = { schema: table.schema, name: quarantined };
  return {
    shape: { kind: 'farewell', what: 'table', leaving: { table, columns: [] }, quarantined: [quarantined] },
    phases: {
      confidence: emptyPhase,
      quarantine: {
        run: [
          brief(`hide ${table.name} as ${quarantined}, with its rows`, 'ACCESS EXCLUSIVE', [
            sql.tables.rename(table, quarantined),
          ]),
        ],
        undo: [brief(`bring ${table.name} back`, 'ACCESS EXCLUSIVE', [sql.tables.rename(aside, table.name)])],
      },
      contract: {
        run: [sql.tables.ofTwo(brief(`drop ${table.name}`, 'ACCESS EXCLUSIVE', [sql.tables.drop(aside)]))],
        undo: { irreversible: `${table.schema}.${table.name} is gone` },
      },
    },
    walks: [],
    warnings: [...dropTableWarnings(subject), snapshotAdvice],
    expects: expectsNothing(catalog.table.owner),
  };
}
