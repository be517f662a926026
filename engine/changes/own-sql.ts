import * as z from 'zod';
import type { AddedDomains } from '../dialects/authored.ts';
import type { SqlParser } from '../database/sql-parser.ts';
import { emptyPhase, type Phase, type Phases } from '../plan/plan.ts';
import { section, text } from '../spec/spec-fields.ts';
import { sqlStatement } from '../spec/sql-fields.ts';
import { expectsNothing } from './expectations.ts';
import type { CompiledChange, Kind, Subject } from './kind.ts';
import {
  domainRefusals,
  domainsAdded,
  indexRefusals,
  otherTableRefusals,
  ownSqlFaults,
  sqlOf,
  type Statements,
} from './own-sql-faults.ts';

const about = {
  is: 'Runs your own statements, each checked by the lint, with the statements that undo them.',
  example: "{ kind: sql, run: ['…'], undo: ['…'] }",
};

const statement = z
  .union([
    sqlStatement({ is: 'One statement of SQL.', example: "COMMENT ON TABLE app.t IS 'x'" }),
    section(
      {
        sql: sqlStatement({ is: 'A statement that the lint refuses.', example: 'DROP TABLE app.old' }),
        unsafe: text({ is: 'Why it may run anyway.', example: 'the table has 40 rows' }, 500),
      },
      { is: 'A statement and the reason why it may run.', example: "{ sql: '…', unsafe: '…' }" },
    ),
  ])
  .meta({ description: 'A statement.' });

const statements = (is: string) =>
  z
    .union([z.array(statement).min(1).meta({ description: 'Statements, one an item.' }), statement])
    .meta({ description: is })
    .transform((list) => (Array.isArray(list) ? list : [list]));

const keys = section(
  {
    kind: z.literal('sql').describe(about.is),
    run: statements('The statements, in their order.'),
    undo: z
      .union([
        statements('The statements that undo them, in the order in which they run.'),
        section(
          { irreversible: text({ is: 'Why they cannot be undone.', example: 'the rows are gone' }, 500) },
          { is: 'Declares that they cannot be undone.', example: "{ irreversible: '…' }" },
        ),
      ])
      .meta({
        description: 'What undoes them; or that nothing does, and why: then they wait for the contract gate.',
      }),
    contract: z.exactOptional(
      statements(
        'Statements for the end, which nothing undoes: after the confidence window and the contract gate.',
      ),
    ),
    verify: z.exactOptional(
      sqlStatement({
        is: 'A query that must return no row once the statements have run; otherwise the migration rolls back.',
        example: 'SELECT FROM app.t WHERE a IS NULL',
      }),
    ),
  },
  about,
);

type OwnSql = Readonly<z.output<typeof keys>>;

/**
 * A schema change that no kind knows. What makes the others safe is made of their statements; here it is the lint: each
 * statement is read, and what would keep others out, or could not be told from a failure, is refused.
 */
export const ownSql: Kind<'sql', typeof keys> = {
  kind: 'sql',
  keys,
  asks: [
    { key: 'run', flag: 'run', asks: 'Which statement?' },
    { key: 'undo', flag: 'undo', asks: 'Which statement undoes it?' },
  ],
  inWords: 'run statements of your own',
  verb: 'run',
  goal: (table) => `Run statements of our own on ${table}`,
  oldColumns: () => [],
  faults: ownSqlFaults,
  refusals: () => [],
  expressions: () => [],
  compile: async (change, subject, ask) => {
    const domains = await domainsAdded(change.run, subject, ask);
    const refused = [
      ...otherTableRefusals(change, subject, ask),
      ...(await indexRefusals(change.run, subject, ask)),
      ...domainRefusals(domains),
    ];
    if (refused.length > 0) return { refused };
    return compiled(change, subject, {
      parser: ask.parser,
      domains: domains.map(({ at, inheritance }) => ({ at, type: inheritance.type })),
    });
  },
};

interface Reading {
  readonly parser: SqlParser;
  readonly domains: AddedDomains['domains'];
}

function compiled(change: OwnSql, subject: Subject, reading: Reading): CompiledChange {
  return {
    shape: { kind: 'own' },
    phases: phasesOf(change, subject, reading),
    walks: [],
    warnings: unsafeOnes(change),
    expects: expectsNothing(subject.catalog.table.owner),
  };
}

function phasesOf(change: OwnSql, { migration, table, sql }: Subject, { parser, domains }: Reading): Phases {
  const units = (list: Statements, verb: string): Phase['run'] =>
    sql.authored.units(migration, list.map(sqlOf), {
      verb,
      parser,
      ...(list === change.run && { adds: { table, domains } }),
    });
  const check = change.verify === undefined ? [] : [sql.authored.mustBeEmpty(change.verify)];
  // What nothing undoes is asked about first, and runs whole or not at all.
  if ('irreversible' in change.undo)
    return { contract: { run: [...units(change.run, 'run'), ...check], undo: change.undo } };
  const run = units(change.run, 'run');
  const undo = units(change.undo, 'undo by');
  const waits = run.some(({ kind }) => kind === 'online');
  return {
    // Long statements are watched in verify.
    ...(waits ? {} : { expand: { run, undo } }),
    ...(waits || check.length > 0
      ? { verify: { run: [...(waits ? run : []), ...check], undo: waits ? undo : [] } }
      : {}),
    ...(change.contract === undefined
      ? {}
      : {
          confidence: emptyPhase,
          contract: {
            run: units(change.contract, 'run'),
            undo: { irreversible: 'the statements of `contract` have run' },
          },
        }),
  };
}

const unsafeOnes = (change: OwnSql): readonly string[] =>
  [change.run, 'irreversible' in change.undo ? [] : change.undo, change.contract ?? []]
    .flat()
    .flatMap((each) =>
      typeof each === 'string' ? [] : [`unsafe by its author's word: ${each.sql}: ${each.unsafe}`],
    );
