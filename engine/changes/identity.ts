import type { Column } from '../catalog/catalog.ts';
import type { IdentitySequence } from '../catalog/identity.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { TableName } from '../spec/table-name.ts';
import type { Refusal, Subject } from './kind.ts';
import { columnNamed } from './refusals.ts';
import type { Replacement } from './replacement-refusals.ts';

/** What the type of an identity column can be, and how far each counts. */
const limits: ReadonlyMap<string, { readonly min: bigint; readonly max: bigint }> = new Map(
  ([16, 32, 64] as const).map((bits, at) => {
    const beyond = 2n ** BigInt(bits - 1);
    return [['smallint', 'integer', 'bigint'][at] ?? '', { min: -beyond, max: beyond - 1n }];
  }),
);

const counts = new Intl.ListFormat('en', { type: 'disjunction' }).format(limits.keys());

/** What forbids that an identity goes over to the column that takes its place. */
export function identityRefusals(
  { from, newDefault, keys: { from: key } }: Replacement,
  { table, catalog }: Subject,
  type: string,
): readonly Refusal[] {
  const { identitySequence } = columnNamed(catalog, from) ?? { identitySequence: null };
  if (identitySequence === null) return [];
  const column = `${table.name}.${from}`;
  return [
    ...(newDefault === null
      ? []
      : [
          {
            key: 'change.default',
            fact: `${column} is an identity column, which has no default`,
            remedy: 'Leave `default` out: the identity goes over to the column that takes its place.',
          },
        ]),
    ...(limits.has(type)
      ? []
      : [
          {
            key,
            fact: `${column} is an identity column, which ${type} cannot be`,
            remedy: `Choose ${counts}; or end the identity first, with ALTER COLUMN ${from} DROP IDENTITY.`,
          },
        ]),
    ...identitySequence.usedBy.map((what) => ({
      key,
      fact: `${what} uses the sequence of the identity column ${column}, which is recreated for the column that takes its place`,
      remedy: 'Drop it before and create it again afterwards.',
      waitsFor: 'database' as const,
    })),
  ];
}

/** As much of how it counts as this type can hold. */
function withinType(sequence: IdentitySequence, type: string): IdentitySequence {
  const { min, max } = limits.get(type) ?? { min: BigInt(sequence.min), max: BigInt(sequence.max) };
  return {
    ...sequence,
    min: String(BigInt(sequence.min) < min ? min : sequence.min),
    max: String(BigInt(sequence.max) > max ? max : sequence.max),
  };
}

/** Where it counted as far as the old type, it counts as far as the new one. */
function widenedSequence(sequence: IdentitySequence, from: string, to: string): IdentitySequence {
  const [before, after] = [limits.get(from), limits.get(to)];
  if (before === undefined || after === undefined) return sequence;
  return withinType(
    {
      ...sequence,
      min: String(BigInt(sequence.min) === before.min ? after.min : sequence.min),
      max: String(BigInt(sequence.max) === before.max ? after.max : sequence.max),
    },
    to,
  );
}

/** Two columns of one table, of which the second takes the first one's place. */
interface Places {
  readonly table: TableName;
  readonly from: { readonly name: string; readonly type: string };
  readonly to: { readonly name: string; readonly type: string };
}

const moved = (
  sequence: IdentitySequence,
  { table, from, to }: Places,
  { columns }: Dialect,
): readonly string[] => [
  columns.moveIdentity(sequence, { table, column: from.name }, { table, column: to.name }),
];

/** Lets the new column count on as far as its type does, once there is no way back. */
export const takeIdentity = (
  { identitySequence }: Column,
  places: Places,
  dialect: Dialect,
): readonly string[] =>
  identitySequence === null
    ? []
    : moved(widenedSequence(identitySequence, places.from.type, places.to.type), places, dialect);

/** Lets another column count on, no further than both types do; or, on the way back, as far as before. */
export const lendIdentity = (
  { identitySequence }: Column,
  places: Places,
  dialect: Dialect,
): readonly string[] =>
  identitySequence === null ? [] : moved(withinType(identitySequence, places.to.type), places, dialect);

/** Lets it count as far as its new type does, where it was lent. */
export function widenIdentity(
  { name, identitySequence, type: old }: Column,
  { table, type }: { readonly table: TableName; readonly type: string },
  { columns }: Dialect,
): readonly string[] {
  if (identitySequence === null) return [];
  const far = widenedSequence(identitySequence, old, type);
  const near = withinType(identitySequence, type);
  return far.min === near.min && far.max === near.max
    ? []
    : [columns.limitIdentity({ table, column: name }, far)];
}

export const identityWarnings = (column: Column, when: 'swap' | 'contract'): readonly string[] =>
  column.identitySequence === null
    ? []
    : [
        `the sequence of ${column.name} is recreated in the ${when} and counts on; lastval() and currval() of a session that drew a number before fail until it draws another`,
        // Another column has its place then, and no trigger is told what the statement says of generated values.
        ...(when === 'swap' && column.identitySequence.always
          ? [
              `between swap and contract, an INSERT without a list of columns that gives ${column.name} a value is not refused (428C9, GENERATED ALWAYS), and OVERRIDING USER VALUE does not make it ignored: the value is taken. Name the columns before the swap`,
            ]
          : []),
      ];
