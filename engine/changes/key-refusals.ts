import { refersToIt, type Inheritance, type InheritedForeignKey } from '../catalog/inherited.ts';
import type { SqlParser } from '../database/sql-parser.ts';
import type { Refusal, Subject } from './kind.ts';
import type { Replacement } from './replacement-refusals.ts';

/** What forbids a member of a key to be replaced, once the database has said what hangs on it. */
export function keyRefusals(
  replacement: Replacement,
  subject: Subject,
  inheritance: Inheritance,
  parser: SqlParser,
): readonly Refusal[] {
  const { from, keys, conversion } = replacement;
  const name = `${subject.table.name}.${from}`;
  const refuse = (fact: string, remedy: string): Refusal => ({ key: keys.from, fact, remedy });
  const deferrable = inheritance.indexes.find((index) => index.primary && index.deferrable);
  const keepsValue = (): boolean =>
    conversion === null ||
    (subject.sql.authored.onlyColumn(conversion.up, parser)?.isCast === true &&
      sameValue(inheritance.oldBase, inheritance.base));
  const incomparable = inheritance.leftBehind.filter(
    ({ what, why }) => what === 'foreign key' && why === 'refused',
  );
  const comparable = inheritance.constraints.filter(
    (each) =>
      each.kind === 'check' ||
      !incomparable.some((key) => key.name === `${each.name} of ${each.on.schema}.${each.on.name}`),
  );
  return [
    ...(deferrable === undefined
      ? []
      : [
          refuse(
            `${name} belongs to the primary key ${deferrable.name}, which is DEFERRABLE: the index that takes its place would refuse at once what it refuses at the end of a transaction`,
            'Make it NOT DEFERRABLE first, or choose another column.',
          ),
        ]),
    ...incomparable.map((each) =>
      refuse(
        `${name} cannot be ${inheritance.type} under the foreign key ${each.name}: ${each.says ?? ''}, and no foreign key compares the two`,
        `Give both columns such a type: drop the foreign key ${each.name} first, and add it again once both have it.`,
      ),
    ),
    ...comparable
      .filter(refersToIt)
      .flatMap((each) => referenceFaults(each, keepsValue(), inheritance))
      .map(({ fact, remedy }) => refuse(`${name} is what ${fact}`, remedy)),
  ];
}

interface ReferenceFault {
  readonly fact: string;
  readonly remedy: string;
}

function referenceFaults(
  { name, on, owned, partitioned, otherType }: InheritedForeignKey,
  keepsValue: boolean,
  { type }: Inheritance,
): readonly ReferenceFault[] {
  const table = `${on.schema}.${on.name}`;
  const what = `the foreign key ${name} of ${table} refers to`;
  const faultIf = (when: boolean, fact: string, remedy: string): readonly ReferenceFault[] =>
    when ? [{ fact: `${what}, and ${fact}`, remedy }] : [];
  const afterwards = `Drop ${name} first and add it again afterwards, or choose another column.`;
  return [
    ...faultIf(
      partitioned,
      `${table} is partitioned, so that before PostgreSQL 18 its rows would be checked under a lock`,
      afterwards,
    ),
    ...faultIf(
      !owned,
      `the role of the migration does not own ${table}`,
      `Grant it the owner role of ${table}: its foreign key is to refer to the new column.`,
    ),
    ...faultIf(
      !keepsValue,
      `a value of ${otherType ?? 'its type'} there would not equal what ${type} has here`,
      afterwards,
    ),
  ];
}

const integers = /^(?:smallint|integer|bigint)$/u;
const texts = /^(?:text|character varying|character)(?:\((?<length>\d+)\))?$/u;

/** Whether a cast gives what the database takes for the same value: a shorter text would be cut, a number with a scale rounded. */
const sameValue = (old: string | null, type: string): boolean =>
  old !== null &&
  (old === type ||
    (integers.test(old) && (integers.test(type) || type === 'numeric')) ||
    (old === 'real' && type === 'double precision') ||
    (old === 'date' && type === 'timestamp without time zone') ||
    holdsTexts(old, type));

function holdsTexts(old: string, type: string): boolean {
  const [before, after] = [texts.exec(old), texts.exec(type)];
  // The blanks behind a character(n) count in no comparison of its own.
  if (before === null || after === null || type.startsWith('character(')) return false;
  const [had, has] = [before, after].map((each) => Number(each.groups?.['length'] ?? Infinity));
  return (has ?? 0) >= (had ?? Infinity);
}
