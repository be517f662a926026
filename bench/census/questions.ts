import type { Column } from '../../engine/catalog/catalog.ts';

/** What every column is asked, of which engines each; add-column is asked once a table. */
export const questionNames = [
  'rename-column',
  'rename-column by alias',
  'change-type with to',
  'change-type in place',
  'add-column',
  'drop-column',
  'set-not-null',
  'drop-not-null',
  'change-primary-key',
] as const;
export type QuestionName = (typeof questionNames)[number];

export interface Question {
  readonly name: QuestionName;
  readonly change: Readonly<Record<string, unknown>>;
}

/** A name that no column of the table has. */
export const free = (columns: readonly Column[], wanted: string): string =>
  columns.some(({ name }) => name === wanted) ? free(columns, `${wanted}_`) : wanted;

export const ofTable = (columns: readonly Column[]): readonly Question[] => [
  {
    name: 'add-column',
    change: { kind: 'add-column', column: free(columns, 'census_added'), type: 'text' },
  },
];

/** `quoted`: the engine's identifiers. */
export function ofColumn(
  column: Column,
  columns: readonly Column[],
  quoted: (name: string) => string,
): readonly Question[] {
  const to = free(columns, 'census_new');
  const retyped = (name: string) => ({
    type: anotherType(column.type),
    up: converted(quoted(column.name), column.type, anotherType(column.type)),
    down: converted(quoted(name), anotherType(column.type), column.type),
  });
  const { name } = column;
  return [
    { name: 'rename-column', change: { kind: 'rename-column', from: name, to } },
    { name: 'rename-column by alias', change: { kind: 'rename-column', from: name, to, by: 'alias' } },
    {
      name: 'change-type with to',
      change: { kind: 'change-type', column: name, to, ...retyped(to) },
    },
    { name: 'change-type in place', change: { kind: 'change-type', column: name, ...retyped(name) } },
    {
      name: 'drop-column',
      change: { kind: 'drop-column', column: name },
    },
    ...(column.notNull
      ? []
      : [{ name: 'set-not-null' as const, change: { kind: 'set-not-null', column: name } }]),
  ];
}

const types: readonly (readonly [RegExp, string])[] = [
  [/^smallint$/u, 'integer'],
  [/^integer$/u, 'bigint'],
  [/^bigint$/u, 'numeric'],
  [/^real$/u, 'double precision'],
  [/^text$/u, 'character varying'],
  [/^json$/u, 'jsonb'],
  [/^jsonb$/u, 'json'],
  [/^date$/u, 'timestamp without time zone'],
  [/^timestamp(?:\(\d\))? without time zone$/u, 'timestamp with time zone'],
  [/^timestamp(?:\(\d\))? with time zone$/u, 'timestamp without time zone'],
];

/** The type that a column of this one would most likely become. */
const anotherType = (type: string): string =>
  types.find(([of]) => of.test(type))?.[1] ?? (type.endsWith('[]') ? 'text[]' : 'text');

/** What a cast gives hangs on the session's time zone between these two. */
const converted = (value: string, from: string, to: string): string =>
  /^timestamp.* with(?:out)? time zone$/u.test(from) && /^timestamp.* with(?:out)? time zone$/u.test(to)
    ? `${value} AT TIME ZONE 'UTC'`
    : `CAST(${value} AS ${to})`;
