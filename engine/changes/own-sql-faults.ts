import { isDomain, type Inheritance } from '../catalog/inherited.ts';
import type { DatabaseQuestions, SqlReader, Refusal, Subject } from './kind.ts';
import { columnNamed, typeRefusals } from './refusals.ts';

/** A statement; or one that the lint refuses, with the reason why it may run all the same. */
type Written = string | { readonly sql: string; readonly unsafe: string };
export type Statements = readonly Written[];

interface Declared {
  readonly run: Statements;
  readonly undo: Statements | { readonly irreversible: string };
  readonly contract?: Statements;
  readonly verify?: string;
}

export const sqlOf = (each: Written): string => (typeof each === 'string' ? each : each.sql);

/** What the lint has against the statements, each at its place in the file. */
export function ownSqlFaults(change: Declared, reading: SqlReader): readonly Refusal[] {
  const { sql, parser } = reading;
  return [
    ...ofList('run', change.run, reading),
    ...('irreversible' in change.undo ? [] : ofList('undo', change.undo, reading)),
    ...ofList('contract', change.contract ?? [], reading),
    ...('irreversible' in change.undo ? ofContract('run', change.run, reading) : []),
    ...ofContract('contract', change.contract ?? [], reading),
    ...(change.verify === undefined || sql.authored.isQuery(change.verify, parser)
      ? []
      : [
          {
            key: 'change.verify',
            fact: 'this is not one query that writes nothing',
            remedy: 'Write one SELECT that returns no row when all is well.',
          },
        ]),
  ];
}

function ofList(
  key: 'run' | 'undo' | 'contract',
  list: Statements,
  { sql, parser }: SqlReader,
): readonly Refusal[] {
  const findings = sql.authored.lint(list.map(sqlOf), parser, key === 'undo' ? 'undo' : 'run');
  return list.flatMap((each, at) => {
    const found = findings[at] ?? [];
    const place = `change.${key}[${at}]`;
    if (typeof each !== 'string' && found.length === 0)
      return [
        {
          key: place,
          fact: 'the lint has nothing against this statement',
          remedy: 'Take `unsafe` away: write the statement alone.',
        },
      ];
    return found
      .filter(({ never }) => never || typeof each === 'string')
      .map(({ rule, fact, remedy, never }) => ({
        key: place,
        fact: `${rule}: ${fact}`,
        remedy: never ? remedy : `${remedy} Or write it as \`{ sql: …, unsafe: <the reason> }\`.`,
      }));
  });
}

/** The contract happens whole or not at all, within one call. */
const ofContract = (
  key: 'run' | 'contract',
  list: Statements,
  { sql, parser }: SqlReader,
): readonly Refusal[] =>
  list.flatMap((each, at) =>
    sql.authored
      .units('lint', [sqlOf(each)], { verb: 'run', parser })
      .filter(({ kind }) => kind === 'online')
      .map(() => ({
        key: `change.${key}[${at}]`,
        fact: 'this statement runs by itself for as long as it takes, and the contract is one call that happens whole or not at all',
        remedy: 'Write it under `run:` with its `undo:`.',
      })),
  );

/** How another table is changed nobody would find out. */
export const otherTableRefusals = (
  change: Declared,
  { table, sql }: Subject,
  { parser }: DatabaseQuestions,
): readonly Refusal[] =>
  [change.run, 'irreversible' in change.undo ? [] : change.undo, change.contract ?? []].flatMap((list, at) =>
    sql.authored
      .tablesAltered(list.map(sqlOf), parser)
      .filter(({ schema, name }) => schema !== table.schema || name !== table.name)
      .map(({ schema, name }) => ({
        key: `change.${['run', 'undo', 'contract'][at] ?? 'run'}`,
        fact: `ALTER TABLE ${schema}.${name} changes another table than ${table.schema}.${table.name}`,
        remedy: 'Write it in a migration of that table.',
      })),
  );

/** A statement that adds a column of a domain. */
interface AddsDomain {
  /** In the list. */
  readonly at: number;
  readonly inheritance: Inheritance;
}

/** A statement's text does not say that its type is a domain, whose constraints every row is asked for. */
export async function domainsAdded(
  run: Statements,
  { table, catalog, sql }: Subject,
  ask: DatabaseQuestions,
): Promise<readonly AddsDomain[]> {
  const found: AddsDomain[] = [];
  for (const [at, each] of run.entries()) {
    const added = sql.authored.columnsAdded([sqlOf(each)], ask.parser);
    for (const { table: on, column: to, type } of added) {
      const isOurs = on.name === table.name && (on.schema === '' || on.schema === table.schema);
      if (!isOurs || columnNamed(catalog, to) !== undefined) continue;
      const key = `change.run[${at}]`;
      const inheritance = await ask.heirs({ to, type }, key);
      if (isDomain(inheritance)) found.push({ at, inheritance });
    }
  }
  return found;
}

export const domainRefusals = (domains: readonly AddsDomain[]): readonly Refusal[] =>
  domains.flatMap(({ at, inheritance }) =>
    typeRefusals(
      inheritance,
      `change.run[${at}]`,
      `Write its base type, ${inheritance.base}, and what the domain asks as a check that is NOT VALID at first.`,
    ),
  );

/** An index that is there already would be taken for the one that was to be built. */
export async function indexRefusals(
  run: Statements,
  { table, sql }: Subject,
  ask: DatabaseQuestions,
): Promise<readonly Refusal[]> {
  const built = sql.authored.indexesBuilt(run.map(sqlOf), ask.parser);
  if (built.length === 0) return [];
  const there = await ask.indexes();
  return built.flatMap(({ name, table: on }): readonly Refusal[] => {
    if (on.schema !== table.schema || on.name !== table.name)
      return [
        {
          key: 'change.run',
          fact: `the index ${name} is one of another table than ${table.schema}.${table.name}`,
          remedy: 'Write it in a migration of that table.',
        },
      ];
    return there.some((each) => each.name === name)
      ? [
          {
            key: 'change.run',
            fact: `there is an index ${name} already`,
            remedy: 'Choose a name that is free, or drop that index first.',
          },
        ]
      : [];
  });
}
