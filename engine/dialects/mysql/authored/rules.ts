import { alterForm } from './alter-forms.ts';
import { bareTables } from './bare-tables.ts';
import { isSign, isWord, outlineOf, qualifiedAt, type Statement } from './statement.ts';

export interface Rule {
  readonly name: string;
  readonly fact: string;
  readonly remedy: string;
  /** No reason makes it possible. */
  readonly never?: true;
  /** It is harmless where it takes away what was just made. */
  readonly fineInUndo?: true;
  finds(statement: Statement): boolean;
}

const begins =
  (...words: readonly string[]) =>
  ({ tokens }: Statement): boolean =>
    words.some((each) => each.split(' ').every((word, at) => isWord(tokens[at], word)));

const rows = begins('insert', 'replace', 'update', 'delete');

/** A statement whose first words say what it does. */
const known = (statement: Statement): boolean =>
  rows(statement) ||
  begins(
    'alter table',
    'rename table',
    'drop table',
    'drop view',
    'create view',
    'create or replace view',
  )(statement) ||
  begins('create table')(statement);

const outline = ({ tokens }: Statement): string => outlineOf(tokens);

/** The table or tables that a statement is about stand with their databases. */
function isPlaced(statement: Statement): boolean {
  const { tokens } = statement;
  const at = (place: number): boolean => qualifiedAt(statement, place) !== undefined;
  if (begins('alter table', 'create view')(statement)) return at(2);
  if (begins('create or replace view')(statement)) return at(4);
  if (begins('create table')(statement)) return at(isWord(tokens[2], 'if') ? 5 : 2);
  if (begins('delete')(statement)) return true;
  if (rows(statement)) {
    // Behind LOW_PRIORITY, IGNORE, INTO.
    const first = tokens.findIndex((_, place) => place > 0 && at(place));
    return (
      first > 0 && tokens.slice(1, first).every((each) => isWord(each, 'into', 'ignore', 'low_priority'))
    );
  }
  const listed = tokens.filter((_, place) => at(place)).length;
  const commas = tokens.filter((each) => isSign(each, ',') || isWord(each, 'to')).length;
  return listed === commas + 1;
}

// `ALTER TABLE shop.orders RENAME purchases` would take it to the ledger's database.
const renamesBarely = (statement: Statement): boolean => {
  const { tokens } = statement;
  if (!begins('alter table')(statement)) return false;
  return tokens.some(
    (each, at) =>
      isWord(each, 'rename') &&
      !isWord(tokens[at + 1], 'column', 'index', 'key') &&
      qualifiedAt(statement, isWord(tokens[at + 1], 'to', 'as') ? at + 2 : at + 1) === undefined,
  );
};

/** What cannot be one call of the ledger's procedure, or would mean something else in it. */
const callRules: readonly Rule[] = [
  {
    name: 'transaction-control',
    never: true,
    finds: begins('begin', 'start', 'commit', 'rollback', 'savepoint', 'release', 'xa'),
    fact: 'a migration has the transactions: each statement is marked in the ledger behind it',
    remedy: 'Leave it out.',
  },
  {
    name: 'session-setting',
    never: true,
    finds: begins('set', 'use', 'reset'),
    fact: 'a setting would be gone before the next call',
    remedy: 'Leave it out: each statement runs in a session of its own, in strict mode.',
  },
  {
    name: 'hidden-statements',
    never: true,
    finds: begins('call', 'execute', 'prepare', 'do', 'handler'),
    fact: 'nobody can tell from its text what it runs',
    remedy: 'Write its statements out.',
  },
  {
    name: 'query',
    never: true,
    finds: begins('select', 'with', 'table', 'values', 'show'),
    fact: 'a query changes nothing that could be undone',
    remedy:
      'Write the statements that change something; a query that must give no row belongs under `verify:`.',
  },
  {
    name: 'program',
    never: true,
    finds: (each) =>
      /^(?:create|alter|drop) (?:or replace )?(?:definer .*?)?(?:trigger|procedure|function|event)\b/u.test(
        outline(each),
      ),
    fact: 'MySQL runs no statement about a trigger, routine or event inside a procedure (1295), where a lost answer could be told from a failure',
    remedy: 'Run it by hand, outside a migration.',
  },
  {
    name: 'index-by-alter-table',
    never: true,
    finds: (each) => /^(?:create (?:unique |fulltext |spatial )?|drop )index\b/u.test(outline(each)),
    fact: 'a plan finds out how MySQL changes a table by ALTER TABLE',
    remedy: 'Write `ALTER TABLE … ADD INDEX name (…)`, or `DROP INDEX name`.',
  },
  {
    name: 'truncate',
    never: true,
    finds: begins('truncate'),
    fact: 'its rows are gone, and those that are written before a lost answer comes again would be, too',
    remedy: 'Delete rows by WHERE.',
  },
  {
    name: 'ledger',
    never: true,
    finds: ({ tokens }) =>
      tokens.some((each, at) => each.word.toLowerCase() === 'underpin' && isSign(tokens[at + 1], '.')),
    fact: 'the database underpin holds the ledger of all migrations',
    remedy: 'Leave it alone.',
  },
];

