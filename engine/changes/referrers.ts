import type { ColumnOf, Referrer } from '../catalog/referrers.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Refusal } from './kind.ts';

/** The key's column as it will be. */
export interface NewKey {
  readonly of: ColumnOf;
  readonly type: string;
}

const spoken = ({ table, column }: ColumnOf): string => `${table.schema}.${table.name}.${column}`;

/** Each column once, after all that refer to it: what holds the values first, then what gives them. */
export function childrenFirst(referrers: readonly Referrer[]): readonly Referrer[] {
  const sorted = new Map<string, Referrer>();
  const seen = new Set<string>();
  const visit = (referrer: Referrer): void => {
    const name = spoken(referrer.at);
    // Two tables may refer to each other.
    if (seen.has(name)) return;
    seen.add(name);
    for (const each of referrers) if (each.refersTo !== null && spoken(each.refersTo) === name) visit(each);
    sorted.set(name, referrer);
  };
  for (const each of referrers) visit(each);
  return [...sorted.values()];
}

const families: readonly (readonly string[])[] = [
  ['smallint', 'integer', 'bigint', 'numeric'],
  ['character varying', 'text'],
];

/** Whether a column of one type has room for every value of another. */
export function holds(type: string, other: string): boolean {
  if (type === other) return true;
  const family = families.find((each) => each.includes(other));
  const [mine, theirs] = [family?.indexOf(type) ?? -1, family?.indexOf(other) ?? -1];
  return mine > theirs;
}

/**
 * A column that refers to the key has to have room for its values before the key has them: the database compares an integer
 * with a bigint, and would refuse the first row that does not fit.
 */
export function referrerRefusals(
  referrers: readonly Referrer[],
  { of, type }: NewKey,
  sql: Dialect,
): readonly Refusal[] {
  const bound = childrenFirst(referrers.filter(({ refersTo }) => refersTo !== null));
  const narrow = bound.filter((each) => !holds(each.type, type));
  const moving = bound.filter((each) => each.migrating && holds(each.type, type));
  return [
    ...narrow.map((each, at): Refusal => ({
      key: 'change.type',
      fact: `${spoken(each.at)} is ${each.type} and refers to ${spoken(each.refersTo ?? of)}: it has no room for what ${spoken(of)} will hold as ${type}`,
      remedy: each.inPartitions
        ? `Of a partitioned table no column gets another type beside the traffic yet: give it ${type} while nobody uses it, or drop its foreign key.`
        : `Complete this migration before, ${at + 1} of ${narrow.length}: ${migrationOf(each, type, sql)}`,
      waitsFor: 'database',
    })),
    ...moving.map(({ at }): Refusal => ({
      key: 'table',
      fact: `the migration of ${spoken(at)} has not ended: until its contract it refuses what the old type cannot hold`,
      remedy: 'Let it complete first.',
      waitsFor: 'database',
    })),
  ];
}

const migrationOf = ({ at: { table, column }, type: old }: Referrer, type: string, { names }: Dialect) =>
  `{ table: ${plain(`${table.schema}.${table.name}`)}, change: { kind: change-type, column: ${plain(column)}, type: ${plain(type)}, down: ${plain(`CAST(${names.quoted(column)} AS ${old})`)} } }`;

/** As YAML has it between braces. */
const plain = (text: string): string =>
  /^[a-z_][\w. ]*$/iu.test(text) ? text : `'${text.replaceAll("'", "''")}'`;

/** What a reviewer must know of the other tables. */
export function referrerWarnings(referrers: readonly Referrer[], { of, type }: NewKey): readonly string[] {
  const bound = childrenFirst(referrers.filter(({ refersTo }) => refersTo !== null));
  const called = referrers.filter((each) => each.refersTo === null && !holds(each.type, type));
  return [
    ...(bound.length === 0
      ? []
      : [
          `${bound.map(({ at, type: has }) => `${spoken(at)} (${has})`).join(', ')}: what refers to ${spoken(of)}, directly or by another table, has room for ${type} already`,
        ]),
    ...called.map(
      ({ at, type: has }) =>
        `${spoken(at)} is ${has}, has no foreign key, and is called as if it held values of ${spoken(of)}: if it does, give it ${type} before the contract`,
    ),
  ];
}
