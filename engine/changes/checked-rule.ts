import type { Database } from '../database/database.ts';
import { RowRefused, StatementRefused, TransientDatabaseError } from '../database/errors.ts';
import { RowKeys } from '../database/row-keys.ts';
import { refusalOf } from '../database/refusal.ts';
import type { Following } from '../dialects/inspector.ts';
import { inspectorOf } from '../dialects/planning-dialect.ts';
import type { Violations } from '../dialects/violations.ts';
import type { Fault } from '../spec/fault.ts';
import { countText, plural } from '../words/amounts.ts';
import type { Refusal, Subject } from './kind.ts';
import type { KnownRule, Rule } from './rule.ts';

type Checked =
  { readonly refusals: readonly Refusal[] } | (KnownRule & { readonly warnings: readonly string[] });

/**
 * Asks all that could stop a rule later, before a lock is taken or anything is changed. `expressions`: the author's, of the rule and of what
 * repairs rows.
 */
export async function checkedRule(
  database: Database,
  subject: Subject,
  rule: Rule,
  expressions: Following,
): Promise<Checked> {
  const { key, name, made } = rule;
  const inspector = inspectorOf(database);
  const taken = name === null ? [] : await inspector.takenNames(subject.table, [name]);
  if (taken.length > 0)
    return {
      refusals: [
        {
          key: 'change.name',
          fact: `something of ${subject.table.schema} or of the table is called "${name ?? ''}" already`,
          remedy: 'Choose a name that is free.',
        },
      ],
    };
  try {
    const printed = await inspector.tryRule(subject.table, made);
    const { refusals, warnings } = await violationsFound(database, subject, rule);
    if (refusals.length > 0) return { refusals };
    return { printed, settings: await inspector.sessionSettings(expressions), warnings };
  } catch (error) {
    const says = refusalOf(error);
    if (says === undefined) throw error;
    const fact = `the database refuses it on an empty copy of the table: ${says}`;
    return { refusals: [{ key, fact, remedy: 'Write it so that the database takes it.' }] };
  }
}

interface Found {
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
}

/** Rows that break the rule are refused with their number, and with how to find them, unless they are repaired. */
async function violationsFound(database: Database, subject: Subject, rule: Rule): Promise<Found> {
  const { forbidden, key } = rule;
  if (forbidden === null) return { refusals: [], warnings: [] };
  try {
    const found = await inspectorOf(database).violations(subject.table, subject.catalog.key, forbidden);
    if (found.writes) return refused(key, 'it calls a function that writes or moves a sequence', rule.remedy);
    if (found.rows === 0) return { refusals: [], warnings: [] };
    if (rule.isRepaired) return warned(`${rowsText(found)} now, and ${isOne(found) ? 'is' : 'are'} repaired`);
    const query = subject.sql.rules.findViolations(subject.table, subject.catalog.key, forbidden);
    return broken(key, { fact: rowsText(found), remedy: `${rule.remedy} This finds them: ${query}` }, found);
  } catch (error) {
    if (error instanceof RowRefused || error instanceof StatementRefused)
      return refused(
        key,
        `it cannot be computed for a row that is there (${error instanceof RowRefused ? `SQLSTATE ${error.sqlState}` : error.reason})`,
        'Write it so that it can be computed for every row',
      );
    if (error instanceof TransientDatabaseError)
      return warned(
        'counting the rows that break the rule took too long and was not finished, so nobody knows whether there are any: verify would stop at the first, and roll back',
      );
    throw error;
  }
}

const isOne = ({ rows, more }: Violations): boolean => rows === 1 && !more;

const rowsText = (found: Violations): string =>
  found.more
    ? `more than ${countText(found.rows)} rows break it`
    : `${plural(found.rows, 'row')} ${isOne(found) ? 'breaks' : 'break'} it`;

const warned = (warning: string): Found => ({ refusals: [], warnings: [warning] });

const refused = (key: string, fact: string, remedy: string): Found => ({
  refusals: [{ key, fact, remedy }],
  warnings: [],
});

const broken = (key: string, fault: Fault, { keys }: Violations): Found => ({
  refusals: [{ key, ...fault, rows: new RowKeys(keys), waitsFor: 'database' }],
  warnings: [],
});