const formRules: readonly Rule[] = [
  {
    name: 'table-with-database',
    never: true,
    finds: (each) => known(each) && (!isPlaced(each) || renamesBarely(each) || bareTables(each).length > 0),
    fact: 'the statement runs in a procedure of the ledger, where a table without its database is one of the ledger',
    remedy: 'Write each table with its database, such as `shop.orders`.',
  },
  {
    name: 'algorithm',
    never: true,
    finds: ({ tokens }) =>
      isWord(tokens[0], 'alter') &&
      tokens.some(
        (each, at) =>
          isWord(each, 'algorithm', 'lock') &&
          (isSign(tokens[at + 1], '=') ||
            isWord(tokens[at + 1], 'default', 'instant', 'inplace', 'copy', 'none', 'shared', 'exclusive')),
      ),
    fact: 'the plan finds out how MySQL does it: INSTANT, or INPLACE beside the traffic, and never by a copy',
    remedy: 'Leave ALGORITHM and LOCK away.',
  },
  {
    name: 'if-exists',
    never: true,
    finds: (each) =>
      /^create table if not exists\b/u.test(outline(each)) ||
      /^create (?:temporary) table\b/u.test(outline(each)),
    fact: 'it would take a table of somebody else for the one that it makes, or make one that is gone with its session',
    remedy: 'Write CREATE TABLE: a lost answer is told from a failure by the ledger.',
  },
  {
    name: 'tablespace',
    never: true,
    finds: (each) => /^alter table .*\b(?:tablespace|exchange partition)\b/u.test(outline(each)),
    fact: 'sent again after a lost answer, it would take back what it has done, or fail',
    remedy: 'Run it by hand, outside a migration.',
  },
];

const breakingRules: readonly Rule[] = [
  {
    name: 'rename',
    finds: (each) =>
      begins('rename table')(each) ||
      (begins('alter table')(each) && /\b(?:rename(?! (?:index|key)\b)|change)\b/u.test(outline(each))),
    fact: 'anything that uses the old name fails from then on',
    remedy: 'Let both names live until nobody asks for the old one: kind rename-column or rename-table.',
  },
  {
    name: 'drop-data',
    fineInUndo: true,
    finds: (each) =>
      begins('drop table')(each) || alterForm(each)?.action.startsWith('DROP COLUMN ') === true,
    fact: 'what it holds is gone, and anything that still uses it fails',
    remedy: 'Use kind drop-table or drop-column, which show first that nobody uses it.',
  },
  {
    name: 'drop-definition',
    fineInUndo: true,
    finds: begins('drop view'),
    fact: 'anything that still uses it fails from then on',
    remedy: 'Make sure that nobody does; replace a view by CREATE OR REPLACE VIEW.',
  },
  {
    name: 'not-null-column',
    finds: (each) => {
      const form = alterForm(each);
      return (
        form?.is === 'watched' &&
        form.action.startsWith('ADD COLUMN ') &&
        / not null\b/iu.test(form.action) &&
        !/\bdefault\b/iu.test(form.action)
      );
    },
    fact: 'an INSERT that does not know a NOT NULL column without a default is refused (1364)',
    remedy: 'Give it a constant default, or use kind add-column with `backfill:` and `notNull:`.',
  },
  {
    name: 'every-row-at-once',
    finds: (each) => begins('update', 'delete')(each) && !each.tokens.some((word) => isWord(word, 'where')),
    fact: 'it locks and writes every row in one transaction, and every replica repeats it',
    remedy: 'Narrow it with WHERE; use kind add-column or change-type to fill a column in batches.',
  },
  {
    name: 'unknown-change',
    finds: (each) => begins('alter table')(each) && alterForm(each) === undefined,
    fact: 'it may read or copy the whole table under a lock, and nothing in the catalog tells when it is done',
    remedy: 'Write one change an ALTER TABLE; for indexes, types, NOT NULL and keys there are kinds.',
  },
  {
    name: 'create-as-select',
    finds: (each) =>
      begins('create table')(each) &&
      each.tokens.some((word) => isWord(word, 'select', 'table', 'values') && word !== each.tokens[1]),
    fact: 'it reads the other table in one transaction',
    remedy: 'Create the table first, and fill it by INSERT … SELECT with WHERE.',
  },
  {
    name: 'foreign-key-of-a-new-table',
    finds: (each) => begins('create table')(each) && each.tokens.some((word) => isWord(word, 'references')),
    fact: 'a foreign key locks the table that it refers to, and waits for its open transactions',
    remedy: 'Create the table without it, and add the key by kind add-foreign-key.',
  },
];

const unknown: Rule = {
  name: 'unknown-statement',
  never: true,
  finds: (each) => !known(each) && !callRules.some((rule) => rule.finds(each)),
  fact: 'it is not known what this statement locks and reads',
  remedy: 'Run it by hand, outside a migration.',
};

export const rules: readonly Rule[] = [...callRules, ...formRules, ...breakingRules, unknown];
