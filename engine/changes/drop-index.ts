import * as z from 'zod';
import type { IndexFacts } from '../catalog/facts.ts';
import type { Unit } from '../plan/plan.ts';
import { section } from '../spec/spec-fields.ts';
import { objectName } from '../spec/sql-fields.ts';
import { bytesText, countText } from '../words/amounts.ts';
import { nearest } from '../words/nearest.ts';
import { builtAlone, takeAway } from './built.ts';
import type { Kind, Refusal, Subject } from './kind.ts';
import { briefIfAny } from '../plan/brief.ts';

const about = { is: 'Drops an index.', example: '{ kind: drop-index, name: orders_open }' };

const keys = section(
  {
    kind: z.literal('drop-index').describe(about.is),
    name: objectName('the name of the index', { is: 'The name of the index.', example: 'orders_open' }),
  },
  about,
);

/** An index goes beside the traffic; a rollback builds it again. */
export const dropIndex: Kind<'drop-index', typeof keys> = {
  kind: 'drop-index',
  keys,
  asks: [{ key: 'name', flag: 'name', asks: 'Which index?' }],
  inWords: 'drop an index',
  verb: 'drop',
  goal: (table, { name }) => `Drop the index ${name} of ${table}`,
  oldColumns: () => [],
  takesAway: () => true,
  refusals: () => [],
  expressions: () => [],
  compile: async ({ name }, subject, ask) => {
    const indexes = await ask.indexes();
    const index = indexes.find((each) => each.name === name);
    if (index === undefined) return { refused: [missing(name, subject, indexes)] };
    const refused = refusals(index);
    if (refused.length > 0) return { refused };
    return builtAlone(subject, takeAway(subject, index, settings(index, subject)), {
      warnings: evidence(index, subject),
      expects: { gone: [name] },
    });
  },
};

function missing(name: string, { table }: Subject, indexes: readonly IndexFacts[]): Refusal {
  const names = indexes.map((index) => index.name);
  const near = nearest(name, names);
  return {
    key: 'change.name',
    fact: `${table.schema}.${table.name} has no index "${name}"`,
    remedy: near === undefined ? `It has: ${names.join(', ') || 'none'}.` : `Did you mean "${near}"?`,
  };
}

const refuse = (when: boolean, fact: string, remedy: string): readonly Refusal[] =>
  when ? [{ key: 'change.name', fact, remedy }] : [];

const refusals = ({ name, constraint, referredBy, identity }: IndexFacts): readonly Refusal[] => [
  ...refuse(
    constraint !== null,
    `${name} stands behind the constraint ${constraint ?? ''}`,
    'It goes with its constraint, which says what rows may be.',
  ),
  ...refuse(
    referredBy.length > 0,
    `foreign keys of ${referredBy.join(', ')} need it`,
    'Drop those first, if nobody relies on them.',
  ),
  ...refuse(
    identity,
    `${name} is the replica identity: without it every UPDATE and DELETE of a published table fails`,
    'Give the table another replica identity first.',
  ),
];

/** Whether somebody uses it, as far as this server can tell. */
function evidence(
  { name, scans, lastScan, countedSince, unique, bytes, valid }: IndexFacts,
  { sql }: Subject,
): readonly string[] {
  const since = countedSince === null ? 'since the server began to count' : `since ${countedSince}`;
  const size = bytes === null ? name : `${name} (${bytesText(bytes)})`;
  const last = lastScan === null ? '' : `, last on ${lastScan.slice(0, 10)}`;
  return [
    scans === 0
      ? `${size} was not used by any query on this server ${since}; replicas count for themselves`
      : `${size} is in use: ${countText(scans)} ${sql.indexes.countedIn} on this server ${since}${last}; the queries that used it scan the table afterwards, or use another index`,
    ...(unique ? [`${name} is unique: nothing refuses equal rows afterwards`] : []),
    ...(valid ? [] : [`${name} is INVALID: no query uses it, and a rollback would build a valid one`]),
  ];
}

/** What its definition does not say, and a rollback brings back. */
const settings = (index: IndexFacts, { table, sql }: Subject): readonly Unit[] =>
  briefIfAny(`give ${index.name} its comment and statistics back`, 'SHARE UPDATE EXCLUSIVE', [
    ...sql.indexes.settings(table, { ...index, as: index.name, constraintComment: null }),
    ...sql.indexes.takePart(table, index.name, { identity: false, clustered: index.clustered }),
  ]);
