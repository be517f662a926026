import { refersToIt, type Inheritance, type LeftBehind } from '../catalog/inherited.ts';
import type { Mention, OfColumn } from '../catalog/dependent-objects.ts';
import type { Refusal, Subject } from './kind.ts';
import { mentioning } from './mentioning.ts';
import type { Replacement } from './replacement-refusals.ts';

/** What a reviewer must know of what hangs on the old column. */
export function replacementWarnings(
  { table, catalog }: Subject,
  to: string,
  leftBehind: readonly LeftBehind[],
): readonly string[] {
  const named = (column: string): string => `${table.name}.${column}`;
  const waits = (trigger: boolean): string =>
    trigger
      ? `the read switch waits until it knows ${to} too, and the contract gate stays shut until it names ${to} alone`
      : `the contract gate stays shut until it names ${to}`;
  return [
    ...catalog.dependents
      .filter((each) => !each.foreignKey)
      .map(({ what, trigger, column }) => `${what} names ${named(column)}: ${waits(trigger)}`),
    ...catalog.mentions.map((each) => `${mentioning(each, named(each.column))}: ${waits(each.trigger)}`),
    ...leftBehind.map((each) => `${objectName(each)} is not carried over to ${to}: ${reasonOf(each)}`),
  ];
}

/** What happens to the keys that the old column belongs to. */
export const keyWarnings = ({ indexes, constraints }: Inheritance, keptNames: boolean): readonly string[] => [
  ...indexes
    .filter(({ primary }) => primary)
    .map(
      ({ name, as }) =>
        `the primary key stays on the old column until the contract; then the index ${keptNames ? name : as}, built in verify, is the primary key`,
    ),
  ...constraints
    .filter(refersToIt)
    .map(
      ({ name, as, on }) =>
        `the foreign key ${name} of ${on.schema}.${on.name} gets one beside it, ${as}, which refers to the new column; it is validated in verify, and ${name} goes in the contract${keptNames ? ', when the new one takes its name' : ''}. Both tables are locked for a moment each time`,
    ),
];

/** Of the table's own keys to others, where each gets one beside it. */
export const ownKeyWarnings = ({ constraints }: Inheritance): readonly string[] =>
  constraints.flatMap((each) => {
    if (each.kind !== 'foreign key' || each.refers) return [];
    const { name, as, writes } = each;
    const when = writes ? 'at once, so that what it writes reaches both columns,' : 'in verify,';
    return [
      `the foreign key ${name} gets one beside it over the new column, ${as}, ${when} and goes in the contract. What it refers to is locked too, for milliseconds, each time and when a rollback drops ${as}`,
    ];
  });

/** The same where another column takes the name: what knows it by name goes on, and meets the new type. */
export const swapWarnings = (
  { from, to }: Replacement,
  { table, catalog }: Subject,
  { leftBehind, type }: Inheritance,
): readonly string[] => [
  ...[
    ...catalog.dependents
      .filter((each) => !each.bound)
      .map((each): OfColumn<Mention> => ({ ...each, naming: 'names' })),
    ...catalog.mentions,
  ].map(
    (each) =>
      `${mentioning(each, `${table.name}.${from}`)}: it meets ${type} from the swap on; variables of the old type, declared or %TYPE in a session that has run it, keep that type`,
  ),
  ...leftBehind.map((each) => `${objectName(each)} is not carried over to ${to}: ${reasonOf(each)}`),
];

export const objectName = ({ what, name, unique }: LeftBehind): string =>
  `${unique ? 'unique ' : ''}${what} ${name}`;

function reasonOf(left: LeftBehind): string {
  const { what, why, says } = left;
  if (why === 'answered') return 'the file says so';
  if (why === 'replaced') return 'it is about the columns that go';
  if (why === 'invalid') return 'it is INVALID, and holds nothing';
  const reason = why === 'computes' ? 'it computes with the old values' : (says ?? 'the database refuses it');
  return what === 'statistics' ? reason : `${reason}. ${askFor(left)}`;
}

/** What is carried over neither by the database nor by the author's word, and must not be lost in silence. */
export const lostPromises = ({ leftBehind }: Inheritance): readonly Refusal[] =>
  leftBehind
    .filter(
      ({ what, why, unique }) =>
        // A foreign key is no question to the author: see key-refusals.ts.
        what !== 'statistics' &&
        !(what === 'foreign key' && why === 'refused') &&
        (why === 'refused' || (why === 'computes' && unique)),
    )
    .map((left) => ({
      key: 'change',
      fact: `${objectName(left)} cannot be carried over: ${left.why === 'computes' ? 'it computes with the old values' : (left.says ?? '')}`,
      remedy: askFor(left),
    }));

function askFor({ what, name, definition }: LeftBehind): string {
  const key = { check: 'checks', index: 'indexes', statistics: 'indexes', 'foreign key': 'foreignKeys' }[
    what
  ];
  const now = definition === null ? '' : ` (it would read: ${definition})`;
  return `Write what takes its place${now} under \`${key}:\`, as \`${name}: …\`, or \`${name}: drop\``;
}
