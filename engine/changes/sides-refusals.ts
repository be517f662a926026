import { childPath } from '../spec/spec-source.ts';
import type { Refusal, Subject } from './kind.ts';
import { typeRefusals } from './refusals.ts';
import { answerFor, type OldSideObject, type SidesFacts } from './sides-facts.ts';
import type { SidesChange } from './sides-change.ts';

const keyOf = { index: 'indexes', check: 'checks', 'foreign key': 'foreignKeys', statistics: '' };

/** What forbids the change once the database has been asked: what hangs on the old columns must be answered for. */
export const sidesFactsRefused = (
  change: SidesChange,
  { table }: Subject,
  facts: SidesFacts,
): readonly Refusal[] => [
  ...facts.new.flatMap(({ column: { key }, inheritance }) => typeRefusals(inheritance, `${key}.type`)),
  ...facts.old.flatMap(({ column: { name, keys }, catalog: { sequence } }) =>
    sequence === null
      ? []
      : [
          {
            key: keys.name,
            fact: `the sequence ${sequence.name} belongs to "${name}" and would be dropped with it`,
            remedy: `If somebody needs it: ALTER SEQUENCE ${sequence.name} OWNED BY NONE; else drop it first.`,
          },
        ],
  ),
  ...defaultsAsked(facts),
  ...facts.hanging.flatMap((each) => unanswered(change, each, table.name)),
  ...unknownAnswers(change, facts),
];

/** A default of the old side does not say what each new column holds when a writer leaves it out. */
function defaultsAsked({ old, new: fresh }: SidesFacts): readonly Refusal[] {
  const had = old.flatMap(({ catalog: { name, default: otherwise } }) =>
    otherwise === null ? [] : [`"${name}" has the default ${otherwise}`],
  );
  if (had.length === 0) return [];
  return fresh
    .filter(({ column, inheritance }) => !column.saysDefault && inheritance.typeDefault === null)
    .map(({ column: { name, key } }) => ({
      key,
      fact: `${had.join(', ')}, and nothing says what "${name}" holds when a writer leaves it out`,
      remedy: 'Write its `default: …`, or `default: "NULL"` for none.',
    }));
}

const takesPlace = {
  index: (name: string) =>
    `Write what stands behind ON table in CREATE INDEX, over the new columns, under \`indexes:\`, as \`${name}: …\`, or \`${name}: drop\`.`,
  check: (name: string) =>
    `Write its condition over the new columns under \`checks:\`, as \`${name}: …\`, or \`${name}: drop\`.`,
  'foreign key': (name: string) =>
    `Write \`${name}: drop\` under \`foreignKeys:\`: it goes with the old columns.`,
};

function unanswered(change: SidesChange, each: OldSideObject, table: string): readonly Refusal[] {
  const { what, name, unique, valid } = each;
  if (what === 'statistics' || !valid || answerFor(change, each) !== undefined) return [];
  return [
    {
      key: 'change',
      fact: `${unique ? 'unique ' : ''}${what} ${name} of ${table} is about the old columns, and nothing says what takes its place`,
      remedy: takesPlace[what](name),
    },
  ];
}

/** Nothing of that name hangs on the old columns: a slip of the pen would lose what was meant. */
function unknownAnswers({ answers, old }: SidesChange, { hanging }: SidesFacts): readonly Refusal[] {
  const columns = old.map(({ name }) => `"${name}"`).join(', ');
  return (['index', 'check', 'foreign key'] as const).flatMap((what) => {
    const key = keyOf[what];
    const known = hanging.filter((each) => each.what === what).map(({ name }) => name);
    const given = { index: answers.indexes, check: answers.checks, 'foreign key': answers.foreignKeys }[what];
    return Object.keys(given ?? {})
      .filter((name) => !known.includes(name))
      .map((name) => ({
        key: childPath(`change.${key}`, name),
        fact: `no ${what} "${name}" is about ${columns}`,
        remedy: known.length === 0 ? 'There is none; remove it.' : `There is: ${known.join(', ')}.`,
      }));
  });
}
