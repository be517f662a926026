import { brief, catalogBrief } from '../../../plan/brief.ts';
import type { Brief } from '../../../plan/plan.ts';
import type { TableName } from '../../../spec/table-name.ts';
import type { TableCopy } from '../../copies.ts';
import { ownSequence, renameStatistics } from '../carried.ts';
import { asideName } from '../made-names.ts';
import { renameIndex } from '../index-builds.ts';
import { moveIdentity } from '../identity.ts';
import { dollarQuoted, literal, qualifiedName } from '../quote.ts';
import { noOlderSnapshot } from '../older-snapshots.ts';
import { dropTable, renameTable } from '../tables.ts';
import { noDifference } from './differences.ts';
import { copyFollows, endFunction, endTriggers, oldFollows, startMirror } from './mirror.ts';
import { freshName } from './shadow.ts';

/** One lock, in which all names change at once: the first statement takes the strongest one on the table that is used. */
export const swap = (copy: TableCopy): Brief =>
  catalogBrief(
    `${copy.table.name} is partitioned by ${copy.partitions.column} from now on; the old table is kept fresh as ${copy.aside.name}`,
    'ACCESS EXCLUSIVE',
    [
      noOlderSnapshot(copy.migration),
      ...endTriggers(copy.migration, copy.table),
      noDifference(copy),
      ...identityTo(copy, copy.fresh),
      ...sequencesTo(copy, copy.fresh),
      ...exchangeNames(copy, { away: copy.aside, from: copy.fresh }),
      ...startMirror(copy, oldFollows(copy)),
    ],
  );

export const swapBack = (copy: TableCopy): Brief =>
  catalogBrief(
    `${copy.table.name} is the old table again; the partitioned one is kept fresh as ${copy.fresh.name}`,
    'ACCESS EXCLUSIVE',
    [
      ...endTriggers(copy.migration, copy.table),
      sameColumns(copy),
      ...identityTo(copy, copy.aside),
      ...sequencesTo(copy, copy.aside),
      ...exchangeNames(copy, { away: copy.fresh, from: copy.aside }),
      ...startMirror(copy, copyFollows(copy)),
    ],
  );

export const dropOld = (copy: TableCopy): Brief =>
  brief(`end the dual write and drop ${copy.aside.name}`, 'ACCESS EXCLUSIVE', [
    ...endTriggers(copy.migration, copy.table),
    endFunction(copy.migration),
    dropTable(copy.aside),
  ]);

interface Exchange {
  /** Where the table that has the name goes, and which one gets it. */
  readonly away: TableName;
  readonly from: TableName;
}

const oldName = (name: string): string => asideName(name, 'old');

function exchangeNames(copy: TableCopy, { away, from }: Exchange): readonly string[] {
  const { table, indexes, facts } = copy;
  const [leaves, comes] = away === copy.aside ? [oldName, freshName] : [freshName, oldName];
  return [
    ...indexes.flatMap(({ name }) => [
      renameIndex(table, name, leaves(name)),
      renameIndex(table, comes(name), name),
    ]),
    ...facts.statistics.flatMap(({ name }) => [
      renameStatistics(table, name, leaves(name)),
      renameStatistics(table, comes(name), name),
    ]),
    renameTable(table, away.name),
    renameTable(from, table.name),
  ];
}

/** A sequence that is counted by a default goes with the table that has the name. */
const sequencesTo = ({ columns }: TableCopy, to: TableName): readonly string[] =>
  columns.flatMap(({ name, sequence }) => (sequence === null ? [] : [ownSequence(to, name, sequence.name)]));

const identityTo = ({ facts, table }: TableCopy, to: TableName): readonly string[] =>
  facts.identities.map(({ column, sequence }) =>
    moveIdentity(sequence, { table, column }, { table: to, column }),
  );

const columnsOf = (table: TableName): string =>
  `SELECT attname, atttypid, atttypmod, attcollation, attnotnull FROM pg_attribute
    WHERE attrelid = ${literal(qualifiedName(table))}::regclass AND attnum > 0 AND NOT attisdropped`;

/**
 * Under the lock: a column that somebody has added, dropped or changed since the swap would be lost with its values. What else has
 * come is said, and keeps nobody from going back.
 */
function sameColumns({ table: one, aside: other }: TableCopy): string {
  const body = `BEGIN
  IF EXISTS ((${columnsOf(one)}
    EXCEPT ${columnsOf(other)})
    UNION ALL (${columnsOf(other)}
    EXCEPT ${columnsOf(one)})) THEN
    RAISE EXCEPTION '% and % do not have the same columns', ${literal(one.name)}, ${literal(other.name)}
      USING ERRCODE = 'invalid_table_definition';
  END IF;
END`;
  return `DO ${dollarQuoted(body, 'same')}`;
}
