import type { Column } from '../../engine/catalog/catalog.ts';
import { free, type Question } from './questions.ts';

/** What each column is asked on MySQL; what MySQL has not at all is left out. */
export function ofMysqlColumn(
  column: Column,
  columns: readonly Column[],
  quoted: (name: string) => string,
): readonly Question[] {
  const { name, type } = column;
  const to = free(columns, 'census_new');
  const longer = /^varchar\((?<length>\d+)\)$/u.exec(type)?.groups?.['length'];
  const retyped = { type: anotherType(type), up: quoted(name), down: quoted(to) };
  const nullable = column.notNull ? ('drop-not-null' as const) : ('set-not-null' as const);
  return [
    { name: 'rename-column', change: { kind: 'rename-column', from: name, to } },
    { name: 'change-type with to', change: { kind: 'change-type', column: name, to, ...retyped } },
    ...(longer === undefined ? [] : [inPlace(name, Number(longer))]),
    { name: 'drop-column', change: { kind: 'drop-column', column: name } },
    { name: nullable, change: { kind: nullable, column: name } },
    ...(column.inPrimaryKey && isWhole.test(type)
      ? [
          {
            name: 'change-primary-key' as const,
            change: { kind: 'change-primary-key', column: name, type: wide(type) },
          },
        ]
      : []),
  ];
}

const inPlace = (column: string, length: number): Question => ({
  name: 'change-type in place',
  change: { kind: 'change-type', column, type: `varchar(${length + 1})` },
});

const isWhole = /^(?:tiny|small|medium)?int\b/u;

const wide = (type: string): string => (/unsigned/u.test(type) ? 'bigint unsigned' : 'bigint');

const types: readonly (readonly [RegExp, string])[] = [
  [isWhole, 'bigint'],
  [/^bigint/u, 'decimal(20,0)'],
  [/^decimal/u, 'decimal(60,10)'],
  [/^float/u, 'double'],
  [/^double/u, 'varchar(40)'],
  [/^(?:var)?char/u, 'varchar(600)'],
  [/text$/u, 'longtext'],
  [/^date$/u, 'datetime'],
  [/^(?:datetime|time)/u, 'varchar(30)'],
  [/^(?:enum|set)/u, 'varchar(255)'],
  [/^json/u, 'longtext'],
  [/^(?:var)?binary/u, 'varbinary(600)'],
  [/blob$/u, 'longblob'],
];

/** The type that a column of this one would most likely become. */
const anotherType = (type: string): string => types.find(([of]) => of.test(type))?.[1] ?? 'bigint';
