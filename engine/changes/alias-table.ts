import { emptyPhase, type Phases } from '../plan/plan.ts';
import type { OwnedSequence } from '../shapes/shape.ts';
import { choice } from '../spec/spec-fields.ts';
import type { TableName } from '../spec/table-name.ts';
import { aliasWarnings, throughViewWarnings, viewInPlace } from './alias.ts';
import { catalogBrief } from '../plan/brief.ts';
import { expectsNothing } from './expectations.ts';
import type { CompiledChange, DatabaseQuestions, Subject } from './kind.ts';

/** There is no other way yet. */
export const byAlias = choice(['alias'], {
  is: 'No row is written; until the contract phase a view takes the old name. COPY, TRUNCATE and other statements fail on a view: `underpin plan` finds who sends them.',
  example: 'alias',
});

/** A table that gets another name, or goes to another schema. */
interface Elsewhere {
  readonly base: TableName;
  /** What the view is called in quarantine. */
  readonly quarantined: string;
  /** Sequences that stay where the view is until it goes. */
  readonly sequences?: readonly OwnedSequence[];
  /** What people read of either way. */
  readonly says: { readonly put: string; readonly back: string; readonly after: string };
  /** What a function that holds the old name has to name at the end. */
  readonly names: string;
  readonly warnings: readonly string[];
}

/** In one lock the table gets its other name, and a view the old one until nobody asks for that. */
export async function aliasTable(
  elsewhere: Elsewhere,
  subject: Subject,
  throughView: DatabaseQuestions['throughView'],
): Promise<CompiledChange> {
  const { table, catalog } = subject;
  const { base, quarantined, sequences = [], names } = elsewhere;
  return {
    shape: {
      kind: 'name',
      old: { table, columns: [] },
      new: { table: base, columns: [] },
      quarantined: [quarantined],
      ...(sequences.length === 0 ? {} : { sequences }),
    },
    phases: phases(elsewhere, subject),
    walks: [],
    warnings: [
      ...throughViewWarnings(await throughView(), 'nothing'),
      ...aliasWarnings(subject, { base, moreColumns: false }),
      ...(catalog.whole?.mentions ?? []).map(
        (what) =>
          `${what} mentions ${table.name}; should it mean ${table.schema}.${table.name}, it fails from the quarantine on, and the contract gate stays shut until it names ${names}`,
      ),
      ...elsewhere.warnings,
    ],
    expects: expectsNothing(catalog.table.owner),
  };
}

function phases({ base, quarantined, sequences = [], says }: Elsewhere, subject: Subject): Phases {
  const { table, catalog, sql } = subject;
  const aside = { schema: table.schema, name: quarantined };
  const columns = catalog.columns.map(({ name }) => ({ name, of: name }));
  return {
    expand: viewInPlace({ view: table, base, columns, sequences }, subject, says),
    'read-switch': emptyPhase,
    confidence: emptyPhase,
    quarantine: {
      run: [
        catalogBrief(`hide the view ${table.name}`, 'ACCESS EXCLUSIVE', [
          sql.aliases.rename(table, quarantined),
        ]),
      ],
      undo: [
        catalogBrief(`bring the view ${table.name} back`, 'ACCESS EXCLUSIVE', [
          sql.aliases.rename(aside, table.name),
        ]),
      ],
    },
    contract: {
      run: [
        catalogBrief(`drop the view ${table.name}`, 'ACCESS EXCLUSIVE', [
          ...sql.aliases.takeAway(aside, { naming: [], to: base, columns: {} }),
          ...sequences.flatMap(({ name, column }) => [
            sql.columns.moveSequence({ ...table, name }, base.schema),
            sql.columns.ownSequence(base, column, sql.names.qualified({ ...base, name })),
          ]),
        ]),
      ],
      undo: { irreversible: says.after },
    },
  };
}
