import type { Database } from '../database/database.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { inspectorOf } from '../dialects/planning-dialect.ts';
import type { TableName } from '../spec/table-name.ts';
import { nearest } from '../words/nearest.ts';
import { walksPartitions } from './partitioned-refusals.ts';
import type { Refusal, Subject } from './kind.ts';

/** What forbids any change of a table. `takesPartitioned`: whether this one may be made of a partitioned table. */
export function tableRefusals(
  { table: { schema, name: bare }, catalog: { table }, sql }: Subject,
  { takesPartitioned }: { readonly takesPartitioned: (sql: Dialect) => boolean },
): readonly Refusal[] {
  const name = `${schema}.${bare}`;
  const { oldestVersion, authored } = sql;
  return [
    ...refusedIf(
      table.version < oldestVersion.number,
      `the server is older than ${oldestVersion.name}`,
      'Upgrade it first.',
      'database',
    ),
    ...refusedIf(
      !table.usualQuoting,
      'the role of the migration reads a backslash in quoted text in an unusual way, so SQL of the author could end elsewhere',
      `Set \`${authored.usualQuoting}\` for the role.`,
      'database',
    ),
    ...refusedIf(
      table.partition,
      `${name} is a partition of another table, whose columns it has`,
      'Name the table that is partitioned.',
    ),
    ...refusedIf(
      table.kind === 'partitioned' && !table.partition && !takesPartitioned(sql),
      `${name} is partitioned`,
      walksPartitions(sql)
        ? 'What is supported of it: add-column, add-index, add-unique, another name or type of a column, and another name of the table `by: alias`.'
        : 'Of a partitioned table, rows cannot be written or compared yet. What is supported: add-column without `backfill`, and another name of a column or of the table `by: alias`.',
    ),
    ...ofAnotherKind(name, table),
    ...refusedIf(
      table.kind === 'table' && table.inherits && !table.partition,
      `${name} inherits or is inherited from`,
      'Inheritance is not supported.',
    ),
    ...refusedIf(
      !table.owned,
      `the role of the migration does not own ${name}`,
      'Grant it the owner role of the table.',
      'database',
    ),
    ...refusedIf(
      table.owned && table.hidesRows,
      `row level security hides rows of ${name} from the role of the migration`,
      'End FORCE ROW LEVEL SECURITY, or give the role BYPASSRLS where the server lets you: rows that it cannot see are never copied.',
      'database',
    ),
  ];
}

function ofAnotherKind(
  name: string,
  { kind, storageEngine }: Subject['catalog']['table'],
): readonly Refusal[] {
  const isOther = kind === 'other';
  if (storageEngine === undefined || storageEngine === null)
    return refusedIf(isOther, `${name} is not a table`, 'Name the table that holds the rows.');
  return refusedIf(
    isOther,
    `${name} is a table of the storage engine ${storageEngine}, which has neither transactions nor changes beside the traffic`,
    elsewhere.has(storageEngine.toUpperCase())
      ? `Its rows are not in ${name} itself. Name the table that holds them.`
      : `\`ALTER TABLE ${name} ENGINE = InnoDB\` first. Writers wait while MySQL copies the table for it.`,
  );
}

/** Storage engines whose tables hold no rows of their own. */
const elsewhere: ReadonlySet<string> = new Set(['BLACKHOLE', 'FEDERATED', 'MRG_MYISAM']);

const refusedIf = (when: boolean, fact: string, remedy: string, waitsFor?: 'database'): readonly Refusal[] =>
  when ? [{ key: 'table', fact, remedy, ...(waitsFor === undefined ? {} : { waitsFor }) }] : [];

/** The refusal of a table that is not there, with a name that is near. */
export async function missingTable(table: TableName, database: Database): Promise<Refusal> {
  const found = await inspectorOf(database).tables();
  const tables = found.map(({ schema, name }) => `${schema}.${name}`);
  const near = nearest(`${table.schema}.${table.name}`, tables);
  return {
    key: 'table',
    fact: `there is no table ${table.schema}.${table.name} in this database`,
    remedy:
      near === undefined
        ? `It has: ${tables.slice(0, 20).join(', ') || 'none'}.`
        : `Did you mean \`${near}\`?`,
  };
}
